"""What tests do to the journal's chain that the product never does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

TABLES = ("audit_entree", "audit_maillon")


def enchainer() -> None:
    """What the commit does, in a test whose transaction never ends."""
    with connection.cursor() as curseur:
        curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")
        curseur.execute("SET CONSTRAINTS ALL DEFERRED")


@contextmanager
def en_superutilisateur() -> Iterator[None]:
    """Triggers asleep, as for whoever owns the database."""
    enchainer()
    with connection.cursor() as curseur:
        for table in TABLES:
            curseur.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            curseur.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def forcer(sql: str) -> None:
    with en_superutilisateur(), connection.cursor() as curseur:
        curseur.execute(sql)
