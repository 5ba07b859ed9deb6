"""The rows and the journal compared, in tests whose accounts and settings are made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, models

from artjardin.audit.concordance import controler
from artjardin.audit.constat import prendre_acte
from tests.artjardin.chaine import enchainer


@contextmanager
def concorde() -> Iterator[None]:
    """What the block does is all in the journal: nothing differs at its end."""
    prendre_acte()
    yield
    assert ecarts() == []


def ecarts() -> list[str]:
    return list(map(str, controler().anomalies))


def en_cachette(objet: models.Model, ordre: str, *valeurs: object) -> None:
    """What the owner of the database may do to one row: `ordre` (UPDATE … SET x = %s, DELETE FROM)
    without its WHERE. No trigger fires."""
    table = objet._meta.db_table
    enchainer()
    with connection.cursor() as curseur:
        curseur.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        clef = objet._meta.pk.column
        curseur.execute(f"{ordre.format(table=table)} WHERE {clef} = %s", [*valeurs, objet.pk])
        assert curseur.rowcount == 1
        curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")
        curseur.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
