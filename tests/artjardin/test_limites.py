"""Limits: exact whatever the number of threads and processes; without Valkey stricter, not open."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings as reglages
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from kombu.exceptions import OperationalError
from rest_framework.test import APIClient

from artjardin.accounts.jetons import creer_jeton
from artjardin.api import limites
from artjardin.api.models import Compteur
from artjardin.api.requetes import adresse_de
from artjardin.celery import app
from artjardin.embarque import adresses
from artjardin.embarque.valkey import Valkey
from artjardin.erreurs import TropDeDemandes
from ops.tasks import envoyer_un_oubli
from tests.artjardin.serveurs import en_parallele

HEURE = timedelta(hours=1)
PROGRAMME = """
import sys
from datetime import timedelta
from tests.demarrage import demarrer
base, espace, valkey, combien = sys.argv[1:]
cache = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": valkey}}
demarrer(base, CACHES=cache)
from artjardin.api import limites
from artjardin.erreurs import TropDeDemandes
limites.ESPACE = espace
print("pret", flush=True)
sys.stdin.readline()
admis = 0
for _ in range(int(combien)):
    try:
        limites.limiter("essai", "x", maximum=60, par=timedelta(hours=1))
        admis += 1
    except TropDeDemandes:
        pass
print(admis)
"""


def essayer(combien: int, *, maximum: int = 60, clef: str = "x") -> int:
    """How many of these uses are let through."""
    admis = 0
    for _ in range(combien):
        try:
            limites.limiter("essai", clef, maximum=maximum, par=HEURE)
            admis += 1
        except TropDeDemandes:
            pass
    return admis


@pytest.fixture(autouse=True)
def _en_forme(monkeypatch):
    monkeypatch.setattr(limites, "_etat", {"en_panne_jusqu_a": 0.0})


@pytest.fixture
def valkey(tmp_path, settings):
    """A Valkey of our own, to be stopped or frozen."""
    service = Valkey(tmp_path / "v", rapide=True)
    (tmp_path / "v").mkdir()
    service.lancer()
    service.attendre()
    settings.CACHES = {"default": reglages.CACHES["default"] | {"LOCATION": url(service)}}
    for garde in (limites._compter, limites._compter_moins):
        garde.cache_clear()
    yield service
    if service.pid():
        os.kill(service.pid(), signal.SIGCONT)
    service.arreter()
    for garde in (limites._compter, limites._compter_moins):
        garde.cache_clear()


def url(service: Valkey) -> str:
    return adresses.url_valkey(service.donnees)


def par_processus(nombre: int, combien: int, *, valkey: str) -> list[int]:
    """What each process was let do, all of them at once."""
    base = connection.settings_dict["NAME"]
    commande = [sys.executable, "-c", PROGRAMME, base, limites.ESPACE, valkey, str(combien)]
    tuyaux = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    enfants = [subprocess.Popen(commande, **tuyaux) for _ in range(nombre)]
    for enfant in enfants:
        assert enfant.stdout.readline() == "pret\n"
    for enfant in enfants:
        enfant.stdin.write("\n")
        enfant.stdin.flush()
    return [int(enfant.communicate(timeout=60)[0]) for enfant in enfants]


class TestCompte:
    def test_threads_share_one_count(self):
        assert sum(en_parallele(*[lambda: essayer(20)] * 8)) == 60

    @pytest.mark.usefixtures("base_partagee")
    def test_processes_share_one_count_with_valkey_and_half_of_it_without(self, tmp_path):
        lieu = reglages.CACHES["default"]["LOCATION"]
        assert sum(par_processus(4, 40, valkey=lieu)) == 60
        assert not Compteur.objects.exists()

        assert sum(par_processus(4, 20, valkey=f"unix://{tmp_path}/absent.sock")) == 30
        assert Compteur.objects.get().nombre == 80

    def test_each_key_has_its_own(self):
        assert essayer(3, maximum=2) == 2
        assert essayer(3, maximum=2, clef="y") == 2

    def test_a_window_ends(self):
        court = timedelta(milliseconds=200)
        for _ in range(2):
            limites.limiter("court", "x", maximum=1, par=court)
            with pytest.raises(TropDeDemandes) as refus:
                limites.limiter("court", "x", maximum=1, par=court)
            assert refus.value.attente >= timedelta(seconds=1)
            time.sleep(0.25)

    def test_what_succeeded_is_given_back(self):
        for _ in range(5):
            limites.limiter("essai", "x", maximum=1, par=HEURE)
            limites.rendre("essai", "x")
        assert essayer(2, maximum=1) == 1

    def test_nothing_is_given_back_twice(self):
        limites.rendre("essai", "x")
        assert essayer(3, maximum=2) == 2


@pytest.mark.usefixtures("base_partagee")
class TestSansValkey:
    def test_stopped_threads_count_half_in_the_database(self, valkey):
        valkey.arreter()

        assert sum(en_parallele(*[lambda: essayer(20)] * 4)) == 30
        assert Compteur.objects.get().nombre == 80

    def test_frozen_it_costs_a_moment_then_nothing(self, valkey):
        essayer(1)
        os.kill(valkey.pid(), signal.SIGSTOP)

        debut = time.monotonic()
        assert essayer(1) == 1
        premier = time.monotonic() - debut
        assert sum(en_parallele(*[lambda: essayer(20)] * 4)) == 29
        assert limites.DELAI <= premier < limites.DELAI + 2
        assert time.monotonic() - debut < limites.REPOS

    def test_it_counts_again_once_it_is_back(self, valkey, monkeypatch):
        os.kill(valkey.pid(), signal.SIGSTOP)
        essayer(1)
        os.kill(valkey.pid(), signal.SIGCONT)
        assert essayer(1) == 1
        assert Compteur.objects.get().nombre == 2

        monkeypatch.setitem(limites._etat, "en_panne_jusqu_a", 0.0)  # the rest is over
        assert essayer(80) in {59, 60}  # one that it got while frozen may count
        assert Compteur.objects.get().nombre == 2

    def test_a_window_ends_in_the_database_too(self, valkey):
        valkey.arreter()
        assert essayer(5, maximum=4) == 2
        with time_machine.travel(timezone.now() + HEURE):
            assert essayer(5, maximum=4) == 2
        with pytest.raises(TropDeDemandes) as refus:
            limites.limiter("essai", "x", maximum=4, par=HEURE)
        assert refus.value.attente <= 2 * HEURE

    def test_what_succeeded_is_given_back_there_too(self, valkey):
        valkey.arreter()
        for _ in range(5):
            limites.limiter("essai", "x", maximum=2, par=HEURE)
            limites.rendre("essai", "x")
        assert Compteur.objects.get().nombre == 0

    def test_the_old_counters_go(self, valkey):
        valkey.arreter()
        essayer(1)
        assert limites.nettoyer(au=timezone.now()) == 0
        assert limites.nettoyer(au=timezone.now() + 2 * HEURE) == 1

    def test_the_pages_answer_all_the_same(self, valkey, client):
        os.kill(valkey.pid(), signal.SIGSTOP)

        assert client.get("/admin/login/").status_code == 200
        assert client.get("/api/v1/auth/me/").status_code == 401
        debut = time.monotonic()
        assert client.get("/ready").status_code == 503
        assert time.monotonic() - debut < 5

    def test_a_task_that_cannot_be_asked_for_is_told_soon(self, valkey):
        lieu = adresses.url_broker(valkey.donnees)
        os.kill(valkey.pid(), signal.SIGSTOP)

        debut = time.monotonic()
        with app.connection_for_write(lieu) as connexion, pytest.raises(OperationalError):
            envoyer_un_oubli.apply_async(
                ["a@essais.example"], {"adresse": None, "requete": ""}, connection=connexion
            )
        assert time.monotonic() - debut < 15

    def test_who_needs_that_task_is_asked_to_come_back(self, client, monkeypatch):
        def refuser(*_args, **_options):
            raise OperationalError("Timeout reading from socket")

        monkeypatch.setattr(envoyer_un_oubli, "delay", refuser)
        demande = {"email": "a@essais.example"}
        reponse = client.post("/api/v1/auth/mot-de-passe/oubli/", demande)
        page = client.post("/acces/oubli/", demande, headers={"accept": "text/html"})

        assert (reponse.status_code, reponse.json()["code"]) == (503, "indisponible")
        assert (page.status_code, page["Retry-After"]) == (503, "5")
        assert "momentanément indisponible" in page.text


@pytest.mark.django_db
class TestPages:
    @pytest.mark.parametrize(
        "adresse", ["/reglement/x/", "/acces/x/", "/acces/oubli/", "/admin/login/", "/rebonds/x/"]
    )
    @pytest.mark.parametrize("accepte", ["text/html", "application/json"])
    def test_a_public_page_is_limited_by_address(self, client, monkeypatch, adresse, accepte):
        monkeypatch.setattr(limites, "PAGES_PUBLIQUES", dict.fromkeys(limites.PAGES_PUBLIQUES, 2))
        tete = {"accept": accepte}
        permis = [client.get(adresse, headers=tete).status_code for _ in range(2)]
        refus = client.get(adresse, headers=tete)

        assert 429 not in permis
        assert refus.status_code == 429
        assert 0 < int(refus["Retry-After"]) <= 60
        if accepte == "text/html" and not adresse.startswith("/rebonds/"):
            assert "Trop de demandes : réessayez dans un moment." in refus.text
        else:
            assert set(refus.json()) == {"code", "message", "champs"}
        assert client.get(adresse, REMOTE_ADDR="192.0.2.9").status_code != 429

    def test_the_rest_is_not(self, client, monkeypatch):
        monkeypatch.setattr(limites, "PAGES_PUBLIQUES", dict.fromkeys(limites.PAGES_PUBLIQUES, 2))

        assert {client.get("/live").status_code for _ in range(9)} == {200}

    def test_a_page_that_has_enough_says_it(self):
        def vue(requete):
            raise AssertionError

        refus = TropDeDemandes("Assez.", attente=timedelta(seconds=3.2))
        reponse = limites.PagesPubliques(vue).process_exception(HttpRequest(), refus)

        assert (reponse.status_code, reponse["Retry-After"]) == (429, "4")
        assert limites.PagesPubliques(vue).process_exception(HttpRequest(), ValueError()) is None


@pytest.mark.django_db
class TestApi:
    @pytest.fixture(autouse=True)
    def _peu(self, settings):
        settings.API_PAR_MINUTE = 3

    def porteur(self, user):
        secret, _ = creer_jeton(user)
        return APIClient(headers={"Authorization": f"Bearer {secret}"})

    def test_each_token_has_its_own_count(self, comptable):
        un, autre = self.porteur(comptable), self.porteur(comptable)

        statuts = [un.get("/api/v1/auth/me/").status_code for _ in range(4)]
        refus = un.get("/api/v1/auth/me/")

        assert statuts == [200, 200, 200, 429]
        assert set(refus.json()) == {"code", "message", "champs"}
        assert 0 < int(refus["Retry-After"]) <= 60
        assert autre.get("/api/v1/auth/me/").status_code == 200

    @pytest.mark.parametrize(
        "porteur", [{}, {"authorization": "Bearer x"}, {"authorization": "Bearer ajk_x"}]
    )
    def test_strangers_are_counted_by_address(self, client, porteur):
        statuts = [client.get("/api/v1/clients/", headers=porteur).status_code for _ in range(4)]
        refus = client.get("/api/v1/clients/", headers=porteur)

        assert statuts == [401, 401, 401, 429]
        assert 0 < int(refus["Retry-After"]) <= 60
        assert client.get("/api/v1/clients/", REMOTE_ADDR="192.0.2.9").status_code == 401

    def test_a_lie_about_the_address_changes_nothing(self, client):
        statuts = [
            client.get("/api/v1/clients/", headers={"X-Forwarded-For": f"192.0.2.{i}"}).status_code
            for i in range(4)
        ]
        assert statuts == [401, 401, 401, 429]

    def test_behind_our_proxy_the_address_is_the_one_that_it_wrote(self, client, settings):
        settings.MANDATAIRES = 1

        def demander(chaine):
            return client.get("/api/v1/clients/", headers={"X-Forwarded-For": chaine}).status_code

        mensonges = [demander(f"198.51.100.{i}, 192.0.2.1") for i in range(4)]

        assert mensonges == [401, 401, 401, 429]
        assert demander("192.0.2.1, 192.0.2.2") == 401

    @pytest.mark.parametrize(
        ("mandataires", "dit", "adresse"),
        [
            (0, "192.0.2.1", "127.0.0.1"),
            (1, "", "127.0.0.1"),
            (1, "192.0.2.1", "192.0.2.1"),
            (1, "10.0.0.1, 192.0.2.1", "192.0.2.1"),
            (2, "10.0.0.1, 192.0.2.1", "10.0.0.1"),
            (2, "192.0.2.1", "127.0.0.1"),
            (1, "unknown", "127.0.0.1"),
            (1, "'; DROP TABLE", "127.0.0.1"),
            (1, "2001:db8::1", "2001:db8::1"),
            (1, "1" * 5000, "127.0.0.1"),
        ],
    )
    def test_only_our_proxies_are_believed(self, rf, settings, mandataires, dit, adresse):
        settings.MANDATAIRES = mandataires

        assert adresse_de(rf.get("/", headers={"X-Forwarded-For": dit})) == adresse

    def test_an_ipv6_subscriber_has_one_count(self, client):
        for fin in ("1", "2", "ffff:3"):
            assert client.get("/api/v1/clients/", REMOTE_ADDR=f"2001:db8::{fin}").status_code == 401

        assert client.get("/api/v1/clients/", REMOTE_ADDR="2001:db8::9").status_code == 429
        assert client.get("/api/v1/clients/", REMOTE_ADDR="2001:db8:0:1::9").status_code == 401
