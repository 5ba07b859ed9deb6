"""PostgreSQL: reachable, migrated, writable, on time, followed by its replicas."""

from __future__ import annotations

import time
from functools import cache

import psycopg
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from ops.sante.constats import Etat, Releve

CONNEXION = 2  # seconds given to the server to let us in
LIBPQ = ("dbname", "user", "password", "host", "port", "sslmode", "sslrootcert", "passfile")
REQUETE = "SET statement_timeout = '1500ms'"
AVANCE, EGARE = 5.0, 60.0  # seconds between two clocks: dates may be wrong, then are
RETARD = 60.0  # seconds of a replica


def joindre() -> Releve:
    """By a connection of its own, outside the pool: it tells of the server, not of who waits."""
    with _ouvrir() as lien, lien.cursor() as curseur:
        curseur.execute("SELECT current_setting('transaction_read_only')")
        lu = curseur.fetchone()
    if lu == ("on",):
        return Releve(Etat.PANNE, "la base refuse d'écrire (lecture seule : disque plein ?)")
    return Releve(Etat.OK)


def horloge() -> Releve:
    """Its clock and ours: dates of documents, leases and codes are taken from both."""
    avant = time.time()
    with _ouvrir() as lien, lien.cursor() as curseur:
        curseur.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
        [la_sienne] = curseur.fetchone() or [0.0]
    apres = time.time()
    ecart = max(avant - la_sienne, la_sienne - apres, 0.0)
    etat = Etat.PANNE if ecart > EGARE else Etat.DEGRADE if ecart > AVANCE else Etat.OK
    dit = f"{ecart:.0f} s d'écart entre cette machine et la base" if etat is not Etat.OK else ""
    return Releve(etat, dit, round(ecart, 3), "s")


def migrations() -> Releve:
    """Whether the schema has what this code needs; a newer schema is no fault (upgrades)."""
    with _ouvrir() as lien, lien.cursor() as curseur:
        curseur.execute("SELECT app, name FROM django_migrations")
        manquent = sorted(_dernieres().difference(curseur.fetchall()))
    if manquent:
        noms = ", ".join(f"{app}.{nom}" for app, nom in manquent[:3])
        return Releve(Etat.PANNE, f"migrations à appliquer : {noms}", len(manquent))
    return Releve(Etat.OK, valeur=0)


def taille() -> Releve:
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_database_size(current_database())")
        [octets] = curseur.fetchone() or [0]
    return Releve(Etat.OK, f"{octets / 2**20:.0f} Mio", octets, "octets")


def replication() -> Releve:
    """The slowest replica; nothing to say without one, or without the right to see them."""
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT count(*), max(extract(epoch FROM replay_lag)) FROM pg_stat_replication"
        )
        nombre, retard = curseur.fetchone() or (0, None)
    if retard is not None and retard > RETARD:
        return Releve(Etat.DEGRADE, f"une réplique a {retard:.0f} s de retard", float(retard), "s")
    return Releve(Etat.OK, "" if nombre else "aucune réplique", float(retard or 0), "s")


def _ouvrir() -> psycopg.Connection:
    parametres = connection.get_connection_params()
    gardes = {clef: valeur for clef, valeur in parametres.items() if clef in LIBPQ}
    lien = psycopg.connect(**gardes, connect_timeout=CONNEXION, autocommit=True)
    lien.execute(REQUETE)
    return lien


@cache
def _dernieres() -> frozenset[tuple[str, str]]:
    """The last migration of each app that this code has; read once per process."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())
