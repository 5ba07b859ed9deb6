"""A management command has an id as a request has: its lines and its entries of the journal."""

from __future__ import annotations

import logging.config
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from structlog.contextvars import bound_contextvars

from artjardin import settings
from artjardin.embarque.erreurs import ErreurEmbarque
from artjardin.traces.contexte import numero_de_requete

journal = structlog.stdlib.get_logger("artjardin.commande")


@contextmanager
def commande(nom: str) -> Iterator[None]:
    """What stops it unforeseen is one line, where lines are for machines; else Python tells it."""
    with bound_contextvars(requete=numero_de_requete(), commande=nom):
        try:
            yield
        except Exception as erreur:
            if settings.JOURNAL_FORMAT != "json" or isinstance(erreur, ErreurEmbarque):
                raise
            logging.config.dictConfig(settings.LOGGING)  # it may have stopped before Django
            journal.critical("commande interrompue", exc_info=erreur)
            sys.exit(1)
