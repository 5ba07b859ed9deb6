"""Queries of the hottest routes, planned once per connection instead of at every request."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from django.db.backends.utils import CursorWrapper

SEUIL = 5  # executions of one text on one connection before PostgreSQL keeps its plan


@contextmanager
def curseur_prepare() -> Iterator[CursorWrapper]:
    """A cursor of the current connection and transaction that prepares what it runs often.

    The text must be the same from one call to the next: values go into the parameters.
    """
    connection.ensure_connection()
    brute: Any = connection.connection
    compte = connection.queries_logged
    envelopper: Any = connection.make_debug_cursor if compte else connection.make_cursor
    brute.prepare_threshold = SEUIL
    try:
        with envelopper(psycopg.Cursor(brute)) as curseur:
            yield curseur
    finally:
        brute.prepare_threshold = None  # the other queries stay as Django wants them
