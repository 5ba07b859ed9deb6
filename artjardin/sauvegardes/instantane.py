"""One consistent instant of a database: its exported snapshot, and what is counted in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

TABLES = """
    SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname = 'public' ORDER BY c.relname
"""
SEQUENCES = """
    SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences
    WHERE schemaname = 'public' ORDER BY sequencename
"""


@dataclass(frozen=True)
class Instantane:
    """`nom` is what pg_dump takes with --snapshot."""

    nom: str
    base: str
    serveur: str
    majeur: int
    migrations: list[str]
    tables: dict[str, int]
    sequences: dict[str, int]


@contextmanager
def instantane(vers: Mapping[str, str]) -> Iterator[Instantane]:
    """Hold a snapshot for the time of the block; counted in it, so that they agree."""
    with psycopg.connect(**vers, connect_timeout=10) as connexion:  # type: ignore[arg-type]
        connexion.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connexion.read_only = True
        for delai in ("statement_timeout", "idle_in_transaction_session_timeout"):
            connexion.execute(f"SET {delai} = 0")  # it waits for pg_dump to end
        nom = connexion.execute("SELECT pg_export_snapshot()").fetchone()
        yield Instantane(
            nom=nom[0] if nom else "",
            base=connexion.info.dbname,
            serveur=str(connexion.info.parameter_status("server_version")),
            majeur=connexion.info.server_version // 10_000,
            migrations=migrations_de(connexion),
            tables=compter(connexion),
            sequences=sequences_de(connexion),
        )


def compter(connexion: psycopg.Connection) -> dict[str, int]:
    """Rows of every table: {table: count}."""
    comptes = {}
    for schema, table in connexion.execute(TABLES).fetchall():
        requete = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table))
        ligne = connexion.execute(requete).fetchone()
        comptes[table] = int(ligne[0]) if ligne else 0
    return comptes


def migrations_de(connexion: psycopg.Connection) -> list[str]:
    """Those applied, in order: app.name; none in a database without tables."""
    existe = connexion.execute("SELECT to_regclass('public.django_migrations')").fetchone()
    if not existe or existe[0] is None:
        return []
    lignes = connexion.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
    return [f"{application}.{nom}" for application, nom in lignes]


def sequences_de(connexion: psycopg.Connection) -> dict[str, int]:
    """The last value of every sequence; 0 for one that never served."""
    return dict(connexion.execute(SEQUENCES).fetchall())
