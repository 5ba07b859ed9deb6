"""The notebook of the watch, kept twice: in Valkey, in a file of DONNEES. Either may be gone."""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import redis

from ops.veille import carnet
from ops.veille.carnet import Carnet, Illisible

journal = logging.getLogger(__name__)
CLEF = "artjardin:veille:carnet"


class Memoire:
    """`valkey`: gives a client whose calls are bounded; one that fails is let alone for a round."""

    def __init__(self, dossier: Path, valkey: Callable[[], redis.Redis]) -> None:
        self._fichier = dossier / "carnet"
        self._valkey = valkey
        self._joignable = True

    def lire(self) -> Carnet:
        """The fresher copy; a blank notebook when there is none."""
        copies = [une for une in (self._du_fichier(), self._de_valkey()) if une is not None]
        return max(copies, key=lambda un: un.ordre, default=Carnet())

    def ecrire(self, etat: Carnet) -> None:
        """Both copies; a place that refuses keeps neither the other nor the watch from going on."""
        # Grows whatever clocks do, and among machines that took turns
        etat.ordre = max(etat.ordre + 1, time.time_ns() // 1_000_000)
        octets = carnet.ecrire(etat)
        try:
            _remplacer(self._fichier, octets)
        except OSError as erreur:
            journal.error("carnet de la veille non écrit sur le disque : %s", erreur.strerror)
        if self._joignable:
            self._vers_valkey(octets)

    def reessayer(self) -> None:
        """Ask Valkey again from now on, whatever it did before."""
        self._joignable = True

    def _du_fichier(self) -> Carnet | None:
        try:
            return carnet.lire(self._fichier.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, Illisible) as erreur:
            journal.error("carnet de la veille illisible sur le disque : %s", erreur)
            return None

    def _de_valkey(self) -> Carnet | None:
        try:
            octets = self._valkey().get(CLEF)
            return carnet.lire(octets) if isinstance(octets, bytes) else None
        except (redis.RedisError, Illisible) as erreur:
            journal.error("carnet de la veille illisible dans Valkey : %s", erreur)
            return None

    def _vers_valkey(self, octets: bytes) -> None:
        try:
            self._valkey().set(CLEF, octets)
        except redis.RedisError as erreur:
            self._joignable = False
            journal.warning("carnet de la veille non écrit dans Valkey : %s", erreur)


def _remplacer(fichier: Path, octets: bytes) -> None:
    """Whole or not at all, and on the disk when this returns."""
    fichier.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descripteur, provisoire = tempfile.mkstemp(dir=fichier.parent, prefix=".carnet-")
    try:
        with os.fdopen(descripteur, "wb") as sortie:
            sortie.write(octets)
            sortie.flush()
            os.fsync(sortie.fileno())
        Path(provisoire).replace(fichier)
    except BaseException:
        Path(provisoire).unlink(missing_ok=True)
        raise
    _inscrire(fichier.parent)


def _inscrire(dossier: Path) -> None:
    descripteur = os.open(dossier, os.O_RDONLY)
    try:
        os.fsync(descripteur)
    finally:
        os.close(descripteur)
