"""The last passage of each job of the schedule, in Valkey: the sweeps of each minute leave no row.

Celery imports this module in the workers (`include` in celery.py). What a job did and found stands
in the rows of the database (Execution); here is only that it ran.
"""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

from celery import Task, signals
from django.utils import timezone
from redis.exceptions import RedisError

from artjardin.valkey import valkey

CLEF = "artjardin:passages"
EN_COURS, REUSSI, ECHEC = "en_cours", "reussi", "echec"
_departs: dict[str, float] = {}


class Passage(NamedTuple):
    """`debut`: of the last one. `fin`, `duree` (seconds): of the last one that ended."""

    debut: datetime
    resultat: str  # en_cours, reussi or echec
    fin: datetime | None = None
    duree: float | None = None
    reussi_le: datetime | None = None  # end of the last success


def derniers_passages() -> dict[str, Passage]:
    """By name of the schedule's entry; absent: never run since Valkey is what it is.

    Raise RedisError within a second.
    """
    lus: dict[bytes, bytes] = valkey().hgetall(CLEF)  # type: ignore[assignment]
    par_entree: dict[str, dict[str, str]] = {}
    for clef, valeur in lus.items():
        nom, _, champ = clef.decode().rpartition("/")
        par_entree.setdefault(nom, {})[champ] = valeur.decode()
    return {nom: _passage(champs) for nom, champs in par_entree.items() if "debut" in champs}


def noter_le_debut(sender: Task, task_id: str, **_: Any) -> None:
    """Signal task_prerun, in the process that runs the task."""
    if nom := entree_de(sender):
        _departs[task_id] = time.monotonic()
        _noter(nom, debut=timezone.now().timestamp(), resultat=EN_COURS)


def noter_la_fin(sender: Task, task_id: str, state: str | None = None, **_: Any) -> None:
    """Signal task_postrun."""
    depart = _departs.pop(task_id, None)
    nom = entree_de(sender)
    if nom is None or depart is None:
        return
    fin, duree = timezone.now().timestamp(), round(time.monotonic() - depart, 3)
    if state == "SUCCESS":
        _noter(nom, fin=fin, duree=duree, resultat=REUSSI, reussi_le=fin)
    else:
        _noter(nom, fin=fin, duree=duree, resultat=ECHEC)


def entree_de(tache: Task) -> str | None:
    """The entry of the schedule that asks for this task."""
    planning = tache.app.conf.beat_schedule
    return next((nom for nom, entree in planning.items() if entree["task"] == tache.name), None)


def _noter(nom: str, **champs: float | str) -> None:
    """Never disturbs the task: without Valkey, nothing is noted."""
    with suppress(RedisError):
        valkey().hset(CLEF, mapping={f"{nom}/{champ}": dit for champ, dit in champs.items()})


def _passage(champs: dict[str, str]) -> Passage:
    duree = champs.get("duree")
    return Passage(
        debut=datetime.fromtimestamp(float(champs["debut"]), tz=UTC),
        resultat=champs.get("resultat", EN_COURS),
        fin=_instant(champs.get("fin")),
        duree=None if duree is None else float(duree),
        reussi_le=_instant(champs.get("reussi_le")),
    )


def _instant(dit: str | None) -> datetime | None:
    return None if dit is None else datetime.fromtimestamp(float(dit), tz=UTC)


signals.task_prerun.connect(noter_le_debut)
signals.task_postrun.connect(noter_la_fin)
