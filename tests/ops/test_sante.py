"""/live, /ready, /health/detailed: who reads what, how it is told, and what a storm costs."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.conf import settings as reglages
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from artjardin.accounts.cles import creer_cle
from artjardin.battements import OUVRIERS, PLANIFICATEURS, battre
from ops.sante import bilan, depuis, direct, registre
from ops.sante.constats import Constat, Etat, Sonde
from ops.sante.services import processus
from tests.artjardin.serveurs import serveur_smtp

pytestmark = pytest.mark.django_db
URL = "/health/detailed"
TRES_BIEN = {"status": "pass", "etat": "ok"}


@pytest.fixture(autouse=True)
def relais(settings, monkeypatch):
    """A relay, workers and a planner that answer: everything else does already."""
    monkeypatch.setattr(processus, "MUET", timedelta(minutes=1))  # on a machine that is busy
    battre(OUVRIERS, "essai", files=["celery", "longues"])
    battre(PLANIFICATEURS, "essai")
    with serveur_smtp() as serveur:
        settings.EMAIL_URL = serveur.url
        yield serveur


@pytest.fixture
def jeton(settings):
    settings.JETON_SURVEILLANCE = "s" * 32
    return {"Authorization": f"Bearer {settings.JETON_SURVEILLANCE}"}


@pytest.fixture
def sans_base(monkeypatch):
    """No new connection is had."""
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nulle/part")


def demande(chemin, **options):
    defaut = {"autorisation": "", "session": False, "accepte": "*/*", "securisee": False}
    return direct.Demande("GET", chemin, **(defaut | options))


class TestDroits:
    def test_a_stranger_reads_the_overall_word_only(self, client):
        reponse = client.get(URL)

        assert reponse.headers["Content-Type"] == "application/health+json"
        assert reponse.json().keys() == {"status", "etat", "version", "description", "time"}
        assert TRES_BIEN.items() <= reponse.json().items()

    def test_the_token_of_the_settings_reads_all(self, client, jeton, django_assert_num_queries):
        bilan.PRET.lire()
        with django_assert_num_queries(0):  # it must serve while the database is away
            vu = client.get(URL, headers=jeton).json()

        assert vu["checks"].keys() == {sonde.nom for sonde in registre.toutes()}
        assert {nom: c["output"] for nom, [c] in vu["checks"].items() if c["etat"] != "ok"} == {}

    @pytest.mark.parametrize("autre", ["", "s", "t" * 32, "ajk_inconnue"])
    def test_another_token_reads_the_word(self, autre, client, jeton):
        vu = client.get(URL, headers={"Authorization": f"Bearer {autre}"})
        assert "checks" not in vu.json()

    def test_no_token_in_the_settings_opens_to_nobody(self, client, settings):
        settings.JETON_SURVEILLANCE = ""
        assert "checks" not in client.get(URL, headers={"Authorization": "Bearer "}).json()

    def test_a_patron_and_a_monitoring_key_read_all(self, http, client, patron):
        fin = timezone.now() + timedelta(days=1)
        secret, _ = creer_cle(nom="sonde", portee="surveillance", expire_le=fin, par=patron)

        assert "checks" in http.get(URL).json()
        assert "checks" in client.get(URL, headers={"Authorization": f"Bearer {secret}"}).json()

    def test_the_others_read_the_word(self, connecter, comptable, employe):
        for personne in (comptable, employe):
            assert "checks" not in connecter(personne).get(URL).json()

    @pytest.mark.usefixtures("sans_base")
    def test_a_session_is_not_asked_of_a_database_that_is_away(self, http):
        assert "checks" not in http.get(URL).json()


class TestPage:
    def test_a_person_reads_it_in_french(self, http):
        page = http.get(URL, headers={"Accept": "text/html"}).content.decode()

        assert "Tout va bien." in page
        assert "Relais de courriel" in page
        assert "sans valeur d&#x27;archivage légal" in page
        assert "depuis le" in page

    def test_a_stranger_is_shown_the_way_in(self, client):
        page = client.get(URL, headers={"Accept": "text/html"}).content.decode()

        assert "Tout va bien." in page
        assert f"{reverse('admin:login')}?next=/health/detailed" in page
        assert "Relais" not in page

    def test_a_panne_says_what_to_do(self, http, settings):
        settings.EMAIL_URL = "smtp://127.0.0.1:1"
        reponse = http.get(URL, headers={"Accept": "text/html"})
        page = reponse.content.decode()

        assert reponse.status_code == 503
        assert "1 panne." in page
        assert "À faire : voyez EMAIL_URL" in page

    @pytest.mark.usefixtures("sans_base")
    def test_without_the_database_it_says_why_it_says_little(self, client):
        page = client.get(URL, headers={"Accept": "text/html"}).content.decode()
        assert "vos droits ne peuvent être vérifiés" in page


class TestForme:
    def test_each_check_has_the_fields_of_the_draft_and_ours(self, client, jeton, settings):
        settings.EMAIL_URL = "smtp://127.0.0.1:1"
        vu = client.get(URL, headers=jeton).json()
        [smtp], [disque] = vu["checks"]["smtp"], vu["checks"]["disque"]

        assert (vu["status"], vu["etat"]) == ("fail", "panne")
        assert (smtp["status"], smtp["etat"]) == ("fail", "panne")
        assert smtp["output"] == "ConnectionRefusedError : [Errno 111] Connection refused"
        assert smtp["remede"].startswith("voyez EMAIL_URL")
        assert smtp["depuis"] <= smtp["time"]
        assert (disque["status"], disque["observedUnit"]) == ("pass", "%")
        assert 0 < disque["observedValue"] <= 100

    def test_since_when_does_not_move_while_nothing_changes(self, client, jeton, settings):
        def vu():
            bilan.DETAIL.oublier()
            return client.get(URL, headers=jeton).json()["checks"]["smtp"][0]

        premier, second = vu(), vu()
        settings.EMAIL_URL = "smtp://127.0.0.1:1"
        panne = vu()

        assert premier["depuis"] == second["depuis"] < second["time"]
        assert panne["depuis"] == panne["time"]

    def test_it_is_shared_by_the_processes_and_survives_without_valkey(self, monkeypatch):
        sonde, le = Sonde(f"essai-{timezone.now()}", "Essai", "", ""), timezone.now()
        constat = Constat(sonde, Etat.PANNE, "", 0.0, le)
        depuis.dater([constat])
        plus_tard = Constat(sonde, Etat.PANNE, "", 0.0, le + timedelta(minutes=5))

        monkeypatch.setattr(depuis, "_vus", {})  # another process
        [ailleurs] = depuis.dater([plus_tard])
        panne = Constat(Sonde("valkey", "Valkey", "", ""), Etat.PANNE, "", 0.0, le)
        [_, ici] = depuis.dater([panne, plus_tard])

        assert ailleurs.depuis == ici.depuis == le


class TestPret:
    def test_live_and_ready_answer_anyone(self, client):
        assert client.get("/live").content == b"ok"
        assert client.get("/ready").json() == {"pret": True}

    def test_not_ready_without_the_broker(self, client, settings):
        ailleurs = settings.CACHES["default"] | {"LOCATION": "unix:///nulle/part.sock"}
        settings.CACHES = {"default": ailleurs}
        reponse = client.get("/ready")

        assert reponse.status_code == 503
        assert reponse.json() == {"pret": False, "causes": ["valkey"]}

    def test_not_ready_when_no_document_can_be_put_down(self, client, settings, tmp_path):
        (tmp_path / "fichier").touch()
        settings.DONNEES_DOCUMENTS = tmp_path / "fichier" / "documents"
        assert client.get("/ready").json() == {"pret": False, "causes": ["ecriture"]}

    def test_not_ready_before_the_migrations(self, client, monkeypatch):
        attendues = frozenset({("ops", "9999_a_venir")})
        monkeypatch.setattr("ops.sante.services.postgresql._dernieres", lambda: attendues)
        assert client.get("/ready").json() == {"pret": False, "causes": ["migrations"]}

    def test_a_schema_ahead_of_the_code_is_ready(self, client, monkeypatch):
        monkeypatch.setattr("ops.sante.services.postgresql._dernieres", frozenset)
        assert client.get("/ready").json() == {"pret": True}

    def test_mail_and_archive_do_not_take_the_site_away(self, client, settings):
        settings.EMAIL_URL = "smtp://127.0.0.1:1"
        assert client.get("/ready").status_code == 200


class TestTempete:
    def test_five_hundred_look_once(self, client, jeton, relais):
        for _ in range(50):
            client.get("/ready")
            client.get(URL)
            client.get(URL, headers=jeton)
        assert relais.connexions == 1

    def test_an_answer_is_given_again_for_ten_seconds(self, monkeypatch):
        monkeypatch.setattr("ops.sante.bilan.time.monotonic", lambda: 1000.0)
        vu = bilan.DETAIL.lire()
        monkeypatch.setattr("ops.sante.bilan.time.monotonic", lambda: 1009.9)
        assert bilan.DETAIL.lire() is vu
        monkeypatch.setattr("ops.sante.bilan.time.monotonic", lambda: 1010.0)
        assert bilan.DETAIL.lire() is not vu


class TestDirect:
    """What the event loop answers by itself."""

    def test_live_touches_nothing(self, django_assert_num_queries):
        assert direct.concerne(demande("/live"))
        with django_assert_num_queries(0):
            assert direct.immediate(demande("/live")).corps == b"ok"

    def test_the_rest_says_what_django_would_say(self, client, jeton):
        for chemin, autorisation in (("/ready", ""), (URL, ""), (URL, jeton["Authorization"])):
            ici = direct.repondre(demande(chemin, autorisation=autorisation))
            la_bas = client.get(chemin, headers={"Authorization": autorisation})
            assert (ici.statut, ici.corps) == (la_bas.status_code, la_bas.content)
            assert dict(ici.entetes)["Content-Type"] == la_bas.headers["Content-Type"]
            for nom, valeur in ici.entetes:
                assert la_bas.headers[nom] == valeur

    @pytest.mark.parametrize(
        "pour_django",
        [
            {"session": True},
            {"accepte": "text/html,*/*"},
            {"autorisation": "Bearer ajk_une-cle"},
        ],
    )
    def test_persons_keys_and_pages_go_to_django(self, pour_django, jeton):
        assert not direct.concerne(demande(URL, **pour_django))

    def test_other_methods_and_paths_go_to_django(self):
        assert not direct.concerne(demande("/live")._replace(methode="POST"))
        assert not direct.concerne(demande("/metrics"))

    def test_the_token_is_not_taken_in_clear_where_https_is_the_rule(self, settings, jeton):
        settings.SECURE_SSL_REDIRECT = True
        avec = demande(URL, autorisation=jeton["Authorization"])
        assert not direct.concerne(avec)
        assert direct.concerne(avec._replace(securisee=True))

    def test_nothing_is_looked_at_while_an_answer_is_fresh(self):
        assert direct.immediate(demande("/ready")) is None
        direct.repondre(demande("/ready"))
        assert json.loads(direct.immediate(demande("/ready")).corps) == {"pret": True}


def test_every_probe_can_be_asked_and_says_what_to_do():
    noms = [sonde.nom for sonde in registre.toutes()]
    assert len(noms) == len(set(noms))
    for sonde in registre.toutes():
        assert set(sonde.demande) <= set(noms)
        assert sonde.remede.endswith(".")
        assert sonde.titre


def test_the_token_of_a_data_folder_is_long_enough():
    assert len(reglages.JETON_SURVEILLANCE) >= 32
