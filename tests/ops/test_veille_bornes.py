"""Nothing that hangs holds the watch: work set aside, servers that drip, certificates."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress

import pytest
from django.db import OperationalError

from artjardin.alertes import Alertes
from ops.models import Incident
from ops.veille import battement
from ops.veille.a_part import APart, Occupe
from ops.veille.canaux import NonRemis, http
from ops.veille.canaux.ping import donner_signe_de_vie
from tests.ops.veille import SansValkey, objets, serveur_http

pytest_plugins = ["tests.ops.veille"]


class TestWorkSetAside:
    def test_what_hangs_is_left_alone_and_never_started_twice(self):
        fin, debuts = threading.Event(), []

        def pendre() -> None:
            debuts.append(1)
            fin.wait(20)

        a_part = APart()
        with pytest.raises(Occupe, match="rien en"):
            a_part.faire(pendre, borne=0.05)
        with pytest.raises(Occupe, match="précédent"):
            a_part.faire(pendre, borne=0.05)
        fin.set()
        a_part._fil.join(5)

        assert a_part.faire(lambda: 42, borne=5) == 42
        assert debuts == [1]

    def test_what_it_raises_is_raised_to_who_waits(self):
        with pytest.raises(ZeroDivisionError):
            APart().faire(lambda: 1 / 0, borne=5)


@pytest.mark.django_db
def test_a_database_that_hangs_delays_rows_and_no_message(equipe, decor, relais, monkeypatch):
    faire = APart.faire

    def pendre(*_, **__):
        raise Occupe("rien en 5 s")

    decor.pannes = {"disque"}
    monkeypatch.setattr(APart, "faire", pendre)
    equipe.rondes(7)
    assert [dit.partition(" (")[0] for dit in objets(relais.recus)] == ["Panne : Disque"]
    assert not Incident.objects.exists()

    def perdre(*_, **__):
        raise OperationalError("perdue")

    monkeypatch.setattr(APart, "faire", perdre)
    equipe.rondes(1)
    monkeypatch.setattr(APart, "faire", faire)
    equipe.rondes(1)

    assert Incident.objects.ouverts().get().cle == "disque"
    assert len(relais.recus) == 1


@contextmanager
def serveur_de(octets: bytes, *, sans_fin: bool = False):
    """Whoever connects gets this; then a byte now and then, or the end."""
    porte = socket.create_server(("127.0.0.1", 0))
    arret = threading.Event()

    def servir() -> None:
        with suppress(OSError):
            while True:
                prise, _ = porte.accept()
                with prise, suppress(OSError):
                    prise.sendall(octets)
                    while sans_fin and not arret.wait(0.1):
                        prise.sendall(b"x")

    threading.Thread(target=servir, daemon=True).start()
    try:
        yield porte.getsockname()[1]
    finally:
        arret.set()
        porte.close()


class TestRequests:
    def test_a_server_that_drips_is_cut(self, monkeypatch):
        monkeypatch.setattr(http, "DUREE", 0.5)
        debut = time.monotonic()
        with serveur_de(b"HTTP/1.1 ", sans_fin=True) as port, pytest.raises(NonRemis):
            http.demander("GET", f"http://127.0.0.1:{port}/secret")

        assert time.monotonic() - debut < 15

    @pytest.mark.parametrize("octets", [b"", b"HTTP/1.1 \r\n\r\n", b"bonjour"])
    def test_what_is_no_answer_is_no_yes(self, octets):
        with serveur_de(octets) as port, pytest.raises(NonRemis) as refus:
            http.demander("GET", f"http://127.0.0.1:{port}/secret")

        assert "secret" not in str(refus.value)

    def test_a_certificate_is_verified(self):
        with serveur_http() as serveur, pytest.raises(NonRemis) as refus:
            http.demander("GET", serveur.url.replace("http:", "https:") + "/secret?a=1")

        assert serveur.recues == []
        assert "SSL" in str(refus.value)
        assert "secret" not in str(refus.value)
        assert http._connexion(http.urlsplit("https://x.fr"))._context.verify_mode is (
            ssl.CERT_REQUIRED
        )

    def test_a_question_goes_with_its_address(self):
        with serveur_http() as serveur:
            http.demander("GET", f"{serveur.url}?clef=1")

        assert [une.chemin for une in serveur.recues] == ["/?clef=1"]

    def test_a_sign_of_life_that_nobody_hears_stops_nothing(self, settings, caplog):
        settings.ALERTES = Alertes(ping_url="http://127.0.0.1:9/secret")

        assert donner_signe_de_vie() is False
        assert "signe de vie non entendu : ConnectionRefusedError" in caplog.text
        assert "secret" not in caplog.text


@pytest.mark.django_db
def test_without_valkey_the_heartbeat_is_on_its_row_only():
    battement.battre(SansValkey())
    assert battement.dernier(SansValkey()) is None
