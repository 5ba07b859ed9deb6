"""What the watch remembers: restarts, lost copies, several machines."""

from __future__ import annotations

import pytest

from artjardin.valkey import valkey
from ops.models import Incident
from ops.veille import memoire, quart
from tests.ops.veille import Equipe, SansValkey

pytest_plugins = ["tests.ops.veille"]
pytestmark = pytest.mark.django_db


class TestMemory:
    @pytest.mark.parametrize("perdu", ["valkey", "fichier", "abime", "rien"])
    def test_one_copy_is_enough_after_a_restart(self, equipe, decor, relais, perdu):
        decor.pannes = {"disque"}
        equipe.rondes(7)
        fichier = equipe.dossier / "carnet"
        if perdu == "valkey":
            valkey().delete(memoire.CLEF)
        elif perdu == "fichier":
            fichier.unlink()
        elif perdu == "abime":
            fichier.write_bytes(fichier.read_bytes()[:-20])
        equipe.relever()
        equipe.rondes(5)
        decor.pannes = set()
        equipe.rondes(2)

        assert len(relais.recus) == 2
        assert Incident.objects.count() == 1

    def test_the_fresher_copy_is_the_one_that_counts(self, equipe, decor, relais):
        """Valkey was away while the panne was told: what it has is older."""
        equipe.rondes(1)
        decor.pannes = {"disque"}
        equipe.valkey = SansValkey()
        equipe.relever()
        equipe.rondes(7)
        equipe.valkey = valkey
        equipe.relever()
        equipe.rondes(10)

        assert len(relais.recus) == 1

    def test_both_lost_the_panne_is_told_again_and_the_row_of_before_is_closed(
        self, equipe, decor, relais
    ):
        decor.pannes = {"disque"}
        equipe.rondes(7)
        avant = Incident.objects.get().numero
        valkey().delete(memoire.CLEF)
        (equipe.dossier / "carnet").unlink()
        equipe.relever()
        equipe.rondes(7)

        assert len(relais.recus) == 2
        assert Incident.objects.count() == 2
        assert Incident.objects.exclude(clos_le=None).get().numero == avant

    def test_a_disk_that_refuses_stops_nothing(self, equipe, decor, relais, caplog):
        equipe.dossier.mkdir()
        (equipe.dossier / "carnet").mkdir()
        decor.pannes = {"disque"}
        equipe.rondes(7)

        assert len(relais.recus) == 1
        assert "non écrit sur le disque" in caplog.text


class TestSeveralMachines:
    @pytest.fixture
    def autre(self, settings, tmp_path, decor, equipe):
        settings.REDIS_URL = settings.CACHES["default"]["LOCATION"]
        equipe.relever()
        return Equipe(tmp_path / "autre", decor, valkey)

    def test_one_watches_and_the_other_takes_over_with_what_it_knew(
        self, equipe, autre, decor, relais
    ):
        decor.pannes = {"disque"}
        for _ in range(8):
            equipe.rondes(1, pas=60.0)
            assert autre.veilleur.ronde() is False
        assert len(relais.recus) == 1
        equipe.veilleur.finir()
        assert autre.veilleur.ronde() is True
        autre.rondes(5)
        assert equipe.veilleur.ronde() is False
        decor.pannes = set()
        autre.rondes(3)

        assert len(relais.recus) == 2
        assert Incident.objects.count() == 1

    def test_a_silent_one_is_relieved_when_its_lease_is_over(self, equipe, autre):
        assert equipe.veilleur.ronde() is True
        assert 170_000 < valkey().pttl(quart.CLEF) <= 180_000
        valkey().delete(quart.CLEF)  # as the server does at its end
        assert autre.veilleur.ronde() is True

    def test_without_valkey_the_one_on_watch_goes_on_and_the_other_waits_for_its_silence(
        self, equipe, autre, monkeypatch
    ):
        assert equipe.veilleur.ronde() is True
        coupe = SansValkey()
        for une in (equipe, autre):
            monkeypatch.setattr(une.veilleur._quart, "_valkey", coupe)
        assert equipe.veilleur.ronde() is True
        assert autre.veilleur.ronde() is False
        monkeypatch.setattr(autre.veilleur._quart, "_entendu", -1000.0)

        assert autre.veilleur.ronde() is True
