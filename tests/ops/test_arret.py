"""Programs asked to end while they work: every request is answered, every task done once."""

import socket
import time
from contextlib import contextmanager
from threading import Thread

import pytest
import redis

from artjardin.accounts.jetons import creer_jeton
from artjardin.accounts.models import Role
from artjardin.accounts.services import creer_utilisateur
from artjardin.battements import ESPACE, PLANIFICATEURS
from artjardin.celery import app
from artjardin.embarque import adresses, superviseur
from bench.mise_a_jour import portes
from bench.trafic import HOTE, Trafic
from clients.models import Client
from tests.artjardin.programmes import FAITES, TACHE, attendre, lancer, valkey_a_part
from tests.connexion import facteur_de

DEMANDE = b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


@pytest.fixture
def service(tmp_path):
    with valkey_a_part(tmp_path / "v") as service:
        yield service


@contextmanager
def web(service, *, port=0):
    """granian on the test database: its port and its main process, once all of it listens."""
    if not port:
        with socket.socket() as prise:
            prise.bind((HOTE, 0))
            port = prise.getsockname()[1]
    avant = portes(port)
    commande = ["granian", *superviseur.GRANIAN, "--workers-kill-timeout", "20"]
    commande += ["--host", HOTE, "--port", str(port), superviseur.GUICHET]
    with lancer(service, *commande) as principal:
        attendre(lambda: portes(port) == avant + 2, pendant=60)
        yield port, principal


@pytest.fixture
def jeton(base_partagee):
    patron = creer_utilisateur(
        email="p@essais.example", mot_de_passe="au-fond-du-jardin", role=Role.PATRON,
        prenom="P", nom="P",
    )  # fmt: skip
    facteur_de(patron)
    return creer_jeton(patron, verifie=True)[0]


class Prise(Thread):
    """Somebody who is let in and takes time to speak: the pieces, a pause before each."""

    def __init__(self, port, *morceaux, pause):
        super().__init__()
        self._prise = socket.create_connection((HOTE, port), timeout=30)
        self._morceaux, self._pause, self.reponse = morceaux, pause, b""
        self.start()

    def run(self):
        with self._prise as prise:
            for morceau in self._morceaux:
                time.sleep(self._pause)
                prise.sendall(morceau)
            self.reponse = b"".join(iter(lambda: prise.recv(65536), b""))


def test_a_web_that_is_asked_to_end_answers_all_who_were_let_in(service, jeton):
    tete = (
        f"POST /api/v1/clients/ HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        f"Authorization: Bearer {jeton}\r\nContent-Type: application/json\r\n"
    )
    corps = b'{"type": "particulier", "nom": "Lent", "prenom": "Jean"}'
    with web(service) as (port, principal), Trafic(port, jeton).passer() as trafic:
        attendre(lambda: trafic.reussies > 10)
        lent = Prise(
            port,
            f"{tete}Content-Length: {len(corps)}\r\n\r\n".encode(),
            *(bytes([octet]) for octet in corps),
            pause=0.05,
        )
        muet = Prise(port, DEMANDE, pause=0.6)
        time.sleep(0.2)
        principal.terminate()
        assert principal.wait(60) == 0
        time.sleep(0.1)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((HOTE, port))
    lent.join()
    muet.join()

    assert lent.reponse.startswith(b"HTTP/1.1 201 ")
    assert muet.reponse.startswith(b"HTTP/1.1 200 ")
    assert trafic.perdues == []
    crees = Client.objects.filter(nom__startswith="site")
    assert sorted(crees.values_list("nom", flat=True)) == sorted(trafic.ecrits)
    assert Client.objects.filter(nom="Lent").count() == 1


def test_a_web_takes_the_place_of_another_without_a_request_failing(service, jeton):
    with web(service) as (port, ancien), Trafic(port, jeton).passer() as trafic:
        attendre(lambda: trafic.reussies > 10)
        with web(service, port=port):
            ancien.terminate()
            assert ancien.wait(60) == 0
            vu = trafic.reussies
            attendre(lambda: trafic.reussies > vu + 10)
            trafic.finir()

    assert (trafic.perdues, trafic.refusees) == ([], 0)
    crees = Client.objects.filter(nom__startswith="site")
    assert sorted(crees.values_list("nom", flat=True)) == sorted(trafic.ecrits)


def test_a_worker_that_is_asked_to_end_ends_its_tasks_and_leaves_the_others(service):
    options = ("--concurrency", "2", "--without-mingle", "--without-gossip")
    with app.connection_for_write(adresses.url_broker(service.donnees)) as broker:
        for rang in range(12):
            app.send_task(TACHE, (f"tâche {rang}", 0.25), connection=broker)
    with redis.Redis.from_url(adresses.url_valkey(service.donnees)) as valkey:
        with lancer(service, "worker", "-n", "un@essai", *options) as premier:
            attendre(lambda: valkey.hlen(FAITES) >= 3)
            premier.terminate()
            assert premier.wait(60) == 0
            assert 3 <= valkey.hlen(FAITES) < 12
        with lancer(service, "worker", "-n", "deux@essai", *options):
            attendre(lambda: valkey.hlen(FAITES) == 12)
            time.sleep(0.3)
        assert set(valkey.hvals(FAITES)) == {b"1"}


def test_a_planner_that_is_asked_to_end_ends_at_once(service):
    valkey = redis.Redis.from_url(adresses.url_valkey(service.donnees))
    with valkey, lancer(service, "beat", "--pidfile=") as beat:
        attendre(lambda: valkey.hlen(f"{ESPACE}:{PLANIFICATEURS}"))
        beat.terminate()
        assert beat.wait(60) == 0
        assert not valkey.hlen(f"{ESPACE}:{PLANIFICATEURS}")
