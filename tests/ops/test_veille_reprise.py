"""What the watch remembers: restarts, lost copies, several machines."""

from __future__ import annotations

from functools import wraps

import pytest

from artjardin.valkey import valkey
from ops.models import Incident
from ops.veille import memoire, quart, registre
from ops.veille.canaux.courriel import Courriel
from ops.veille.memoire import Memoire
from ops.veille.postier import Postier
from tests.ops.veille import Equipe, SansValkey, objets

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

    def test_the_one_that_had_it_waits_for_nobody_when_it_is_started_again(
        self, equipe, autre, decor
    ):
        """Killed: its lease is not given back."""
        assert equipe.veilleur.ronde() is True
        equipe.relever()
        assert equipe.veilleur.ronde() is True
        assert autre.veilleur.ronde() is False
        equipe.valkey, autre.valkey = SansValkey(), SansValkey()
        equipe.relever()
        autre.relever()

        assert equipe.veilleur.ronde() is True
        assert autre.veilleur.ronde() is False

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


class Mort(BaseException):
    """The process is killed here."""


PAS = [
    (Memoire, "ecrire"),
    (Courriel, "remettre"),
    (registre, "tenir_les_incidents"),
    (Postier, "livrer"),
]


@pytest.fixture
def tuer(monkeypatch):
    """Die at the n-th step, counted before and after each."""
    reste = {"pas": 10**6}

    def passer() -> None:
        reste["pas"] -= 1
        if not reste["pas"]:
            raise Mort

    def entourer(fonction):
        @wraps(fonction)
        def autour(*args, **options):
            passer()
            rendu = fonction(*args, **options)
            passer()
            return rendu

        return autour

    for ou, nom in PAS:
        monkeypatch.setattr(ou, nom, entourer(getattr(ou, nom)))
    return lambda pas: reste.update(pas=pas)


@pytest.mark.parametrize("mort_a", [*range(39, 57), *range(97, 155, 3)])
def test_killed_at_any_step_it_loses_nothing_and_repeats_one_message_at_most(
    equipe, decor, relais, tuer, mort_a
):
    """Three rounds: one where a thing is told, one where two more are, one where all are well."""
    morts, suite = 0, [({"disque"}, 7), ({"disque", "smtp", "valkey"}, 7), (set(), 4)]
    tuer(mort_a)
    for pannes, rondes in suite:
        decor.pannes = pannes
        for _ in range(rondes):
            try:
                equipe.rondes(1)
            except Mort:
                morts += 1
                equipe.relever()

    assert morts == 1
    par_nom: dict[str, list[str]] = {}
    for recu, objet in zip(relais.recus, objets(relais.recus), strict=True):
        par_nom.setdefault(recu.message["Message-ID"], []).append(objet.partition(" (")[0])
    assert sorted(dits[0] for dits in par_nom.values()) == [
        "2 pannes : Valkey, Smtp",
        "3 retours à la normale : Valkey, Smtp, Disque",
        "Panne : Disque",
    ]  # fmt: skip
    assert len(relais.recus) <= 4
    assert Incident.objects.count() == 3
    assert not Incident.objects.ouverts().exists()
