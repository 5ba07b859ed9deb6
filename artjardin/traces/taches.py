"""One line per task, with the id of the request that asked for it. Connected in celery.py."""

from __future__ import annotations

import logging.config
import time
from contextlib import ExitStack
from typing import Any, NamedTuple

import structlog
from celery import signals
from structlog.contextvars import bound_contextvars

from artjardin.traces.contexte import numero_de_requete, requete_courante

journal = structlog.stdlib.get_logger("artjardin.tache")
ENTETE = "requete"


class EnCours(NamedTuple):
    """What must be undone when a task ends, and what its line tells."""

    pile: ExitStack
    mesure: Any
    debut: float


_en_cours: dict[str, EnCours] = {}


def brancher() -> None:
    """Celery keeps its own logging out, and tells of tasks asked for, begun and ended."""
    signals.setup_logging.connect(_journaliser, weak=False)
    signals.before_task_publish.connect(_confier, weak=False)
    signals.task_prerun.connect(_commencer, weak=False)
    signals.task_postrun.connect(_finir, weak=False)
    signals.task_failure.connect(_echouer, weak=False)


def _journaliser(**_dit: Any) -> None:
    from django.conf import settings  # noqa: PLC0415 - celery.py is loaded before any setting

    logging.config.dictConfig(settings.LOGGING)


def _confier(headers: dict[str, Any], **_dit: Any) -> None:
    if numero := requete_courante():
        headers[ENTETE] = numero


def _commencer(task_id: str, task: Any, **_dit: Any) -> None:
    """A task that nobody asked for, of the schedule, is known by its own number."""
    from artjardin.traces.sql import Mesure  # noqa: PLC0415 - celery.py is loaded before any setting

    dits = task.request.headers or {}  # called here and now, a task has them apart
    donne = task.request.get(ENTETE) or dits.get(ENTETE) or requete_courante()
    numero = numero_de_requete(donne or task_id)
    pile, mesure = ExitStack(), Mesure()
    pile.enter_context(bound_contextvars(requete=numero, tache=task.name, tache_id=task_id))
    pile.enter_context(mesure.installee())
    _en_cours[task_id] = EnCours(pile, mesure, time.perf_counter())


def _finir(task_id: str, state: str | None = None, **_dit: Any) -> None:
    """Also after a failure, which has told its story."""
    if (course := _en_cours.pop(task_id, None)) is None:
        return
    with course.pile:
        ms = round((time.perf_counter() - course.debut) * 1000, 1)
        journal.info("tâche", etat=(state or "").lower(), ms=ms, **course.mesure.champs)


def _echouer(task_id: str, exception: BaseException, sender: Any, **_dit: Any) -> None:
    """`task_id` is said again: a task whose process died has no context here."""
    journal.error("tâche échouée", tache=sender.name, tache_id=task_id, exc_info=exception)
