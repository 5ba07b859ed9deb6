"""Who watches the watch: its silence is told by the outbox, once a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from artjardin.audit.models import Entree, Execution
from artjardin.outbox.models import Courriel
from artjardin.valkey import valkey
from ops import tasks
from ops.models import Ronde
from ops.veille import battement, registre, silence
from tests.ops.factories import creer_incident

MIDI = datetime(2026, 11, 24, 11, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _battement_a_part(monkeypatch, request):
    monkeypatch.setattr(battement, "CLEF", f"essai:{id(request)}:battement")
    yield
    valkey().delete(battement.CLEF)


@pytest.fixture
def a(base_partagee, patron, time_machine_a):
    """The worker looks at this moment; what it told."""

    def regarder(minutes: float) -> bool:
        time_machine_a(MIDI + timedelta(minutes=minutes))
        return silence.surveiller_la_veille()

    return regarder


def courriels() -> list[Courriel]:
    return list(Courriel.objects.filter(type="alerte_veille").order_by("pk"))


def faire_une_ronde() -> None:
    registre.tenir_les_incidents([], heure=lambda instant: instant, machine="essai")


def test_three_minutes_without_a_round_are_told_once_a_day_with_what_is_down(a, patron):
    assert a(0) is False
    faire_une_ronde()
    creer_incident()
    Execution.objects.create(tache="sauvegarde.nuit", resultat="echec", fin=MIDI, debut=MIDI)
    assert a(3) is False
    assert a(3.1) is True
    assert [a(minutes) for minutes in (4, 60, 1400)] == [False] * 3
    assert a(1450) is True

    premier, _ = courriels()
    assert (premier.a, premier.objet) == ([patron.email], silence.TITRE)
    assert "manage.py veiller" in premier.texte
    assert "- Relais de courriel" in premier.texte
    assert "- Sauvegarde de la nuit : exécution du 24/11" in premier.texte
    entree = Entree.objects.filter(action="veille.muette").first()
    assert entree.objet_type == "ops.ronde"


def test_one_that_comes_back_and_falls_silent_again_is_told_again(a):
    faire_une_ronde()
    assert a(4) is True
    faire_une_ronde()
    assert a(6) is False
    assert a(8) is True
    assert len(courriels()) == 2


def test_a_heartbeat_in_valkey_is_enough(a, time_machine_a):
    a(0)
    time_machine_a(MIDI + timedelta(minutes=9))
    battement.battre(valkey)

    assert a(10) is False
    assert Ronde.objects.get().le < MIDI + timedelta(minutes=1)


def test_a_watch_that_never_began_is_missed_too(a):
    assert a(0) is False
    assert a(2) is False
    assert a(3.5) is True


def test_the_minute_of_the_worker_asks_it(monkeypatch):
    vus = []
    monkeypatch.setattr(silence, "surveiller_la_veille", lambda: vus.append(1))
    tasks.surveiller_la_veille()
    assert vus == [1]
