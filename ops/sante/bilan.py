"""What many ask at once is looked at once, and kept for some seconds: a storm costs nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import cached_property

import orjson
from django.utils import timezone

from ops.sante import registre
from ops.sante.constats import Constat, Etat, le_pire
from ops.sante.rendu import en_json

DUREE, DUREE_PRET = 10.0, 2.0  # seconds during which an answer is given again
INACHEVE = 2.0  # seconds, when a probe had not answered


class Bilan:
    """What was seen at one moment, and the bytes that tell it."""

    def __init__(self, constats: list[Constat], *, le: datetime) -> None:
        self.constats = constats
        self.le = le
        self.etat = le_pire(constats)

    @property
    def statut(self) -> int:
        """Of HTTP: a balancer and a probe read nothing else."""
        return 503 if self.etat is Etat.PANNE else 200

    @property
    def pannes(self) -> list[Constat]:
        return [constat for constat in self.constats if constat.en_panne]

    @cached_property
    def complet(self) -> bytes:
        return orjson.dumps(en_json(self.etat, self.constats, le=self.le))

    @cached_property
    def resume(self) -> bytes:
        """The overall word, for whoever asks."""
        return orjson.dumps(en_json(self.etat, [], le=self.le))

    @cached_property
    def pret(self) -> bytes:
        causes = {c.sonde.nom: c.message for c in self.pannes}
        return orjson.dumps({"pret": not causes} | ({"causes": sorted(causes)} if causes else {}))


class Retenu:
    """The last Bilan, made again when it is too old, by one thread at a time."""

    def __init__(self, examiner: Callable[[], tuple[list[Constat], bool]], duree: float) -> None:
        self._examiner = examiner
        self._duree = duree
        self._verrou = threading.Lock()
        self._bilan: Bilan | None = None
        self._jusqu_a = 0.0

    def frais(self) -> Bilan | None:
        """At once, or None when it must be made."""
        return self._bilan if time.monotonic() < self._jusqu_a else None

    def lire(self) -> Bilan:
        """Within the bound of the look; those who ask meanwhile get the same."""
        with self._verrou:
            if (frais := self.frais()) is not None:
                return frais
            constats, complet = self._examiner()
            self._bilan = Bilan(constats, le=timezone.now())
            self._jusqu_a = time.monotonic() + (self._duree if complet else INACHEVE)
            return self._bilan

    def oublier(self) -> None:
        self._jusqu_a = 0.0


def _tout() -> tuple[list[Constat], bool]:
    return registre.examiner(), registre.tout_a_repondu()


def _essentiel() -> tuple[list[Constat], bool]:
    examinateur = registre.examinateur_essentiel()
    return examinateur.examiner(borne=registre.BORNE_PRET), examinateur.complet


DETAIL = Retenu(_tout, DUREE)
PRET = Retenu(_essentiel, DUREE_PRET)
