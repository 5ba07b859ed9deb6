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
    SELECT s.sequencename, coalesce(s.last_value, 0), t.relname, a.attname
    FROM pg_sequences s
    JOIN pg_class c ON c.oid = format('%I.%I', s.schemaname, s.sequencename)::regclass
    JOIN pg_depend d ON d.objid = c.oid AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
    JOIN pg_class t ON t.oid = d.refobjid
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
    WHERE s.schemaname = 'public' ORDER BY s.sequencename
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
        nom = connexion.execute("SELECT pg_export_snapshot()").fetchone()
        yield Instantane(
            nom=nom[0] if nom else "",
            base=connexion.info.dbname,
            serveur=str(connexion.info.parameter_status("server_version")),
            majeur=connexion.info.server_version // 10_000,
            migrations=migrations_de(connexion),
            tables=compter(connexion),
            sequences={nom: valeur for nom, valeur, _, _ in _sequences(connexion)},
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


def sequences_en_retard(connexion: psycopg.Connection) -> list[str]:
    """Columns whose next value is taken already: the rows go beyond their sequence."""
    fautes = []
    for nom, dernier, table, colonne in _sequences(connexion):
        requete = sql.SQL("SELECT coalesce(max({}), 0) FROM {}").format(
            sql.Identifier(colonne), sql.Identifier(table)
        )
        ligne = connexion.execute(requete).fetchone()
        if ligne and int(ligne[0]) > dernier:
            fautes.append(f"{nom} est à {dernier}, {table}.{colonne} va jusqu'à {ligne[0]}")
    return fautes


def _sequences(connexion: psycopg.Connection) -> list[tuple[str, int, str, str]]:
    return connexion.execute(SEQUENCES).fetchall()
