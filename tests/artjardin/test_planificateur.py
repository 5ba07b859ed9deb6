"""Any number of planners: each occurrence of a job is sent once, by one of them, in time or not."""

import os
import signal
import time
from collections import Counter, defaultdict
from contextlib import ExitStack
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from celery.schedules import crontab
from django.conf import settings as reglages
from django.utils import timezone

from artjardin import battements, passages
from artjardin.celery import app
from artjardin.embarque import adresses
from artjardin.planificateur import CLEF, Planificateur
from artjardin.valkey import valkey
from tests.artjardin.programmes import COURSES, attendre, lancer, valkey_a_part

MIDI = datetime(2026, 11, 23, 12, 0, tzinfo=ZoneInfo("Europe/Paris"))
MINUTE = timedelta(minutes=1)


@pytest.fixture(scope="module")
def serveur(tmp_path_factory):
    with valkey_a_part(tmp_path_factory.mktemp("planning") / "v") as service:
        yield service


@pytest.fixture
def service(serveur, settings):
    adresse = adresses.url_valkey(serveur.donnees)
    settings.CACHES = {"default": reglages.CACHES["default"] | {"LOCATION": adresse}}
    valkey().flushall()
    return serveur


class Envoyes(list):
    """Planners whose messages are kept here instead of being published."""

    def planifier(self, monkeypatch):
        def garder(tache, args, kwargs, producer=None, **options):
            self.append((tache.name, options))

        monkeypatch.setattr("celery.app.task.Task.apply_async", garder)
        app.loader.import_default_modules()
        return Planificateur(app, Producer=lambda *_, **__: None)


@pytest.fixture
def envoyes(service, monkeypatch):
    monkeypatch.setattr(Planificateur, "producer", None)
    return Envoyes()


def tourner(planificateur):
    """Until nothing is due."""
    while planificateur.tick() == 0:
        pass


def noms(envoyes):
    return Counter(tache for tache, _ in envoyes)


BALAYAGE = "artjardin.outbox.tasks.balayer"


def test_two_planners_send_each_minute_once(envoyes, monkeypatch, time_machine_a):
    time_machine_a(MIDI)
    deux = [envoyes.planifier(monkeypatch), envoyes.planifier(monkeypatch)]
    for minute in range(1, 6):
        time_machine_a(MIDI + minute * MINUTE)
        for un in deux if minute % 2 else reversed(deux):
            tourner(un)

    assert noms(envoyes)[BALAYAGE] == 5
    assert noms(envoyes)["ops.tasks.sauvegarder"] == 1  # every five minutes


def test_one_that_was_frozen_sends_nothing_that_the_other_sent(
    envoyes, monkeypatch, time_machine_a
):
    time_machine_a(MIDI - MINUTE)
    fige, vif = envoyes.planifier(monkeypatch), envoyes.planifier(monkeypatch)
    for minute in range(11):
        time_machine_a(MIDI + minute * MINUTE)
        tourner(vif)
    envoyes.clear()
    tourner(fige)

    assert envoyes == []


def test_a_planner_alone_catches_up_once_what_was_missed_while_it_was_away(
    envoyes, monkeypatch, time_machine_a
):
    time_machine_a(MIDI)
    tourner(envoyes.planifier(monkeypatch))
    time_machine_a(MIDI + timedelta(days=1, seconds=30))
    tourner(envoyes.planifier(monkeypatch))

    assert noms(envoyes)[BALAYAGE] == 1
    assert set(noms(envoyes).values()) == {1}
    assert noms(envoyes).keys() >= {"ops.tasks.rattraper_les_archives", "ops.tasks.controler"}


def test_a_first_start_finds_nothing_late(envoyes, monkeypatch, time_machine_a):
    time_machine_a(MIDI + timedelta(seconds=20))
    tourner(envoyes.planifier(monkeypatch))

    assert envoyes == []


def test_what_is_sent_late_carries_the_deadline_of_its_own_occurrence(
    envoyes, monkeypatch, time_machine_a
):
    time_machine_a(MIDI)
    un = envoyes.planifier(monkeypatch)
    envoyer = Planificateur.apply_entry

    def dormir_puis_envoyer(*args, **options):
        time_machine_a(MIDI + 10 * MINUTE)
        return envoyer(*args, **options)

    time_machine_a(MIDI + MINUTE)
    monkeypatch.setattr(Planificateur, "apply_entry", dormir_puis_envoyer)
    un.tick()

    [(_, options)] = envoyes
    assert options["expires"] < timezone.now()
    assert options["expires"] - (MIDI + MINUTE) <= timedelta(seconds=55)


def test_a_date_set_by_a_clock_that_was_wrong_stops_nothing(envoyes, monkeypatch, time_machine_a):
    time_machine_a(MIDI + timedelta(days=30))
    envoyes.planifier(monkeypatch)
    time_machine_a(MIDI)
    un = envoyes.planifier(monkeypatch)
    tourner(un)
    time_machine_a(MIDI + MINUTE)
    tourner(un)
    assert noms(envoyes)[BALAYAGE] == 1

    time_machine_a(MIDI - timedelta(hours=5))  # our own clock, put right while we run
    tourner(un)
    time_machine_a(MIDI - timedelta(hours=5) + MINUTE)
    tourner(un)
    assert noms(envoyes)[BALAYAGE] == 2


def test_without_valkey_nothing_is_sent_then_what_was_missed_once(
    service, envoyes, monkeypatch, time_machine_a
):
    time_machine_a(MIDI)
    un = envoyes.planifier(monkeypatch)
    os.kill(service.pid(), signal.SIGSTOP)
    monkeypatch.setattr(battements, "valkey", lambda: valkey(0.05))
    try:
        time_machine_a(MIDI + 2 * MINUTE)
        assert un.tick() > 0
        assert envoyes == []
    finally:
        os.kill(service.pid(), signal.SIGCONT)
    time_machine_a(MIDI + 3 * MINUTE)
    tourner(un)

    assert noms(envoyes)[BALAYAGE] == 1


def test_every_job_of_the_schedule_comes_back_within_the_hour_of_its_day_or_the_next_one():
    """One that was missed is caught up by its own repetition, not by a memory."""
    for entree in app.conf.beat_schedule.values():
        heures = entree["schedule"].hour
        assert len(heures) > 8 or entree["task"] == "relances.tasks.envoyer_l_apercu"
        assert entree["options"]["expires"] < 3600


def test_three_workers_and_two_planners_run_each_occurrence_once(service):
    """Shortened: each job every two seconds; a planner is frozen, then wakes; another one dies."""
    periode, fin = 2.0, 9.0
    with ExitStack() as pile:
        for nom, file in [("un", "celery"), ("deux", "celery"), ("trois", "longues")]:
            commande = ("worker", "--pool", "solo", "-Q", file, "-n", f"{nom}@essai")
            pile.enter_context(lancer(service, *commande, noter=True))
        deux = [
            pile.enter_context(lancer(service, "beat", "--pidfile=", periode=periode))
            for _ in range(2)
        ]
        attendre(lambda: len(battements.lire().ouvriers) == 3)
        attendre(lambda: len(battements.lire().planificateurs) == 2)
        depart = time.monotonic()
        os.kill(deux[0].pid, signal.SIGSTOP)
        time.sleep(fin / 3)
        os.kill(deux[0].pid, signal.SIGCONT)
        deux[1].kill()
        time.sleep(fin - (time.monotonic() - depart))
    courses = defaultdict(list)
    for ligne in valkey().lrange(COURSES, 0, -1):
        nom, _, instant = ligne.decode().rpartition("/")
        courses[nom].append(float(instant))

    assert courses.keys() == app.conf.beat_schedule.keys()
    assert all(3 <= len(instants) <= 6 for instants in courses.values())
    assert passages.derniers_passages().keys() == app.conf.beat_schedule.keys()
    assert valkey().hlen(CLEF) == len(app.conf.beat_schedule)


def test_the_schedule_is_made_of_crontabs_of_paris():
    assert app.conf.timezone == "Europe/Paris"
    assert all(isinstance(un["schedule"], crontab) for un in app.conf.beat_schedule.values())
