"""The drill: a backup counts as verified only once it was restored and checked (design G7)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from artjardin import etats
from artjardin.accounts.auteur import Auteur
from artjardin.audit.models import Execution
from artjardin.audit.services import consigner, suivre
from artjardin.erreurs import Conflit, Indisponible
from artjardin.sauvegardes import bases, cles, depots, programmes, tuyaux
from artjardin.sauvegardes.examen import examiner
from artjardin.sauvegardes.models import Sauvegarde
from artjardin.sauvegardes.services.catalogue import deposer_le_verdict, manifeste_de
from artjardin.storage.coffres import PANNES, coffre_des_sauvegardes

journal = logging.getLogger(__name__)
TACHE = "sauvegarde.exercice"
Etat = Sauvegarde.Etat


def exercer(sauvegarde: Sauvegarde, *, par: Auteur, clef: Any = None) -> Sauvegarde:
    """Restore it into a scratch database, check it there, and write the verdict.

    Read from the off-site copy when there is one. `clef`: the office's private key when the drill
    has none of its own. Raise Conflit when a drill is running, when there is no key, or when it
    was deleted; an obstacle that says nothing of the backup (server down, no right to create a
    database) is raised and leaves its state.
    """
    identite = clef or cles.identite_d_exercice()
    if identite is None:
        raise Conflit(
            "Aucune clef d'exercice : « manage.py restaurer --essai --clef FICHIER ».",
            code="sans_clef_d_exercice",
        )
    with suivre(TACHE) as execution:
        rapport = _restaurer_et_examiner(sauvegarde, identite)
        execution.compteurs = rapport["lus"] | {"nom": sauvegarde.nom}
        if rapport["anomalies"]:
            execution.resultat = Execution.Resultat.ECHEC
            execution.erreur = "\n".join(rapport["anomalies"][:20])
        elif rapport["defauts"]:
            execution.resultat = Execution.Resultat.PARTIEL
            execution.erreur = "\n".join(rapport["defauts"][:20])
        return juger(sauvegarde, rapport, par=par)


def _restaurer_et_examiner(sauvegarde: Sauvegarde, identite: Any) -> dict[str, Any]:
    """The report. Raise Conflit or Indisponible for what says nothing of the backup."""
    manifeste, debut = manifeste_de(sauvegarde), timezone.now()
    try:
        with bases.base_d_exercice() as vers:
            with ouvrir(sauvegarde) as source:
                lu = bases.remplir(vers, source, [identite])
            rapport = examiner(vers, manifeste, origine=programmes.parametres())
    except tuyaux.MauvaiseClef as refus:
        raise Conflit(f"{sauvegarde.nom} : {refus}", code="autre_clef") from refus
    except (tuyaux.Echec, FileNotFoundError) as erreur:
        if isinstance(erreur, tuyaux.ProgrammeEchoue) and erreur.dehors:
            raise Indisponible(f"L'exercice n'a pas pu se faire : {erreur}") from erreur
        return {"lus": {}, "anomalies": [f"{sauvegarde.nom} : {erreur}"], "defauts": []}
    if lu.sha256 != manifeste.sha256:
        rapport["anomalies"].append(f"{sauvegarde.nom} : son empreinte n'est plus la sienne")
    secondes = (timezone.now() - debut) / timedelta(seconds=1)
    rapport["lus"] |= {"secondes": round(secondes)}
    return rapport


@contextmanager
def ouvrir(sauvegarde: Sauvegarde) -> Iterator[tuyaux.Lisible]:
    """The encrypted content: the off-site copy, which is the one of a bad day, else the local."""
    if sauvegarde.distante:
        coffre = coffre_des_sauvegardes()
        with coffre.ouvrir(manifeste_de(sauvegarde).cle, sauvegarde.version) as flux:
            yield flux
    else:
        with depots.fichier(sauvegarde.nom).open("rb") as flux:
            yield flux


@transaction.atomic
def _ecrire_le_verdict(nom: str, rapport: dict[str, Any], *, par: Auteur) -> Sauvegarde:
    sauvegarde = Sauvegarde.objects.select_for_update(no_key=True).get(nom=nom)
    verdict = Etat.REFUSEE if rapport["anomalies"] else Etat.VERIFIEE
    etats.exiger(Sauvegarde.TRANSITIONS, de=sauvegarde.etat, vers=verdict)
    sauvegarde.etat, sauvegarde.rapport = verdict, rapport
    sauvegarde.relue_le = timezone.now()
    if verdict == Etat.VERIFIEE:
        sauvegarde.verifiee_le = sauvegarde.relue_le
        sauvegarde.erreur = "\n".join(rapport["defauts"])
    else:
        sauvegarde.erreur = "\n".join(rapport["anomalies"])
    sauvegarde.save()
    action = "sauvegarde.verifiee" if verdict == Etat.VERIFIEE else "sauvegarde.refusee"
    consigner(sauvegarde, action, par=par, **rapport)
    return sauvegarde


def juger(sauvegarde: Sauvegarde, rapport: dict[str, Any], *, par: Auteur) -> Sauvegarde:
    """Write the verdict in the catalogue, then beside the off-site copy for the day when the
    catalogue is lost."""
    rapport = rapport | {"le": timezone.now().isoformat()}
    jugee = _ecrire_le_verdict(sauvegarde.nom, rapport, par=par)
    if jugee.distante:
        try:
            deposer_le_verdict(jugee)
        except PANNES:
            journal.exception("verdict de %s non écrit hors site", jugee.nom)
    return jugee
