"""`manage.py veiller` as a real process: its services stopped, frozen or cut, itself killed."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from artjardin.alertes import Alertes
from artjardin.embarque import adresses
from artjardin.embarque.verrous import Verrou
from ops.models import Incident
from ops.veille import boucle
from tests.artjardin.programmes import RACINE, attendre, valkey_a_part
from tests.artjardin.serveurs import serveur_smtp
from tests.conftest import CLES
from tests.ops.veille import VOUS, objets, serveur_http

pytest_plugins = ["tests.ops.veille"]


class Passerelle:
    """A door to PostgreSQL on loopback, which can be cut."""

    def __init__(self, vers: str) -> None:
        self._vers = vers
        self._porte = socket.create_server(("127.0.0.1", 0))
        self.port = self._porte.getsockname()[1]
        self.ouverte = True
        self._prises: list[socket.socket] = []
        threading.Thread(target=self._accueillir, daemon=True).start()

    def couper(self) -> None:
        self.ouverte = False
        for prise in self._prises:
            with suppress(OSError):
                prise.shutdown(socket.SHUT_RDWR)

    def fermer(self) -> None:
        self.couper()
        self._porte.close()

    def _accueillir(self) -> None:
        with suppress(OSError):
            while True:
                entree, _ = self._porte.accept()
                if not self.ouverte:
                    entree.close()
                    continue
                sortie = socket.socket(socket.AF_UNIX)
                sortie.connect(self._vers)
                self._prises += [entree, sortie]
                for de, a in ((entree, sortie), (sortie, entree)):
                    threading.Thread(target=_verser, args=(de, a), daemon=True).start()


def _verser(de: socket.socket, a: socket.socket) -> None:
    with suppress(OSError):
        while octets := de.recv(65536):
            a.sendall(octets)
    for prise in (de, a):
        with suppress(OSError):
            prise.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def passerelle(base_partagee) -> Iterator[Passerelle]:
    hote = connection.settings_dict["HOST"]
    porte = Passerelle(f"{hote}/.s.PGSQL.{connection.settings_dict['PORT'] or 5432}")
    yield porte
    porte.fermer()


@contextmanager
def veilleur(environnement: dict[str, str], journal: Path) -> Iterator[subprocess.Popen]:
    with journal.open("ab") as sortie:
        processus = subprocess.Popen(
            [sys.executable, "manage.py", "veiller"],
            cwd=RACINE, env=os.environ | environnement, stdout=sortie, stderr=sortie,
        )  # fmt: skip
    try:
        yield processus
    finally:
        if processus.poll() is None:
            processus.kill()
        processus.wait(10)


def environnement(dossier: Path, porte: Passerelle, valkey: str, relais: str, signe: str):
    """As in production, in a hurry."""
    base = connection.settings_dict
    acces = f"user={base['USER']} password={base['PASSWORD'] or 'x'} dbname={base['NAME']}"
    return {
        "DONNEES": str(dossier),
        "DATABASE_URL": f"{acces} host=127.0.0.1 port={porte.port}",
        "REDIS_URL": valkey,
        "EMAIL_URL": relais,
        "SECRET_KEY": secrets.token_urlsafe(64),
        "HOTES_AUTORISES": "localhost",
        "CLES_CHIFFREMENT": CLES,
        "ALERTE_DELAI": "2",
        "ALERTE_COURRIELS": VOUS,
        "ALERTE_PING_URL": f"{signe}/signe",
    }


def test_frozen_cut_and_killed_each_thing_is_told_once_and_its_end_once(passerelle, tmp_path):
    """Shows 1, for the watch: two victims at once, and itself killed while they are down."""
    with (
        serveur_smtp() as relais,
        serveur_http() as signes,
        valkey_a_part(tmp_path / "valkey") as service,
    ):
        url = adresses.url_valkey(service.donnees)
        env = environnement(tmp_path / "donnees", passerelle, url, relais.url, signes.url)
        with veilleur(env, tmp_path / "journal"):
            attendre(lambda: len(signes.recues) > 1)
            assert relais.recus == []
            passerelle.couper()
            os.kill(service.pid(), signal.SIGSTOP)
            attendre(lambda: _nommes(objets(relais.recus), "PostgreSQL", "Valkey"))
        deja, entendus = len(relais.recus), len(signes.recues)
        with veilleur(env, tmp_path / "journal") as processus:
            attendre(lambda: len(signes.recues) > entendus + 1)
            assert len(relais.recus) == deja
            passerelle.ouverte = True
            os.kill(service.pid(), signal.SIGCONT)
            attendre(lambda: _nommes(objets(relais.recus)[deja:], "PostgreSQL", "Valkey"))
            attendre(lambda: Incident.objects.exclude(clos_le=None).count() == 2)
            processus.terminate()
            assert processus.wait(15) == 0

    suites = [une for une in objets(relais.recus)[deja:] if "PostgreSQL" in une or "Valkey" in une]
    assert [une for une in suites if not une.startswith(("Rétabli", "2 retours"))] == []
    noms = [recu.message["Message-ID"] for recu in relais.recus]
    assert len(noms) == len(set(noms)) <= 4


def _nommes(dits: list[str], *noms: str) -> bool:
    return all(any(nom in dit for dit in dits) for nom in noms)


@pytest.mark.django_db
def test_only_one_watches_from_a_folder_and_once_is_enough_for_cron(
    decor, settings, tmp_path, monkeypatch
):
    settings.DONNEES = tmp_path
    monkeypatch.setattr(boucle, "_examiner", decor.examiner)
    verrou = Verrou(tmp_path / "veille" / "verrou")
    verrou.prendre()
    with pytest.raises(CommandError, match="La veille tourne déjà"):
        call_command("veiller", "--une-fois")
    assert not (tmp_path / "veille" / "carnet").exists()
    verrou.rendre()

    call_command("veiller", "--une-fois")

    assert (tmp_path / "veille" / "carnet").exists()


def test_a_round_that_breaks_does_not_end_the_watch(caplog, monkeypatch, settings):
    fin, rondes = threading.Event(), []

    class Maladroit:
        def ronde(self) -> None:
            rondes.append(1)
            if len(rondes) == 3:
                fin.set()
            raise ZeroDivisionError("imprévu")

    monkeypatch.setattr(Alertes, "periode", 0.01)
    boucle._tourner(Maladroit(), fin)

    assert len(rondes) == 3
    assert "ronde interrompue" in caplog.text
