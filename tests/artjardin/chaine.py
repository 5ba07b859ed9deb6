"""What tests do to the journal's chain that the product never does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from artjardin.audit.chaine import empreinte

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


def forcer(*ordres: str) -> None:
    with en_superutilisateur(), connection.cursor() as curseur:
        for sql in ordres:
            curseur.execute(sql)


# What a superuser would do to hide a change: every link computed again from the first
RECALCULER = f"""
    DO $$
    DECLARE
        m record;
        dernier text := '';
    BEGIN
        FOR m IN SELECT rang, entree_id FROM audit_maillon ORDER BY rang LOOP
            UPDATE audit_maillon SET precedent = dernier, sha256 = (
                SELECT {empreinte("e", precedent="dernier")} FROM audit_entree e
                WHERE e.id = m.entree_id
            ) WHERE rang = m.rang RETURNING sha256 INTO dernier;
        END LOOP;
    END $$;
"""  # noqa: S608 - constants only
