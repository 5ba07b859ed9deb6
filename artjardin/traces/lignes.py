"""The one formatter of every line, ours and those of the libraries: JSON, or plain to read."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from django.db.models import Model
from structlog.contextvars import merge_contextvars
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor

from artjardin.traces.contexte import demandeur
from artjardin.traces.masques import masquer
from artjardin.traces.recits import avec_le_recit, dire

JSON, LISIBLE = "json", "lisible"


class Formateur(ProcessorFormatter):
    """What cannot be written is said to be so: nothing of it is shown, and nobody is stopped."""

    def __init__(self, forme: str) -> None:
        rendu: Processor = _en_json if forme == JSON else _lisible()
        super().__init__(
            processors=[
                merge_contextvars,
                _situer,
                avec_le_recit,
                ProcessorFormatter.remove_processors_meta,
                masquer,
                rendu,
            ]
        )

    def format(self, record: logging.LogRecord) -> str:
        try:
            return super().format(_sobre(record))
        except Exception as erreur:  # noqa: BLE001 - logging itself would print the whole record
            faute = {"level": "error", "logger": record.name, "event": "ligne illisible"}
            return json.dumps(faute | {"exception": type(erreur).__name__, "lieu": record.pathname})


def formateur() -> Formateur:
    """As the settings say: called when logging is configured, after they are read. What Python
    warns of is a line too.
    """
    from artjardin import settings  # noqa: PLC0415 - they configure the log while they load

    logging.captureWarnings(capture=True)
    return Formateur(settings.JOURNAL_FORMAT)


def _sobre(record: logging.LogRecord) -> logging.LogRecord:
    """A copy whose arguments name nobody: an error tells what it may, a row is only a number."""
    copie = logging.makeLogRecord(record.__dict__)
    if isinstance(record.args, Mapping):
        copie.args = {clef: _argument(dit) for clef, dit in record.args.items()}
    elif record.args:
        copie.args = tuple(map(_argument, record.args))
    if isinstance(record.msg, BaseException):
        copie.msg, copie.args = "%s", (dire(record.msg),)
    elif record.name == "django.request":  # it names the path, with the secret of a link
        copie.msg, copie.args = "erreur imprévue", ()
    return copie


def _argument(dit: object) -> Any:
    if isinstance(dit, BaseException):
        return dire(dit)
    return f"{dit._meta.label_lower} n° {dit.pk}" if isinstance(dit, Model) else dit


def _situer(_journal: Any, _methode: str, ligne: EventDict) -> EventDict:
    """When, how grave, who writes and who asked, before the rest."""
    record: logging.LogRecord = ligne["_record"]
    quand = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    tete = {
        "timestamp": quand.replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": ligne.pop("event"),
    }
    return {**tete, **ligne, **demandeur()}


def _en_json(_journal: Any, _methode: str, ligne: EventDict) -> str:
    return json.dumps(ligne, ensure_ascii=False)


def _lisible() -> structlog.dev.ConsoleRenderer:
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), pad_event_to=0, sort_keys=False, pad_level=False
    )


class ErreursSeules(logging.Filter):
    """Of `django.request`, only what broke: every answer has its line already (requetes.py)."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.ERROR and bool(record.exc_info)
