"""What the patrons are told of mail that clients will not receive, once, and of a stuck queue."""

import logging
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from artjardin.audit.models import Entree
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import age_de_la_file, envoyer_les_courriels
from tests.artjardin.factories import promettre_courriel
from tests.artjardin.serveurs import COUPER, en_parallele, port_libre, serveur_smtp

pytestmark = pytest.mark.django_db
Statut = Courriel.Statut


@pytest.fixture(autouse=True)
def _gabarit_d_essai(settings, tmp_path):
    dossier = tmp_path / "courriels"
    dossier.mkdir()
    (dossier / "essai.txt").write_text("Bonjour\n", "utf-8")
    (dossier / "essai.html").write_text("<p>Bonjour</p>\n", "utf-8")
    moteur = settings.TEMPLATES[0]
    settings.TEMPLATES = [moteur | {"DIRS": [*moteur["DIRS"], tmp_path]}]


def balayer(settings, **script):
    with serveur_smtp(**script) as serveur:
        settings.EMAIL_URL = serveur.url
        envoyer_les_courriels()
    return serveur


def alertes():
    return list(Courriel.objects.filter(type="alerte_courriels").order_by("pk"))


def test_the_patrons_are_told_of_failures_and_doubts_in_one_mail(settings, patron, employe):
    refuse, perdu = promettre_courriel(objet="Relance 1"), promettre_courriel(objet="Relance 2")
    promettre_courriel(objet="Relance 3")

    balayer(settings, **{f"rcpt__{refuse.a[0]}": "550 inconnu"}, fin=[COUPER])

    (alerte,) = alertes()
    assert (alerte.a, alerte.bcc, alerte.client_ref) == ([patron.email], [], None)
    assert alerte.objet == "2 courriels non remis"
    for corps in (alerte.texte, alerte.html):
        assert "Relance 1" in corps
        assert "550 inconnu" in corps
        assert "Relance 2" in corps
        assert "Incertain" in corps
        assert "Relance 3" not in corps
    assert Courriel.objects.get(pk=perdu.pk).signale_le is not None
    balayer(settings)
    assert [a.statut for a in alertes()] == [Statut.ENVOYE]


def test_what_was_told_is_not_told_again_and_the_next_waits_its_quarter(settings, patron):
    promettre_courriel()
    balayer(settings, rcpt="550 inconnu")
    promettre_courriel(objet="Plus tard")
    balayer(settings, rcpt=["250 ok", "550 inconnu"])
    assert len(alertes()) == 1

    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        balayer(settings)
        balayer(settings)

    assert len(alertes()) == 2
    assert "Plus tard" in alertes()[1].texte


def test_an_alert_that_fails_makes_no_alert(settings, patron):
    promettre_courriel()
    balayer(settings, rcpt="550 inconnu")

    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        balayer(settings, rcpt="550 inconnu")
        balayer(settings, rcpt="550 inconnu")

    assert [alerte.statut for alerte in alertes()] == [Statut.ECHEC]


def test_a_mail_to_no_client_makes_no_alert(settings, patron):
    promettre_courriel(client=None)

    balayer(settings, rcpt="550 inconnu")

    assert alertes() == []


def test_without_a_patron_the_loss_stays_to_be_told(settings, employe):
    courriel = promettre_courriel()

    balayer(settings, rcpt="550 inconnu")

    assert alertes() == []
    assert Courriel.objects.a_signaler().get() == courriel


def test_sweeps_at_once_tell_once(base_partagee, settings, patron):
    for _ in range(6):
        promettre_courriel()

    with serveur_smtp(rcpt="550 inconnu") as serveur:
        settings.EMAIL_URL = serveur.url
        en_parallele(*[envoyer_les_courriels] * 3)
        envoyer_les_courriels()

    assert len(alertes()) == 1


def test_a_relay_that_is_down_is_an_error_of_the_log_once_an_hour(settings, patron, caplog):
    promettre_courriel()
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port_libre()}"
    debut = timezone.now()
    erreurs = []

    with caplog.at_level(logging.ERROR):
        for minutes in (0, 30, 61, 62, 90, 125):
            with time_machine.travel(debut + timedelta(minutes=minutes), tick=False):
                envoyer_les_courriels()
                assert age_de_la_file() >= timedelta(minutes=minutes)
            erreurs.append(len(caplog.records))

    assert erreurs == [0, 0, 1, 1, 1, 2]
    assert [e.action for e in Entree.objects.all()] == ["courriel.file_en_retard"] * 2
    assert alertes() == []


def test_an_empty_queue_has_no_age():
    assert age_de_la_file() == timedelta(0)
