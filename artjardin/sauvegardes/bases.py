"""Scratch databases: made for one restore, dropped after, their leftovers too."""

from __future__ import annotations

import logging
import secrets
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from artjardin.erreurs import Conflit, Indisponible
from artjardin.sauvegardes import programmes, tuyaux
from artjardin.sauvegardes.instantane import TABLES

journal = logging.getLogger(__name__)
EXERCICE, RESTAURATION = "_exercice_", "_restauration_"


@contextmanager
def serveur(vers: Mapping[str, str]) -> Iterator[psycopg.Connection]:
    """A connection that may create and drop databases. Raise Indisponible."""
    try:
        connexion = psycopg.connect(**vers, autocommit=True, connect_timeout=10)  # type: ignore[arg-type]
    except psycopg.OperationalError as erreur:
        raise Indisponible(f"Le serveur de bases ne répond pas : {erreur}") from erreur
    with connexion:
        yield connexion


@contextmanager
def serveur_a_part() -> Iterator[psycopg.Connection]:
    """A connection to our server that is in none of our databases: one of those every server has.
    Raise Indisponible."""
    try:
        with serveur(programmes.parametres("postgres")) as connexion:
            yield connexion
    except Indisponible:
        with serveur(programmes.parametres("template1")) as connexion:
            yield connexion


@contextmanager
def base_d_exercice() -> Iterator[dict[str, str]]:
    """An empty database for a drill: how to reach it. One drill at a time, trials by a person
    included: the leftovers of one that was killed are dropped first. Raise Conflit."""
    vers = programmes.parametres_d_exercice()
    with serveur(vers) as gardien, _passagere(gardien, EXERCICE) as nom:
        yield vers | {"dbname": nom}


@contextmanager
def base_de_restauration() -> Iterator[dict[str, str]]:
    """The same beside ours, on our server, to take its place: dropped at the end of the block
    unless it was renamed."""
    with serveur_a_part() as gardien, _passagere(gardien, RESTAURATION) as nom:
        yield programmes.parametres(nom)


@contextmanager
def _passagere(gardien: psycopg.Connection, suffixe: str) -> Iterator[str]:
    prefixe = f"{connection.settings_dict['NAME']}{suffixe}"
    nom = f"{prefixe}{secrets.token_hex(4)}"
    _exiger_d_etre_seul(gardien, prefixe)
    for reste in _bases(gardien, prefixe):
        supprimer(gardien, reste)
    creer(gardien, nom)
    try:
        yield nom
    finally:
        supprimer(gardien, nom)


def _exiger_d_etre_seul(gardien: psycopg.Connection, prefixe: str) -> None:
    """Until this connection ends, however it ends."""
    clef = zlib.crc32(prefixe.encode())
    pris = gardien.execute("SELECT pg_try_advisory_lock(%s)", [clef]).fetchone()
    if not (pris and pris[0]):
        raise Conflit("Un exercice ou une restauration est en cours.", code="execution_en_cours")


def creer(connexion: psycopg.Connection, nom: str) -> None:
    """An empty UTF-8 database. Raise Indisponible with what to grant."""
    try:
        connexion.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(
                sql.Identifier(nom)
            )
        )
    except psycopg.errors.InsufficientPrivilege as erreur:
        role = connexion.info.user
        raise Indisponible(
            f"Le rôle {role} ne peut pas créer de base : « ALTER ROLE {role} CREATEDB » en tant "
            "qu'administrateur, ou SAUVEGARDE_BASE_EXERCICE vers un autre serveur.",
            code="createdb_manque",
        ) from erreur


def supprimer(connexion: psycopg.Connection, nom: str) -> None:
    """Whoever is still there is put out. An autovacuum ends by itself before a plain DROP; FORCE
    may not end it, as it belongs to the superuser."""
    ordre = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(nom))
    try:
        connexion.execute(ordre)
    except psycopg.errors.ObjectInUse:
        connexion.execute(sql.SQL("{} WITH (FORCE)").format(ordre))


def echanger(connexion: psycopg.Connection, nom: str, *, pour: str, ancienne: str) -> None:
    """`nom` becomes `ancienne` and `pour` becomes `nom`, both or none. Raise Conflit while one of
    them is used."""
    try:
        with connexion.transaction():
            _renommer(connexion, nom, ancienne)
            _renommer(connexion, pour, nom)
    except psycopg.errors.ObjectInUse as erreur:
        raise Conflit(
            f"La base {nom} sert encore : arrêtez tout d'abord.", code="base_occupee"
        ) from (erreur)


def _renommer(connexion: psycopg.Connection, nom: str, nouveau: str) -> None:
    connexion.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(
            sql.Identifier(nom), sql.Identifier(nouveau)
        )
    )


def occupants(connexion: psycopg.Connection, nom: str) -> list[str]:
    """Who else is connected to a database, as PostgreSQL names them."""
    lignes = connexion.execute(
        "SELECT coalesce(nullif(application_name, ''), usename::text) FROM pg_stat_activity "
        "WHERE datname = %s AND pid <> pg_backend_pid() AND backend_type = 'client backend' "
        "ORDER BY 1",
        [nom],
    )
    return [ligne[0] for ligne in lignes.fetchall()]


def est_vide(vers: Mapping[str, str]) -> bool:
    with serveur(vers) as connexion:
        return connexion.execute(TABLES).fetchone() is None


def remplir(
    vers: Mapping[str, str],
    source: tuyaux.Lisible,
    clefs: list[Any],
    *,
    suivre: Callable[[int], None] | None = None,
) -> tuyaux.Mesure:
    """Decrypt, decompress and restore into an empty database; the measure of what was read.

    Raise Echec when the key, the file or the restore is at fault, Conflit when the database is
    not empty.
    """
    if not est_vide(vers):
        raise Conflit(f"La base {vers['dbname']} n'est pas vide.", code="base_pleine")
    with serveur(vers) as connexion:
        majeur = programmes.major(connexion)
    commande = programmes.commande(
        "pg_restore",
        "--exit-on-error",
        "--no-owner",
        "--no-privileges",
        vers=vers,
        serveur=majeur,
    )
    with tuyaux.ecrire_a(commande, programmes.environnement(vers)) as entree:
        return tuyaux.dechiffrer(source, entree.write, clefs, suivre=suivre)


def _bases(connexion: psycopg.Connection, prefixe: str) -> list[str]:
    lignes = connexion.execute(
        "SELECT datname::text FROM pg_database WHERE starts_with(datname::text, %s)", [prefixe]
    )
    return [ligne[0] for ligne in lignes.fetchall()]
