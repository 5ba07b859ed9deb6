"""The daily purge: what is due, unless the clock is in doubt or too much would go at once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from artjardin.accounts.auteur import Auteur, systeme
from artjardin.audit.models import Execution
from artjardin.audit.services import faite_aujourd_hui, suivre
from artjardin.erreurs import Conflit, ErreurMetier
from artjardin.softdelete.models import Lot
from artjardin.softdelete.passages import TACHE, seuil_des_passages
from artjardin.storage.coffres import PANNES
from ops.alertes import alerter
from ops.corbeille.purge import purger
from ops.corbeille.registre import deposer_les_effacements

journal = logging.getLogger(__name__)
PAR = systeme("purge de la corbeille")
UN_JOUR = timedelta(hours=20)  # two runs of 3:00 are 23 hours apart when clocks go forward
RECENT = timedelta(days=7)
RETENU = "en_attente"  # in the counts of a run that was held
BEAUCOUP = 20  # batches: below, no share is abnormal
REMEDE = (
    "vérifiez la date du serveur, puis la page Corbeille : elle dit les comptes à solder, et purge "
    "ce qui est échu après confirmation."
)


def purger_du_jour() -> None:
    """Once a day, at the first hour the machine is awake; nothing when today's run is made."""
    try:
        purger_les_echus(sauf=lambda: faite_aujourd_hui(TACHE))
    except Conflit as refus:
        journal.info("%s", refus.message)


def purger_les_echus(
    *, par: Auteur = PAR, confirme: bool = False, sauf: Callable[[], bool] = lambda: False
) -> Execution:
    """Purge each due batch in its own transaction; a failure stops nobody else, and is told.

    Nothing goes while the clock is in doubt, or when too much is due at once, unless `confirme`
    (a person looked). Raise Conflit when a run is already going on, or `sauf` says that today's is
    made.
    """
    with suivre(TACHE, sauf=sauf) as execution:
        a = timezone.now()
        echus = [*Lot.objects.echus(a=a, seuil=seuil_des_passages())]
        attente = "" if confirme or not echus else motif_d_attendre(echus, a=a, sauf=execution)
        fautes = [attente] if attente else _purger_chacun(echus, execution, par=par, a=a)
        fautes += _ecrire_les_effacements()
        if fautes:
            execution.resultat = Execution.Resultat.PARTIEL
            execution.erreur = "\n".join(fautes)
            execution.compteurs |= {RETENU: len(echus)} if attente else {}
            alerter("La purge de la corbeille est retenue", fautes, remede=REMEDE, sujet=execution)
    return execution


def _ecrire_les_effacements() -> list[str]:
    """Those that the store refused when they were made."""
    try:
        deposer_les_effacements()
    except PANNES as erreur:
        return [f"Les effacements ne sont pas écrits au coffre : {type(erreur).__name__}."]
    return []


def motif_d_attendre(echus: list[Lot], *, a: datetime, sauf: Execution | None = None) -> str:
    """Why nothing is purged now, or "": a clock set forward must not empty the trash in silence.

    Runs are daily: one at least, not held itself, must lie between a week and a day before, and
    none after now.
    """
    passages = Execution.objects.filter(tache=TACHE, fin__isnull=False)
    passages = passages.exclude(pk=sauf.pk) if sauf else passages
    if passages.filter(debut__gt=a).exists():
        return "Un passage est daté de l'avenir : l'horloge du serveur a reculé."
    libres = passages.exclude(compteurs__has_key=RETENU)
    if not libres.filter(debut__gte=a - RECENT, debut__lte=a - UN_JOUR).exists():
        return (
            f"{len(echus)} lot(s) échu(s), mais aucun passage libre de 1 à 7 jours avant "
            "celui-ci : rien n'est détruit après un arrêt, ni après un saut de l'horloge."
        )
    nouveaux = sum(lot.purge_le is None for lot in echus)
    if nouveaux > BEAUCOUP and 2 * nouveaux > Lot.objects.en_corbeille().count():
        return f"{nouveaux} lots échus d'un coup, plus de la moitié de la corbeille."
    return ""


def _purger_chacun(lots: list[Lot], execution: Execution, *, par: Auteur, a: datetime) -> list[str]:
    comptes = {"lots": 0, "detruits": 0, "anonymises": 0, "echecs": 0}
    fautes = []
    for lot in lots:
        try:
            fait = purger(lot, par=par, a=a)
        except Exception as erreur:  # noqa: BLE001 - one batch that fails stops nobody else
            journal.exception("%s non purgé", lot)
            comptes["echecs"] += 1
            cause = erreur.code if isinstance(erreur, ErreurMetier) else type(erreur).__name__
            fautes.append(f"{lot} : {cause}")
        else:
            comptes["lots"] += 1
            comptes["detruits"] += sum(fait.detruits.values())
            comptes["anonymises"] += sum(fait.anonymises.values())
    execution.compteurs = comptes
    return fautes
