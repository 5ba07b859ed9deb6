"""The relay's rate, held by any number of workers; attempts noted once each."""

import logging
from base64 import b64encode
from datetime import timedelta

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.utils import timezone

from artjardin.outbox import tasks
from artjardin.outbox.models import Courriel, Tentative
from artjardin.outbox.services import envoyer_les_courriels
from tests.artjardin.factories import promettre_courriel
from tests.artjardin.serveurs import en_parallele, port_libre, serveur_smtp
from tests.artjardin.test_outbox_promesse import gabarit  # noqa: F401

pytestmark = pytest.mark.usefixtures("gabarit")


def test_workers_at_once_hold_the_rate_together(base_partagee, settings):
    settings.COURRIEL_PAR_MINUTE = 5
    for _ in range(12):
        promettre_courriel()

    with serveur_smtp() as serveur:
        serveur.lenteur = 0.005
        settings.EMAIL_URL = serveur.url
        en_parallele(*[envoyer_les_courriels] * 4)
        assert len(serveur.recus) == 5
        with time_machine.travel(timezone.now() + timedelta(seconds=30), tick=False):
            envoyer_les_courriels()
        assert len(serveur.recus) == 5
        with time_machine.travel(timezone.now() + timedelta(seconds=61), tick=False):
            en_parallele(*[envoyer_les_courriels] * 2)
        assert len(serveur.recus) == 10

    attente = Courriel.objects.filter(statut="en_attente")
    assert set(attente.values_list("tentatives", flat=True)) == {0}
    assert Tentative.objects.count() == 10


@pytest.mark.django_db
def test_the_sweep_goes_on_within_its_minute(settings, monkeypatch):
    """The task waits for a place instead of leaving the rate half used."""
    settings.COURRIEL_PAR_MINUTE = 2
    for _ in range(3):
        promettre_courriel()
    pauses = []

    def dormir(secondes):
        pauses.append(secondes)
        Courriel.objects.update(remis_le=timezone.now() - timedelta(minutes=2))

    monkeypatch.setattr(tasks, "sleep", dormir)
    with serveur_smtp() as serveur:
        settings.EMAIL_URL = serveur.url
        tasks.balayer()

    assert (len(serveur.recus), pauses) == (3, [tasks.PAUSE])


@pytest.mark.django_db
def test_an_attempt_can_be_neither_changed_nor_erased(settings):
    promettre_courriel()
    with serveur_smtp() as serveur:
        settings.EMAIL_URL = serveur.url
        envoyer_les_courriels()

    for geste in (lambda t: t.update(reponse="autre"), lambda t: t.delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            geste(Tentative.objects.all())
    assert Tentative.objects.get().reponse == "250 2.0.0 conserve"


@pytest.mark.django_db
def test_the_same_outage_is_noted_once_an_hour(settings):
    courriel = promettre_courriel()
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port_libre()}"

    for minutes in (0, 1, 2, 59, 62, 63):
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False):
            envoyer_les_courriels()

    assert [essai.resultat for essai in courriel.essais.all()] == ["injoignable"] * 2
    assert Courriel.objects.get().tentatives == 0


@pytest.mark.django_db
@pytest.mark.parametrize("etape", ["auth", "rcpt", "fin"])
def test_no_secret_reaches_the_history_or_the_log(settings, caplog, etape):
    courriel = promettre_courriel()
    secret = b64encode(b"\0nous\0p@sse").decode()
    script = {"auth": "235 ok"} | {etape: f"454 {secret} p@sse p%40sse"}

    with (
        caplog.at_level(logging.DEBUG),
        serveur_smtp(extensions=["AUTH PLAIN"], **script) as relais,
    ):
        settings.EMAIL_URL = relais.url.replace("smtp://", "smtp://nous:p%40sse@")
        envoyer_les_courriels()

    garde = str(list(Courriel.objects.values())) + str(list(Tentative.objects.values()))
    assert "454" in courriel.essais.get().reponse
    for mot in ("p@sse", "p%40sse", secret):
        assert mot not in garde + caplog.text
