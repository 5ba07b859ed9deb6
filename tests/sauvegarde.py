"""A real backup of the test database: pg_dump, then pg_restore into a new one of the same name."""

from __future__ import annotations

import subprocess
from pathlib import Path

from django.db import connection, connections

from artjardin.embarque.postgres import BINAIRES
from tests.conftest import administration


def sauvegarder(fichier: Path) -> Path:
    _lancer("pg_dump", "--format=custom", f"--file={fichier}", f"--dbname={_url()}")
    return fichier


def restaurer(fichier: Path) -> None:
    """The database is what it was; whatever is outside it is not."""
    nom, url = connection.settings_dict["NAME"], _url()
    connections.close_all()
    with administration() as base:
        base.execute(f'DROP DATABASE "{nom}" WITH (FORCE)')
        base.execute(f'CREATE DATABASE "{nom}"')
    _lancer("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={url}", str(fichier))


def _url() -> str:
    donnees = connection.get_connection_params()
    voulus = ("host", "port", "user", "password", "dbname")
    return " ".join(f"{clef}='{donnees[clef]}'" for clef in voulus if donnees.get(clef))


def _lancer(programme: str, *arguments: str) -> None:
    subprocess.run([str(BINAIRES / programme), *arguments], check=True, capture_output=True)
