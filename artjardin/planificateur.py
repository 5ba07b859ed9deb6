"""The scheduler of beat: any number of them, each occurrence of a job is sent by one only.

When each job was last sent is kept in Valkey, for all of them and across restarts. An occurrence
belongs to the one that moves this date, in one step. What it sends then carries a deadline counted
from that step: one that was frozen in between sends nothing that a worker would still run.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from contextlib import suppress
from copy import copy
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from celery import Celery
from celery.beat import ScheduleEntry, Scheduler
from redis.exceptions import RedisError

from artjardin.battements import PLANIFICATEURS, battre, se_taire
from artjardin.valkey import valkey

journal = logging.getLogger(__name__)
CLEF = "artjardin:planning"
TOUR = 2.0  # seconds at most between two looks at the schedule, and between two signs of life
AVANCE = timedelta(hours=1)  # a date further in the future was set by a clock that was wrong
# Moves the date of one job, unless somebody moved it meanwhile
DEPLACER = """
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
"""


class Planificateur(Scheduler):
    """`celery beat` makes one (beat_scheduler in celery.py)."""

    def __init__(self, app: Celery, **options: Any) -> None:
        self.nom = f"beat@{socket.gethostname()}-{os.getpid()}"
        self._muet = False
        self._vu_le = 0.0
        super().__init__(app, **options | {"max_interval": TOUR})

    def setup_schedule(self) -> None:
        """The schedule is what celery.py says; what was missed is due at once."""
        self.merge_inplace(self.app.conf.beat_schedule)
        with suppress(RedisError):
            self._relire()

    def tick(self, *args: Any, **options: Any) -> float:
        """One look at the schedule. Without Valkey nothing can be sent: nothing is looked at."""
        self._dire(muet=not battre(PLANIFICATEURS, self.nom))
        if self._muet:
            return TOUR
        try:
            self._suivre_l_horloge()
            return super().tick(*args, **options)
        except RedisError:
            return TOUR

    def is_due(self, entry: ScheduleEntry) -> tuple[bool, float]:
        """Whether an occurrence is due, and ours; else seconds to wait. Raise RedisError."""
        vu, maintenant = self._relire_une(entry), entry.default_now()
        du, attente = entry.is_due()
        if not du:
            return False, attente
        entry.last_run_at = maintenant
        return self._deplacer(entry, vu, vers=maintenant), attente

    def apply_entry(self, entry: ScheduleEntry, producer: Any = None) -> None:
        """Send it, to be run before the deadline of this very occurrence."""
        envoi, delai = copy(entry), entry.options.get("expires")
        if delai is not None:
            limite = entry.last_run_at + timedelta(seconds=delai)
            envoi.options = entry.options | {"expires": limite}
        super().apply_entry(envoi, producer=producer)

    def close(self) -> None:
        se_taire(PLANIFICATEURS, self.nom)
        super().close()

    def _suivre_l_horloge(self) -> None:
        """When the clock goes back, what was to come is computed anew."""
        avant, self._vu_le = self._vu_le, time.time()
        if self._vu_le < avant - TOUR:
            self._relire()
            self._heap = None

    def _relire(self) -> None:
        for entry in self.schedule.values():
            self._relire_une(entry)

    def _relire_une(self, entry: ScheduleEntry) -> bytes:
        """The memory that all share decides, not ours; a job that is new is not late."""
        maintenant, client = entry.default_now(), valkey()
        client.hsetnx(CLEF, entry.name, _ecrit(maintenant))
        vu: bytes = client.hget(CLEF, entry.name)  # type: ignore[assignment]
        entry.last_run_at = datetime.fromtimestamp(float(vu), tz=self.app.timezone)
        if entry.last_run_at > maintenant + AVANCE:
            self._deplacer(entry, vu, vers=maintenant)
            entry.last_run_at, vu = maintenant, _ecrit(maintenant)
        return vu

    def _deplacer(self, entry: ScheduleEntry, vu: bytes, *, vers: datetime) -> bool:
        """Whether we are the one that moved its date."""
        return bool(self._script(keys=[CLEF], args=[entry.name, vu, _ecrit(vers)]))

    @cached_property
    def _script(self) -> Any:
        return valkey().register_script(DEPLACER)

    def _dire(self, *, muet: bool) -> None:
        """Once for an outage."""
        if muet and not self._muet:
            journal.error("Valkey ne répond pas : rien n'est planifié d'ici là.")
        self._muet = muet


def _ecrit(instant: datetime) -> bytes:
    return repr(instant.timestamp()).encode()
