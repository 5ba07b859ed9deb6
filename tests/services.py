"""Pytest plugin: throw-away embedded services for the whole run, xdist workers included.

Loaded by `-p tests.services`, so before the settings: it chooses the data folder. The services
belong to a process of their own (tests/tenir.py) that lives as long as its standard input:
however pytest ends, the pipe closes, and that process stops them and removes the folder. It lies
in memory where there is room, with the folders of the tests (--basetemp keeps these): a disk takes
longer to make and drop databases than PostgreSQL.

Real services are used only when asked for: TESTS_DATABASE_URL, TESTS_REDIS_URL…
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from pyrage import x25519

RACINE = Path(__file__).resolve().parent.parent
PREFIXE = "artjardin-tests-"
SERVICES = ("DATABASE_URL", "REDIS_URL", "S3_ENDPOINT_URL", "EMAIL_URL")
MEMOIRE = Path("/dev/shm")  # noqa: S108 - Linux's; elsewhere the folder of temporary files
PLACE = 4 * 2**30


class Tenue:
    """Holds the services from the start of the session to its end."""

    def __init__(self):
        self._processus = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self):
        self._processus = subprocess.Popen(
            [sys.executable, "-m", "tests.tenir", PREFIXE],
            cwd=RACINE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        if self._processus.stdout.readline() != b"ok\n":
            pytest.exit("Les services embarqués des tests ne démarrent pas.", returncode=3)

    def pytest_unconfigure(self):
        if self._processus:
            self._processus.stdin.close()
            self._processus.stdout.close()
            self._processus.wait(timeout=60)


def pytest_configure(config):
    if not dans_un_ouvrier():
        provisoires = Path(os.environ["DONNEES"]).with_name("pytest")
        config.option.basetemp = config.option.basetemp or str(provisoires)
        config.pluginmanager.register(Tenue(), "artjardin-services")


def dans_un_ouvrier():
    """Xdist workers inherit the controller's environment, data folder included."""
    return "PYTEST_XDIST_WORKER" in os.environ


def choisir_l_environnement():
    dossier = Path(tempfile.mkdtemp(prefix=PREFIXE, dir=en_memoire()))
    os.environ["DONNEES"] = str(dossier / "donnees")  # some keys are written beside it
    os.environ.setdefault("BASE_POOL", "0")  # the test database is dropped and made anew
    bureau, exercice = x25519.Identity.generate(), x25519.Identity.generate()
    os.environ["SAUVEGARDE_CLES_PUBLIQUES"] = str(bureau.to_public())
    os.environ["SAUVEGARDE_CLE_EXERCICE"] = str(exercice)
    for nom in SERVICES:
        os.environ.pop(nom, None)
        if demande := os.environ.get(f"TESTS_{nom}"):
            os.environ[nom] = demande
    if sys.dont_write_bytecode:
        compiler_a_part()


def en_memoire():
    """Where files are in memory with room for a whole run, or None."""
    permis = os.access(MEMOIRE, os.W_OK | os.X_OK)
    return MEMOIRE if permis and shutil.disk_usage(MEMOIRE).free >= PLACE else None


def compiler_a_part():
    """Where no bytecode is wanted beside the sources, the cache of pytest keeps it.

    Without any, each of the processes that the tests start compiles all of Django again.
    """
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(RACINE / ".pytest_cache" / "pyc")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix


if not dans_un_ouvrier():
    choisir_l_environnement()
