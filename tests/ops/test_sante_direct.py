"""A product whose database hangs: every thread of Django waits, health does not."""

from __future__ import annotations

import http.client
import json
import shutil
import tempfile
import time
from pathlib import Path
from socket import AF_UNIX, socket

import pytest

from artjardin.embarque import adresses
from tests.artjardin.granian import HOTE, bloques, demander, servir
from tests.ops.mesures import releves

BORNE = 2.5  # seconds


@pytest.fixture(scope="module")
def donnees():
    """A data folder whose PostgreSQL takes connections and never says a word."""
    dossier = Path(tempfile.mkdtemp(prefix="sante-", dir="/tmp"))
    prises = adresses.sockets_postgres(dossier)
    prises.mkdir(parents=True, mode=0o700)
    with socket(AF_UNIX) as muet:
        muet.bind(str(prises / ".s.PGSQL.5432"))
        muet.listen(100)
        yield dossier
    shutil.rmtree(dossier)


@pytest.fixture(scope="module")
def port(donnees):
    with servir(DONNEES=str(donnees)) as port:
        page = b"GET /reglement/un-jeton/ HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        with bloques(port, page, nombre=16):
            time.sleep(0.3)
            yield port


def test_live_answers_at_once(port):
    for _ in range(20):
        statut, duree = demander(port, "GET", "/live")
        assert (statut, duree < 1) == (200, True)


@pytest.mark.parametrize("chemin", ["/ready", "/health/detailed"])
def test_the_others_say_it_within_their_bound(chemin, port):
    for _ in range(3):
        statut, duree = demander(port, "GET", chemin)
        assert (statut, duree < BORNE) == (503, True)


def test_the_token_tells_what_is_in_panne(port, donnees):
    jeton = adresses.jeton_de_surveillance(donnees)
    connexion = http.client.HTTPConnection(HOTE, port, timeout=10)
    connexion.request("GET", "/health/detailed", headers={"Authorization": f"Bearer {jeton}"})
    vu = json.loads(connexion.getresponse().read())["checks"]
    connexion.close()

    assert vu["postgresql"][0]["etat"] == "panne"
    assert vu["migrations"][0]["cause"] == "postgresql"
    assert vu["valkey"][0]["etat"] == "panne"
    assert vu["disque"][0]["componentId"] == "disque"


def test_metrics_leave_out_what_hangs_and_say_so(port, donnees):
    """Ten seconds: what Prometheus waits for."""
    for _ in range(3):
        connexion = http.client.HTTPConnection(HOTE, port, timeout=10)
        jeton = adresses.jeton_de_surveillance(donnees)
        connexion.request("GET", "/metrics", headers={"Authorization": f"Bearer {jeton}"})
        vu = releves(connexion.getresponse().read().decode())
        connexion.close()

        assert vu["artjardin_base_joignable"][()] == 0
        assert vu["artjardin_sante"][("postgresql",)] == 2
        assert vu["artjardin_collecte_reussie"][("sante",)] == 1
        assert "artjardin_courriels" not in vu
