"""The test database as the migrations make it, kept from one run to the next.

Running all of them takes longer than any test. A dump is good as long as no migration changes;
`migrate` still runs on what it gives, for what follows the models: permissions, roles.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection

from artjardin.embarque.postgres import BINAIRES

RACINE = Path(__file__).resolve().parent.parent
CACHE = RACINE / ".pytest_cache" / "bases"
GARDEES = 3


@contextmanager
def preparee(nom: str) -> Iterator[bool]:
    """Give the database `nom`, already migrated when a run before this one made it: True.

    The block migrates it: what it leaves is kept for the next run, and for the other workers.
    """
    if "TESTS_DATABASE_URL" in os.environ:  # another server, maybe another PostgreSQL
        yield False
        return
    fichier = CACHE / f"{_clef()}.dump"
    CACHE.mkdir(parents=True, exist_ok=True)
    with _seul(settings.DONNEES / "base.verrou") as liberer:
        if fichier.exists():
            liberer()
            _restaurer(fichier, nom)
            yield True
        else:
            yield False
            _garder(fichier, nom)


def _clef() -> str:
    """The migrations of every app, installed packages included, and the binaries."""
    dossiers = [Path(app.path) / "migrations" for app in apps.get_app_configs()]
    somme = hashlib.sha256(f"{settings.DATABASES['default']['ENGINE']}{BINAIRES}".encode())
    for source in sorted(s for dossier in dossiers for s in dossier.glob("*.py")):
        somme.update(f"\n{source.relative_to(source.parents[2])}\n".encode())
        somme.update(source.read_bytes())
    return somme.hexdigest()[:32]


@contextmanager
def _seul(verrou: Path) -> Iterator[object]:
    """One worker at a time, until the end of the block or the call of what it gives."""
    with verrou.open("w") as descripteur:
        fcntl.flock(descripteur, fcntl.LOCK_EX)
        yield lambda: fcntl.flock(descripteur, fcntl.LOCK_UN)


def _restaurer(fichier: Path, nom: str) -> None:
    with connection._nodb_cursor() as curseur:
        curseur.execute(f'DROP DATABASE IF EXISTS "{nom}" WITH (FORCE)')
        curseur.execute(f'CREATE DATABASE "{nom}"')
    _lancer("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={_url(nom)}", str(fichier))


def _garder(fichier: Path, nom: str) -> None:
    provisoire = fichier.with_suffix(f".{os.getpid()}")
    _lancer("pg_dump", "--format=custom", "--compress=0", f"--file={provisoire}", _url(nom))
    provisoire.replace(fichier)
    for vieux in sorted(CACHE.glob("*.dump"), key=lambda un: -un.stat().st_mtime)[GARDEES:]:
        vieux.unlink(missing_ok=True)


def _url(nom: str) -> str:
    donnees = connection.get_connection_params() | {"dbname": nom}
    voulus = ("host", "port", "user", "password", "dbname")
    return " ".join(f"{clef}='{donnees[clef]}'" for clef in voulus if donnees.get(clef))


def _lancer(programme: str, *arguments: str) -> None:
    subprocess.run([str(BINAIRES / programme), *arguments], check=True, capture_output=True)
