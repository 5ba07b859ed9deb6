"""What the tests of the watch share: things in panne on demand, a clock, a webhook on loopback.

Loaded by `pytest_plugins = ["tests.ops.veille"]`, and imported: PYTEST_DONT_REWRITE.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
import redis
from django.utils import timezone

from artjardin.alertes import Alertes
from artjardin.valkey import valkey
from ops.sante.constats import Constat, Etat, Sonde
from ops.veille import memoire, quart
from ops.veille.a_part import APart
from ops.veille.horloge import Horloge
from ops.veille.veilleur import Veilleur
from tests.artjardin.serveurs import Recu, serveur_smtp

VOUS, ELLE = "astreinte@art-jardin.example", "autre@art-jardin.example"
NOMS = ["postgresql", "valkey", "smtp", "disque"]


@dataclass
class Decor:
    """The things watched, and the time: `passer()` lets it go by."""

    pannes: set[str] = field(default_factory=set)
    inconnus: set[str] = field(default_factory=set)
    noms: list[str] = field(default_factory=lambda: list(NOMS))
    ecoule: float = 0.0

    def examiner(self) -> list[Constat]:
        return [self._constat(nom) for nom in self.noms]

    def horloge(self) -> Horloge:
        depart = timezone.now().timestamp()
        return Horloge(murale=lambda: depart + self.ecoule, ecoulee=lambda: self.ecoule)

    def _constat(self, nom: str) -> Constat:
        sonde = Sonde(nom, nom.capitalize(), "nulle.part", f"réparez {nom}.")
        if nom in self.inconnus:
            return Constat(sonde, Etat.DEGRADE, "inconnu", 1.0, timezone.now(), cause="autre")
        etat = Etat.PANNE if nom in self.pannes else Etat.OK
        message = "OSError : plus rien" if nom in self.pannes else ""
        return Constat(sonde, etat, message, 1.0, timezone.now())


class Equipe:
    """Watches one after the other on one folder: `relever()` is a restart."""

    def __init__(self, dossier: Any, decor: Decor, valkey: Any) -> None:
        self.dossier, self.decor, self.valkey = dossier, decor, valkey
        self.horloge = decor.horloge()
        self.veilleur = self._nouveau()

    def _nouveau(self) -> Veilleur:
        return Veilleur(
            self.dossier,
            examiner=self.decor.examiner,
            valkey=self.valkey,
            horloge=self.decor.horloge(),
        )

    def relever(self) -> None:
        self.veilleur = self._nouveau()

    def rondes(self, combien: int = 1, *, pas: float = 60.0) -> None:
        for _ in range(combien):
            self.decor.ecoule += pas
            self.veilleur.ronde()


class SansValkey:
    """As when it is away."""

    def __call__(self) -> redis.Redis:
        raise redis.ConnectionError("coupé")


def objets(recus: list[Recu]) -> list[str]:
    return [recu.message["Subject"].removeprefix("[Art & Jardin] ") for recu in recus]


def texte(recu: Recu) -> str:
    return recu.message.get_content()


@dataclass
class Demande:
    methode: str
    chemin: str
    entetes: dict[str, str]
    corps: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.corps)


@dataclass
class ServeurHttp:
    """What was asked, and what it answers: `statut`, and `vers` for a redirection."""

    url: str = ""
    statut: int = 200
    vers: str = ""
    recues: list[Demande] = field(default_factory=list)


@contextmanager
def serveur_http() -> Iterator[ServeurHttp]:
    plan = ServeurHttp()

    class Guichet(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            corps = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            plan.recues.append(Demande(self.command, self.path, dict(self.headers), corps))
            self.send_response(plan.statut)
            if plan.vers:
                self.send_header("Location", plan.vers)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Guichet) as serveur:
        serveur.daemon_threads = True
        plan.url = f"http://127.0.0.1:{serveur.server_address[1]}"
        fil = Thread(target=serveur.serve_forever, kwargs={"poll_interval": 0.02})
        fil.start()
        try:
            yield plan
        finally:
            serveur.shutdown()
            fil.join()


@pytest.fixture
def _veille_a_part(settings, monkeypatch):
    """Keys of its own; rows written in the transaction of the test, so in its thread."""
    monkeypatch.setattr(APart, "faire", lambda _, travail, borne: travail())
    settings.ALERTES = Alertes(courriels=[VOUS])
    monkeypatch.setattr(memoire, "CLEF", f"essai:{id(settings)}:carnet")
    monkeypatch.setattr(quart, "CLEF", f"essai:{id(settings)}:quart")
    yield
    valkey().delete(memoire.CLEF, quart.CLEF)


@pytest.fixture
def decor(_veille_a_part):
    return Decor()


@pytest.fixture
def equipe(tmp_path, decor):
    return Equipe(tmp_path / "veille", decor, valkey)


@pytest.fixture
def relais(settings, decor):
    with serveur_smtp() as serveur:
        settings.EMAIL_URL = serveur.url
        yield serveur


@pytest.fixture
def crochet(settings, decor):
    with serveur_http() as serveur:
        settings.ALERTES = replace(settings.ALERTES, webhook_url=f"{serveur.url}/secret")
        yield serveur
