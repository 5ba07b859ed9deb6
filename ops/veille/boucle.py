"""The loop of `manage.py veiller`: rounds at a steady pace, until it is asked to end."""

from __future__ import annotations

import logging
import signal
import time
from pathlib import Path
from threading import Event

from django.conf import settings

from artjardin.embarque.verrous import Verrou
from artjardin.erreurs import Conflit
from artjardin.valkey import valkey
from ops.sante import registre
from ops.sante.constats import Constat
from ops.veille.veilleur import Veilleur

journal = logging.getLogger(__name__)
BORNE = 4.0  # seconds of a look: longer than what a page gives, so that what hangs is seen at once


def veiller(*, une_fois: bool = False) -> None:
    """Raise Conflit when another process watches from this data folder."""
    dossier = Path(settings.DONNEES) / "veille"
    verrou = Verrou(dossier / "verrou")
    if not verrou.essayer():
        raise Conflit("La veille tourne déjà sur ce dossier de données.", code="veille_en_cours")
    veilleur = Veilleur(dossier, examiner=_examiner, valkey=valkey)
    try:
        if une_fois:
            veilleur.ronde()
        else:
            _tourner(veilleur, _fin_demandee())
    finally:
        veilleur.finir()
        verrou.rendre()


def _tourner(veilleur: Veilleur, fin: Event) -> None:
    """What a round raises is logged; the sign of life is then missing, and the next one tries."""
    while not fin.is_set():
        debut = time.monotonic()
        try:
            veilleur.ronde()
        except Exception:  # noqa: BLE001 - the watch goes on whatever happens
            journal.exception("ronde interrompue")
        fin.wait(max(0.0, settings.ALERTES.periode - (time.monotonic() - debut)))


def _fin_demandee() -> Event:
    fin = Event()
    for signe in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signe, lambda *_: fin.set())
    return fin


def _examiner() -> list[Constat]:
    return registre.examiner(borne=BORNE)
