"""What the patrons are told of mail that clients will not receive, once, and of a stuck queue."""

import logging
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.utils import timezone

from artjardin.accounts.auteur import systeme
from artjardin.accounts.models import Role, User
from artjardin.audit.models import Entree
from artjardin.outbox.avis import Avis
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import (
    age_de_la_file,
    envoyer_les_courriels,
    lever_le_rebond,
    noter_le_rebond,
)
from artjardin.storage.models import Document
from artjardin.storage.services import produire
from tests.artjardin.factories import promettre_courriel, promettre_pdf
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


def test_a_mail_inside_the_firm_that_fails_is_told_by_the_log_and_the_journal_once(
    settings, patron, caplog
):
    interne = promettre_courriel(client=None)

    with caplog.at_level(logging.ERROR):
        balayer(settings, rcpt="550 inconnu")
        balayer(settings)

    assert alertes() == []
    assert [ligne.getMessage() for ligne in caplog.records] == [
        f"courriel interne {interne.pk} (essai) : Échec"
    ]
    entree = Entree.objects.get(action="courriel.interne_non_remis")
    assert (entree.objet_id, entree.details["raison"]) == (interne.pk, "550 inconnu")


def test_a_dead_address_among_the_patrons_keeps_no_other_in_the_dark(settings, patron):
    autre = User.objects.create_user(email="autre@art-jardin.example", password=None)
    autre.groups.add(Group.objects.get(name=Role.PATRON))
    refuse = promettre_courriel()
    mortes = {f"rcpt__{adresse}": "550 inconnu" for adresse in (*refuse.a, autre.email)}

    balayer(settings, **mortes)
    serveur = balayer(settings, **mortes)

    assert [recu.destinataires for recu in serveur.recus] == [(patron.email,)]
    assert {(a.a[0], a.statut) for a in alertes()} == {
        (patron.email, Statut.ENVOYE), (autre.email, Statut.ECHEC),
    }  # fmt: skip
    assert Entree.objects.filter(action="courriel.interne_non_remis").count() == 1


def promettre_avec_un_pdf():
    piece = promettre_pdf()
    return promettre_courriel(objet="Votre facture 12", pieces=[piece])


def test_a_pdf_given_up_is_told_at_once(settings, patron):
    promettre_avec_un_pdf()
    Document.objects.update(essais=9, erreur="ValueError: police")
    balayer(settings)
    assert alertes() == []

    Document.objects.update(essais=10)
    balayer(settings)
    balayer(settings)

    (alerte,) = alertes()
    for corps in (alerte.texte, alerte.html):
        assert "Votre facture 12" in corps
        assert f"Bloqué : {Document.objects.get()} (ValueError: police)" in corps


def test_a_pdf_late_by_an_hour_is_told_and_a_refusal_afterwards_too(settings, patron):
    courriel = promettre_avec_un_pdf()
    debut = timezone.now()
    with time_machine.travel(debut + timedelta(minutes=59), tick=False):
        balayer(settings)
    assert alertes() == []

    with time_machine.travel(debut + timedelta(minutes=61), tick=False):
        balayer(settings)
    settings.DOCUMENT_PRODUCTEURS = {"essai": "tests.artjardin.factories.pdf"}
    produire(Document.objects.get())
    with time_machine.travel(debut + timedelta(minutes=90), tick=False):
        balayer(settings, **{f"rcpt__{courriel.a[0]}": "550 inconnu"})

    attente, refus = alertes()
    assert f"Bloqué : {Document.objects.get()} (pas encore produit)" in attente.texte
    assert "Échec : 550 inconnu" in refus.texte


def rebondir(courriel, clef="rapport", **champs):
    avis = Avis(courriel.a[0], True, "5.1.1", "boîte inconnue", clef, courriel.message_id)
    return noter_le_rebond(replace(avis, **champs), source="imap")


def test_a_mail_that_came_back_for_good_is_told_once(settings, patron):
    courriel, autre = promettre_courriel(objet="Relance 1"), promettre_courriel(objet="Relance 2")
    balayer(settings)
    rebondir(autre, definitif=False)
    rebondir(courriel)

    balayer(settings)
    rebondir(courriel, "le même, par un autre serveur")
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        balayer(settings)

    (alerte,) = alertes()
    assert alerte.objet == "Un courriel non remis"
    assert "Relance 1" in alerte.texte
    assert f"Revenu : {courriel.a[0]} boîte inconnue" in alerte.texte


def test_a_doubt_that_turns_into_a_return_is_told_again(settings, patron):
    courriel = promettre_courriel()
    balayer(settings, fin=[COUPER])
    rebondir(courriel)

    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        balayer(settings)

    doute, retour = alertes()
    assert "Incertain : " in doute.texte
    assert "Revenu : " in retour.texte


def test_a_lifted_return_is_not_told(settings, patron):
    courriel = promettre_courriel()
    balayer(settings)
    rebondir(courriel)
    lever_le_rebond(courriel.a[0], par=systeme("test"))

    balayer(settings)

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
