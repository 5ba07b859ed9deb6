"""What Prometheus is given: one text, the same whichever process of the server answers.

What is counted in the database is read at most every ten seconds by one process, and kept in a file
of the folder that they share: no process goes back to an older count than another one gave.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from django.conf import settings
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import Metric
from prometheus_client.multiprocess import MultiProcessCollector

from artjardin.compteurs import dossier_partage
from ops.mesures.collecte import Collecteur

journal = logging.getLogger(__name__)
TYPE = "text/plain; version=0.0.4; charset=utf-8"
AGE = 10.0  # seconds during which a look is given again
PERIME = 30.0  # and while another process is at the next one
_verrou = threading.Lock()  # between the threads of this process


class Lues:
    """Metrics already read, as prometheus_client wants them."""

    def __init__(self, metriques: Iterable[Metric]) -> None:
        self._metriques = metriques

    def collect(self) -> Iterator[Metric]:
        yield from self._metriques


def exposer() -> bytes:
    """All the metrics. Some four seconds at most, whatever hangs."""
    return _du_produit() + _des_requetes()


def _des_requetes() -> bytes:
    """Requests and queries, counted by all the processes of this server."""
    dossier = dossier_partage()
    if dossier is None:
        return generate_latest(REGISTRY)
    registre = CollectorRegistry()
    try:
        MultiProcessCollector(registre, path=str(dossier))
        return generate_latest(registre)
    except (OSError, ValueError) as faute:  # somebody cleaned the memory: the rest is told
        journal.warning("mesures : les demandes ne sont plus comptées : %s", faute)
        return b""


def _du_produit() -> bytes:
    fichier = (dossier_partage() or Path(settings.DONNEES) / "mesures") / "produit.txt"
    with _verrou, _seul(fichier) as a_nous:
        garde = _garde(fichier)
        if garde is not None and _age(fichier) < (AGE if a_nous else PERIME):
            return garde
        texte = en_texte(_collecteur().collecter())
        if a_nous:
            _garder(fichier, texte)
        return texte


def en_texte(metriques: Iterable[Metric]) -> bytes:
    registre = CollectorRegistry(auto_describe=False)
    registre.register(Lues(metriques))
    return generate_latest(registre)


@cache
def _collecteur() -> Collecteur:
    return Collecteur()


@contextmanager
def _seul(fichier: Path) -> Iterator[bool]:
    """One process at a time makes it; False: another one is at it, or there is no place."""
    try:
        fichier.parent.mkdir(parents=True, exist_ok=True)
        verrou = fichier.with_suffix(".verrou").open("w")
    except OSError:
        yield False
        return
    with verrou:
        try:
            fcntl.flock(verrou, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _garde(fichier: Path) -> bytes | None:
    with suppress(OSError):
        return fichier.read_bytes()
    return None


def _age(fichier: Path) -> float:
    """Of what is kept, in seconds, on whichever side of our clock."""
    return abs(time.time() - fichier.stat().st_mtime)


def _garder(fichier: Path, texte: bytes) -> None:
    with suppress(OSError):  # a full disk: it is read again next time
        provisoire = fichier.with_suffix(f".{os.getpid()}")
        provisoire.write_bytes(texte)
        provisoire.replace(fichier)
