"""Signs of life of the workers and of the planners, in Valkey: whoever is frozen falls silent.

Celery imports this module in the workers (`include` in celery.py).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from celery import signals
from django.utils import timezone
from redis.exceptions import RedisError

from artjardin.valkey import valkey

ESPACE = "artjardin:battements"
OUVRIERS, PLANIFICATEURS = "ouvriers", "planificateurs"
OUBLI = timedelta(hours=1)  # a name that has not been heard for so long is of the past


class Battement(NamedTuple):
    """The last sign of life of one process. `files`: the queues that a worker serves."""

    nom: str
    le: datetime
    pid: int
    files: tuple[str, ...] = ()


class Battements(NamedTuple):
    """Of all that were heard within OUBLI; a process that ended by itself is in none of them."""

    ouvriers: list[Battement]
    planificateurs: list[Battement]

    def dernier(self, file: str) -> datetime | None:
        """When a worker that serves this queue was last heard; None when there is none."""
        return max((un.le for un in self.ouvriers if file in un.files), default=None)


def battre(genre: str, nom: str, *, files: Iterable[str] = ()) -> bool:
    """Say that this process lives. Never disturbs it: False when Valkey did not hear."""
    dit = json.dumps([timezone.now().timestamp(), os.getpid(), sorted(files)])
    try:
        valkey().hset(_clef(genre), nom, dit)
    except RedisError:
        return False
    return True


def se_taire(genre: str, nom: str) -> None:
    """Say that this process ends because it was asked to: nobody waits for it any more."""
    with suppress(RedisError):
        valkey().hdel(_clef(genre), nom)


def lire() -> Battements:
    """Who was heard, and when (aware, UTC). Raise RedisError within a second."""
    return Battements(_lus(OUVRIERS), _lus(PLANIFICATEURS))


def _lus(genre: str) -> list[Battement]:
    """The living and the recently silent; those of the past are removed."""
    client, debut = valkey(), timezone.now() - OUBLI
    dits: dict[bytes, bytes] = client.hgetall(_clef(genre))  # type: ignore[assignment]
    tous = {nom: _battement(nom, dit) for nom, dit in dits.items()}
    if passes := [nom for nom, battement in tous.items() if battement.le < debut]:
        client.hdel(_clef(genre), *passes)
    return sorted(battement for nom, battement in tous.items() if nom not in passes)


def _battement(nom: bytes, dit: bytes) -> Battement:
    instant, pid, files = json.loads(dit)
    le = datetime.fromtimestamp(instant, tz=UTC)
    return Battement(nom.decode(), le, pid, tuple(files))


def _clef(genre: str) -> str:
    return f"{ESPACE}:{genre}"


def un_ouvrier_bat(sender: Any, **_: Any) -> None:
    """Every two seconds, by the main process of a worker (signal heartbeat_sent)."""
    emetteur = sender.eventer
    battre(OUVRIERS, emetteur.hostname, files=emetteur.app.amqp.queues.consume_from)


def un_ouvrier_s_arrete(sender: Any, **_: Any) -> None:
    """It was asked to, and has ended its tasks (signal worker_shutdown)."""
    se_taire(OUVRIERS, sender.hostname)


signals.heartbeat_sent.connect(un_ouvrier_bat)
signals.worker_shutdown.connect(un_ouvrier_s_arrete)
