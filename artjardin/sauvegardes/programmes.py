"""pg_dump and pg_restore: which ones, and how they reach a database without showing a password."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from artjardin.embarque.postgres import BINAIRES
from artjardin.erreurs import Indisponible

VOULUS = ("host", "port", "user", "password", "dbname")
NOTRES = {"context", "cursor_factory", "client_encoding", "prepare_threshold", "pool"}


def parametres(base: str = "") -> dict[str, str]:
    """How libpq reaches our server: the product's own settings, another database if named."""
    lus = {c: v for c, v in connection.get_connection_params().items() if c not in NOTRES}
    lus |= {"dbname": base or connection.settings_dict["NAME"]}
    return {clef: str(valeur) for clef, valeur in lus.items() if valeur not in (None, "")}


def parametres_d_exercice(base: str = "") -> dict[str, str]:
    """The same for the server of the drill, ours unless another one is configured."""
    if not settings.SAUVEGARDE_BASE_EXERCICE:
        return parametres(base)
    lus = {c: str(v) for c, v in conninfo_to_dict(settings.SAUVEGARDE_BASE_EXERCICE).items() if v}
    return lus | ({"dbname": base} if base else {})


def commande(nom: str, *options: str, vers: Mapping[str, str], serveur: int) -> list[str]:
    """The command line of a program as recent as the server, without any password."""
    visibles = {clef: valeur for clef, valeur in vers.items() if clef != "password"}
    return [programme(nom, serveur), *options, f"--dbname={make_conninfo(**visibles)}"]


def environnement(vers: Mapping[str, str]) -> dict[str, str]:
    """The environment of these programs: the password goes there, nobody else reads it."""
    mot = vers.get("password")
    return settings.PROGRAMMES_ENV | {"LC_ALL": "C.UTF-8"} | ({"PGPASSWORD": mot} if mot else {})


@cache
def programme(nom: str, serveur: int) -> str:
    """The first one as recent as the server (major version): PG_BINAIRES, PATH, the wheel.

    Raise Indisponible with the command that installs it.
    """
    dossiers = [settings.PG_BINAIRES] if settings.PG_BINAIRES else [None, str(BINAIRES)]
    for dossier in dossiers:
        chemin = shutil.which(nom, path=dossier)
        if chemin and version(chemin) >= serveur:
            return str(Path(chemin))
    raise Indisponible(
        f"Il faut {nom} en version {serveur} au moins : sudo apt-get install postgresql-client, "
        "ou PG_BINAIRES=dossier.",
        code="programme_absent",
    )


@cache
def version(chemin: str) -> int:
    """The major version that a program of PostgreSQL tells of itself; 0 when it tells none."""
    dit = subprocess.run([chemin, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    trouve = re.search(r"\) (\d+)", dit.stdout)
    return int(trouve.group(1)) if trouve else 0


def major(connexion: Any) -> int:
    """The major version of the server of a psycopg connection."""
    return int(connexion.info.server_version) // 10_000
