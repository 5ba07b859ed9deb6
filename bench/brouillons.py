"""Drafts to issue, and the control of what became of them.

Run as a program on the data of the environment: `modele LINES` prepares a firm that may issue and
issues one invoice; `copier N` makes N more drafts like it; `controler` reads all again.
"""

import json
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import django
from django.db import connection
from django.utils import timezone

from artjardin import settings
from bench.donnees import COURRIEL

SERIE_NUE = "NUE"
CLIENT = 1
SECTIONS = ("Tonte et taille", "Plantations", "Évacuation")
TRAVAUX = (
    "Tonte des pelouses avec ramassage, bordures comprises",
    "Taille d'une haie de charmes sur trois faces\nHauteur 2,20 m, épaisseur 80 cm",
    "Fourniture et plantation d'un Prunus serrulata en motte, tuteur et collier",
    "Désherbage manuel des massifs et paillage de chanvre",
    "Évacuation des déchets verts en plateforme de compostage",
)
Reponse = dict[str, Any]


def fichier_modele() -> Path:
    return settings.DONNEES / "modele.json"


def modele(lignes: int) -> Reponse:
    """Issue one invoice of `lignes` lines, and write what it froze in `modele.json`."""
    from artjardin.accounts.auteur import personne  # noqa: PLC0415 - once Django is set up
    from artjardin.accounts.models import User  # noqa: PLC0415
    from clients.models import Client  # noqa: PLC0415
    from facturation import services  # noqa: PLC0415
    from facturation.contenu import contenu_facture  # noqa: PLC0415
    from facturation.models import Compteur, Entreprise, Evenement, Facture  # noqa: PLC0415
    from ops.demo.entreprise import ENTREPRISE  # noqa: PLC0415

    Entreprise.objects.filter(pk=1).update(**ENTREPRISE)
    Evenement.objects.update(vers=Evenement.Vers.AUCUN)  # the issue is measured, not its mails
    user = User.objects.get(email=COURRIEL)
    par = personne(user)
    brouillons = [
        services.preparer_facture(
            par=par,
            client=Client.objects.get(pk=CLIENT),
            objet="Entretien du jardin et plantations d'automne",
            lignes=[ligne(rang, lignes) for rang in range(lignes)],
        )
        for _ in range(2)
    ]
    services.emettre_facture(brouillons[0], par=par, envoyer=False)
    emise = Facture.objects.get(pk=brouillons[0].pk)
    Compteur.objects.create(serie=SERIE_NUE, annee=timezone.localdate().year)
    ecrit = {
        "facture": emise.pk,
        "brouillon": brouillons[1].pk,
        "acteur": [user.pk, par.nom],
        "contenu": contenu_facture(emise),
    }
    fichier_modele().write_text(json.dumps(ecrit))
    return {"facture": emise.pk}


def ligne(rang: int, lignes: int) -> Reponse:
    """A line among `lignes`: three parts when there are many, one unit price in four with cents."""
    return {
        "section": SECTIONS[rang * len(SECTIONS) // lignes] if lignes > len(TRAVAUX) else "",
        "designation": TRAVAUX[rang % len(TRAVAUX)],
        "quantite": Decimal(rang % 7 + 1),
        "unite": "u",
        "prix_unitaire": Decimal(45 + 13 * rang) + (Decimal("0.35") if rang % 4 else 0),
        "remise": Decimal(5) if rang % 10 == 9 else Decimal(0),  # noqa: PLR2004
        "taux_tva": Decimal(20),
        "decennale": rang % 5 == 2,  # noqa: PLR2004 - the plantation
    }


def copier(nombre: int) -> Reponse:
    """Make `nombre` drafts with the lines of the one that was prepared; their ids."""
    from facturation.models import Facture, LigneFacture  # noqa: PLC0415 - once Django is set up

    brouillon = json.loads(fichier_modele().read_text())["brouillon"]
    with connection.cursor() as curseur:
        curseur.execute(
            f"INSERT INTO facturation_facture ({colonnes(Facture)}) "
            f"SELECT {colonnes(Facture)} FROM facturation_facture, generate_series(1, %s) "
            "WHERE id = %s RETURNING id",
            [nombre, brouillon],
        )
        copies = [pk for (pk,) in curseur.fetchall()]
        curseur.execute(
            f"INSERT INTO facturation_lignefacture (facture_id, {colonnes(LigneFacture)}) "
            f"SELECT copie, {colonnes(LigneFacture)} FROM facturation_lignefacture, "
            "unnest(%s::bigint[]) copie WHERE facture_id = %s",
            [copies, brouillon],
        )
        curseur.execute("VACUUM ANALYZE")
    return {"factures": copies}


def colonnes(table: Any) -> str:
    """Columns of a model but its id and the document it hangs from, for SQL."""
    noms = [c.column for c in table._meta.concrete_fields if not c.primary_key]
    return ", ".join(f'"{nom}"' for nom in noms if nom != "facture_id")


def controler() -> Reponse:
    """What an auditor finds in what the product issued, and how far each series went."""
    from facturation import controle  # noqa: PLC0415 - once Django is set up
    from facturation.models import Compteur  # noqa: PLC0415

    anomalies = controle.controler().anomalies
    return {
        "anomalies": [str(une) for une in anomalies if not une.piece.startswith(SERIE_NUE)],
        "series": dict(Compteur.objects.values_list("serie", "dernier")),
    }


if __name__ == "__main__":
    django.setup()
    programmes: dict[str, Callable[..., Reponse]] = {
        "modele": modele,
        "copier": copier,
        "controler": controler,
    }
    quoi = programmes[sys.argv[1]]
    sys.stdout.write(json.dumps(quoi(*map(int, sys.argv[2:]))))
