"""How logging is set up, for every process. Data for the settings; knows no Django."""

from __future__ import annotations

from typing import Any

import structlog

NOTRES = ("artjardin", "clients", "chantiers", "facturation", "relances", "ops", "sql")
NIVEAUX = ("DEBUG", "INFO", "WARNING", "ERROR")
# What these say below that level says nothing, or says again what has its line already
SEUILS = {
    "weasyprint": "WARNING",
    "fontTools": "WARNING",
    "pikepdf": "WARNING",
    "factur-x": "WARNING",
    "django.security": "ERROR",
    "celery.app.trace": "CRITICAL",  # how a task ended: taches.py
    "celery.worker.strategy": "WARNING",
}


def journalisation(niveau: str) -> dict[str, Any]:
    """For `logging.config.dictConfig`: one handler, on the standard error, at the root.

    The details are ours alone: libraries tell bodies, arguments and headers in theirs.
    """
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"ligne": {"()": "artjardin.traces.lignes.formateur"}},
        "filters": {"erreurs": {"()": "artjardin.traces.lignes.ErreursSeules"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "ligne"}},
        "root": {"handlers": ["console"], "level": "INFO" if niveau == "DEBUG" else niveau},
        "loggers": {
            **{nom: {"level": niveau} for nom in NOTRES},
            **{nom: {"level": seuil} for nom, seuil in SEUILS.items()},
            # Django gives these handlers of their own
            "django": {"handlers": [], "level": "NOTSET", "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            "django.request": {"filters": ["erreurs"]},
        },
    }
