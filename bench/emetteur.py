"""One client that issues the drafts it is told to: `python -m bench.emetteur produit|nu`."""

import json
import resource
import sys
import time
from collections.abc import Callable

import psycopg

from artjardin import settings
from artjardin.embarque import adresses
from bench.brouillons import fichier_modele
from bench.donnees import COURRIEL
from bench.ouvriers import Ordre, servir

Emettre = Callable[[int], object]


def produit() -> Emettre:
    """Through the services, with the connection and the author that a request would have."""
    import django  # noqa: PLC0415 - the bare client does without

    django.setup()
    from artjardin.accounts.auteur import personne  # noqa: PLC0415
    from artjardin.accounts.models import User  # noqa: PLC0415
    from facturation.models import Facture  # noqa: PLC0415
    from facturation.services import emettre_facture  # noqa: PLC0415

    user = User.objects.get(email=COURRIEL)

    def emettre(pk: int) -> object:
        par = personne(user, adresse="127.0.0.1", requete=f"{pk:032x}")
        # The service reads the draft again under lock; nobody is mailed, as in the bare program
        return emettre_facture(Facture(pk=pk), par=par, envoyer=False)

    return emettre


def nu() -> Emettre:
    from bench.emission_nue import EmissionNue  # noqa: PLC0415

    connexion = psycopg.connect(adresses.url_postgres(settings.DONNEES), autocommit=True)
    return EmissionNue(connexion, json.loads(fichier_modele().read_text())).emettre


def chronometrer(emettre: Emettre, ordre: Ordre) -> Ordre:
    """Issue them all; when it began and ended, and what processor time it took, in seconds."""
    avant, debut = processeur(), time.perf_counter()
    attentes = []
    for pk in ordre["factures"]:
        depart = time.perf_counter()
        emettre(pk)
        attentes.append(time.perf_counter() - depart)
    return {
        "debut": debut,
        "fin": time.perf_counter(),
        "processeur": processeur() - avant,
        "attentes": attentes,
    }


def processeur() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    emettre = {"produit": produit, "nu": nu}[sys.argv[1]]()
    servir(lambda ordre: chronometrer(emettre, ordre))
