"""Queries of the hottest paths, written once per process and planned once per connection."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple, TypeVar

import psycopg
from django.core.exceptions import ObjectDoesNotExist
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.utils import CursorWrapper

Ligne = TypeVar("Ligne", bound=models.Model)
SEUIL = 5  # executions of one text on one connection before PostgreSQL keeps its plan


@contextmanager
def curseur_prepare() -> Iterator[CursorWrapper]:
    """A cursor of the current connection and transaction that prepares what it runs often.

    The text must be the same from one call to the next: values go into the parameters.
    """
    base = connections[DEFAULT_DB_ALIAS]  # once: the proxy `connection` looks it up each time
    base.ensure_connection()
    brute: Any = base.connection
    envelopper: Any = base.make_debug_cursor if base.queries_logged else base.make_cursor
    brute.prepare_threshold = SEUIL
    try:
        with envelopper(psycopg.Cursor(brute)) as curseur:
            yield curseur
    finally:
        brute.prepare_threshold = None  # the other queries stay as Django wants them


@contextmanager
def sans_attendre_le_disque() -> Iterator[None]:
    """Commit without waiting for the disk, for work that is taken up again when its end is missing.

    A commit lost with the machine is lost whole, and so is all that came after it: the next commit
    that waits (the end of the work, or another process that goes on from these rows) writes first
    everything before it.
    """
    with connection.cursor() as curseur:
        curseur.execute("SET synchronous_commit TO off")
    try:
        yield
    finally:
        with connection.cursor() as curseur:
            curseur.execute("RESET synchronous_commit")


class Textes(NamedTuple):
    """The SQL of a model, written once per process, and its columns in that order."""

    selection: str
    insertion: str
    modification: str
    champs: list[Any]


@cache
def _textes(modele: type[models.Model]) -> Textes:
    champs = list(modele._meta.concrete_fields)
    table, clef = f'"{modele._meta.db_table}"', f'"{_clef(modele).column}"'
    colonnes = [f'"{champ.column}"' for champ in champs if not champ.primary_key]
    trous = ", ".join(["%s"] * len(colonnes))
    mises = ", ".join(f"{colonne} = %s" for colonne in colonnes)
    lues = ", ".join(f'"{champ.column}"' for champ in champs)
    return Textes(
        f"SELECT {lues} FROM {table} ",  # noqa: S608 - names of models only
        f"INSERT INTO {table} ({', '.join(colonnes)}) VALUES ({trous}) ",  # noqa: S608
        f"UPDATE {table} SET {mises} WHERE {clef} = %s",  # noqa: S608
        champs,
    )


def lire(modele: type[Ligne], suite: str, *valeurs: Any) -> list[Ligne]:
    """Rows of a model; `suite` is the SQL after FROM, its values apart."""
    textes = _textes(modele)
    with curseur_prepare() as curseur:
        curseur.execute(textes.selection + suite, valeurs)
        lignes = curseur.fetchall()
    noms = [champ.attname for champ in textes.champs]
    return [
        modele.from_db(connection.alias, noms, [_lue(c, v) for c, v in _paires(textes, ligne)])
        for ligne in lignes
    ]


def inserer(objet: models.Model, *, sauf_si: str = "") -> bool:
    """Insert a row and give it its key; False when its column `sauf_si` is already taken."""
    textes, clef = _textes(type(objet)), _clef(type(objet))
    pris = f'ON CONFLICT ("{sauf_si}") DO NOTHING ' if sauf_si else ""
    with curseur_prepare() as curseur:
        texte = f'{textes.insertion}{pris}RETURNING "{clef.column}"'
        curseur.execute(texte, _valeurs(objet, textes))
        ligne = curseur.fetchone()
    if ligne is not None:
        objet.pk = ligne[0]
        objet._state.adding, objet._state.db = False, connection.alias  # noqa: SLF001
    return ligne is not None


def inserer_tous(objets: Sequence[models.Model]) -> None:
    """Insert rows of one model by one statement and give them their keys; none: nothing.

    The text depends on how many they are: for the few rows that hang below another.
    """
    if not objets:
        return
    textes, clef = _textes(type(objets[0])), _clef(type(objets[0]))
    tete, _, trous = textes.insertion.rpartition(" VALUES ")
    texte = f'{tete} VALUES {", ".join([trous] * len(objets))} RETURNING "{clef.column}"'
    with curseur_prepare() as curseur:
        curseur.execute(texte, [v for objet in objets for v in _valeurs(objet, textes)])
        lignes = curseur.fetchall()
    for objet, ligne in zip(objets, lignes, strict=True):
        objet.pk = ligne[0]
        objet._state.adding, objet._state.db = False, connection.alias  # noqa: SLF001


def ecrire(objet: models.Model) -> None:
    """Insert a new row, or update all the columns of one. Raise ObjectDoesNotExist when gone."""
    if objet._state.adding:  # noqa: SLF001
        inserer(objet)
        return
    textes = _textes(type(objet))
    with curseur_prepare() as curseur:
        curseur.execute(textes.modification, [*_valeurs(objet, textes), objet.pk])
        if curseur.rowcount != 1:
            raise ObjectDoesNotExist(f"{objet} n'existe plus.")


def _clef(modele: type[models.Model]) -> Any:
    return modele._meta.pk


def _valeurs(objet: models.Model, textes: Textes) -> list[Any]:
    base, nouveau = connections[DEFAULT_DB_ALIAS], objet._state.adding  # noqa: SLF001
    return [
        champ.get_db_prep_save(champ.pre_save(objet, nouveau), base)
        for champ in textes.champs
        if not champ.primary_key
    ]


def _paires(textes: Textes, ligne: Any) -> Iterator[tuple[Any, Any]]:
    return zip(textes.champs, ligne, strict=True)


def _lue(champ: Any, valeur: Any) -> Any:
    convertir = getattr(champ, "from_db_value", None)
    return valeur if convertir is None else convertir(valeur, None, connection)
