"""What is counted agrees with what was done; the cost of a look; what hangs is left out."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from artjardin.accounts.cles import creer_cle
from ops.mesures import collecte, exposition
from ops.mesures.familles import Groupe
from tests.connexion import se_connecter
from tests.ops.mesures import lire_ici, releves

pytestmark = pytest.mark.django_db
URL = "/metrics"


@pytest.fixture(autouse=True)
def _a_part(settings, tmp_path):
    """What another test read is not given again."""
    settings.DONNEES = tmp_path


class TestCout:
    def test_one_query_by_group(self, django_assert_num_queries):
        for groupe in (g for g in collecte.GROUPES if g.base):
            with django_assert_num_queries(1):
                list(groupe.lire())

    def test_the_others_ask_no_database(self, django_assert_num_queries):
        collecte.machines.DETAIL.lire()  # what health looks at is its own affair, every 10 s
        for groupe in (g for g in collecte.GROUPES if not g.base):
            with django_assert_num_queries(0):
                list(groupe.lire())

    def test_who_asks_again_within_ten_seconds_costs_nothing(self, monkeypatch):
        lectures = []
        monkeypatch.setattr(
            collecte.Collecteur, "collecter", lambda _: lectures.append(1) or lire_ici()
        )
        premier, second = exposition._du_produit(), exposition._du_produit()

        assert premier == second
        assert len(lectures) == 1


class TestDroits:
    @pytest.fixture
    def jeton(self, settings):
        settings.JETON_SURVEILLANCE = "s" * 32
        return {"Authorization": f"Bearer {settings.JETON_SURVEILLANCE}"}

    def test_the_token_a_patron_and_a_monitoring_key_read(self, client, http, jeton, patron):
        fin = timezone.now() + timedelta(days=1)
        secret, _ = creer_cle(nom="mesures", portee="surveillance", expire_le=fin, par=patron)
        recus = [
            client.get(URL, headers=jeton),
            client.get(URL, headers={"Authorization": f"Bearer {secret}"}),
            http.get(URL),
        ]
        assert [r.status_code for r in recus] == [200] * 3
        assert all("artjardin_base_joignable" in releves(r.content.decode()) for r in recus)

    def test_a_stranger_is_told_to_say_who_it_is(self, client, jeton):
        for tete in ({}, {"Authorization": "Bearer faux"}):
            reponse = client.get(URL, headers=tete)
            assert reponse.status_code == 401
            assert reponse.json()["code"] == "non_authentifie"
            assert reponse.headers["WWW-Authenticate"] == "Bearer"

    def test_the_others_may_not(self, connecter, comptable, employe):
        for personne in (comptable, employe):
            reponse = connecter(personne).get(URL)
            assert reponse.status_code == 403
            assert reponse.json()["message"].startswith("Réservé aux patrons")

    def test_nor_may_a_patron_without_the_second_factor(self, client, patron):
        assert se_connecter(client, patron, verifie=False).get(URL).status_code == 403

    def test_a_person_is_not_looked_up_in_a_database_that_hangs(self, http, jeton, monkeypatch):
        monkeypatch.setattr("ops.sante.acces.base_en_panne", lambda: True)

        assert http.get(URL).status_code == 503
        assert http.get(URL, headers=jeton).status_code == 200


class TestPannes:
    @pytest.fixture
    def collecter(self, monkeypatch):
        """A look at these groups only."""

        def lire(*groupes, borne=4.0):
            monkeypatch.setattr(collecte, "GROUPES", list(groupes))
            monkeypatch.setattr(collecte, "BORNE", borne)
            return releves(exposition.en_texte(collecte.Collecteur().collecter()).decode())

        return lire

    def test_a_group_that_fails_hides_no_other(self, collecter):
        def casse():
            raise ValueError("cassé")

        vu = collecter(Groupe("a", casse, ()), Groupe("b", list, ()))

        assert vu["artjardin_collecte_reussie"] == {("a",): 0, ("b",): 1}
        assert vu["artjardin_base_joignable"][()] == 1

    def test_a_query_that_lasts_is_cut(self, collecter):
        def longue():
            with connection.cursor() as curseur:
                curseur.execute("SELECT pg_sleep(30)")

        debut = time.monotonic()
        vu = collecter(Groupe("longue", longue, ()), Groupe("b", list, ()))

        assert time.monotonic() - debut < 4
        assert vu["artjardin_collecte_reussie"] == {("longue",): 0, ("b",): 1}

    def test_a_look_writes_nothing(self, collecter):
        def ecrire():
            with connection.cursor() as curseur:
                curseur.execute("DELETE FROM audit_execution")

        assert collecter(Groupe("ecrire", ecrire, ()))["artjardin_collecte_reussie"] == {
            ("ecrire",): 0
        }

    def test_without_the_database_the_rest_is_told(self, collecter, monkeypatch):
        monkeypatch.setitem(connection.settings_dict, "PORT", "1")
        monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
        ailleurs = Groupe(
            "ailleurs", lambda: [collecte.machines.PROCESSUS({"worker": 2})], (), base=False
        )

        vu = collecter(Groupe("a", list, ()), ailleurs)

        assert vu["artjardin_base_joignable"][()] == 0
        assert vu["artjardin_collecte_reussie"] == {("a",): 0, ("ailleurs",): 1}
        assert vu["artjardin_processus"] == {("worker",): 2}

    def test_what_hangs_is_left_out_and_not_asked_twice(self, collecter, monkeypatch):
        appels, fini = [], threading.Event()

        def pendre():
            appels.append(1)
            fini.wait(30)
            return []

        monkeypatch.setattr(collecte, "GROUPES", [Groupe("a", pendre, ())])
        monkeypatch.setattr(collecte, "BORNE", 0.1)
        collecteur = collecte.Collecteur()
        vus = [releves(exposition.en_texte(collecteur.collecter()).decode()) for _ in range(3)]
        fini.set()
        for fil in threading.enumerate():
            if fil.name == "mesures":
                fil.join(10)

        assert appels == [1]
        assert {vu["artjardin_base_joignable"][()] for vu in vus} == {0}

    def test_a_folder_that_was_cleaned_away_hides_only_the_requests(self, tmp_path, monkeypatch):
        parti = tmp_path / "fichier"
        parti.touch()
        monkeypatch.setattr(exposition, "dossier_partage", lambda: parti / "compteurs")

        vu = releves(exposition.exposer().decode())
        assert "artjardin_base_joignable" in vu
        assert not [nom for nom in vu if nom.startswith("django_")]
