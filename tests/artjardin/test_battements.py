"""Workers and planners say that they live; whoever is frozen falls silent."""

import os
import signal
from datetime import timedelta

import pytest
from django.conf import settings as reglages
from django.utils import timezone
from redis.exceptions import RedisError

from artjardin import battements, passages
from artjardin.battements import OUVRIERS, PLANIFICATEURS, battre, lire, se_taire
from artjardin.embarque import adresses
from tests.artjardin.programmes import attendre, lancer, valkey_a_part


@pytest.fixture
def service(tmp_path, settings):
    with valkey_a_part(tmp_path / "v") as service:
        adresse = adresses.url_valkey(service.donnees)
        settings.CACHES = {"default": reglages.CACHES["default"] | {"LOCATION": adresse}}
        yield service


def test_what_was_said_is_read_with_its_moment_and_its_queues(service):
    avant = timezone.now()

    battre(OUVRIERS, "celery@ici", files=["longues", "celery"])
    battre(PLANIFICATEURS, "beat@ici")

    vus = lire()
    [ouvrier], [planificateur] = vus
    assert (ouvrier.nom, ouvrier.pid, ouvrier.files) == (
        "celery@ici",
        os.getpid(),
        ("celery", "longues"),
    )
    assert avant <= ouvrier.le <= timezone.now()
    assert planificateur.nom == "beat@ici"
    assert vus.dernier("longues") == ouvrier.le
    assert vus.dernier("autre") is None


def test_who_ends_is_waited_for_no_more(service):
    battre(OUVRIERS, "celery@ici")
    battre(OUVRIERS, "celery@la")
    se_taire(OUVRIERS, "celery@ici")

    assert [un.nom for un in lire().ouvriers] == ["celery@la"]


def test_a_name_silent_for_an_hour_is_forgotten(service, time_machine_a):
    maintenant = timezone.now()
    time_machine_a(maintenant - timedelta(minutes=61))
    battre(OUVRIERS, "celery@vieux")
    time_machine_a(maintenant - timedelta(minutes=59))
    battre(OUVRIERS, "celery@muet")
    time_machine_a(maintenant)

    assert [un.nom for un in lire().ouvriers] == ["celery@muet"]
    assert battements.valkey().hlen(f"{battements.ESPACE}:{OUVRIERS}") == 1


def test_without_valkey_nobody_is_disturbed_and_the_reader_is_told(service):
    service.arreter()

    battre(OUVRIERS, "celery@ici")
    se_taire(OUVRIERS, "celery@ici")
    with pytest.raises(RedisError):
        lire()
    with pytest.raises(RedisError):
        passages.derniers_passages()


def test_a_worker_beats_falls_silent_when_frozen_and_goes_when_asked(service):
    commande = ("worker", "--pool", "solo", "-Q", "longues", "-n", "essai@ici")
    with lancer(service, *commande) as ouvrier:
        attendre(lambda: lire().ouvriers)
        [vu] = lire().ouvriers
        assert (vu.nom, vu.pid, vu.files) == ("essai@ici", ouvrier.pid, ("longues",))
        attendre(lambda: lire().dernier("longues") > vu.le, pendant=5)

        os.kill(ouvrier.pid, signal.SIGSTOP)
        fige = lire().dernier("longues")
        with pytest.raises(AssertionError, match="rien ne vient"):
            attendre(lambda: lire().dernier("longues") > fige, pendant=2.5)
        os.kill(ouvrier.pid, signal.SIGCONT)
        attendre(lambda: lire().dernier("longues") > fige, pendant=5)

        ouvrier.terminate()
        assert ouvrier.wait(60) == 0
        assert lire().ouvriers == []
