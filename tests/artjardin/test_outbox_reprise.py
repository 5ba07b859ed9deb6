"""Several senders, dead senders: each message once at the server, or uncertain (G5)."""

import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from threading import Thread

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from artjardin.outbox.models import BAIL, Courriel
from artjardin.outbox.services import envoi, envoyer_les_courriels, reprendre_les_abandonnes
from artjardin.outbox.services.envoi import ESSAIS_MAX
from artjardin.outbox.smtp import Relais
from artjardin.settings import RACINE
from tests.artjardin.factories import promettre_courriel
from tests.artjardin.serveurs import MUET, en_parallele, serveur_smtp
from tests.artjardin.test_outbox_promesse import gabarit  # noqa: F401

pytestmark = pytest.mark.usefixtures("gabarit")
Statut = Courriel.Statut
EXPEDITEUR = """
import sys
from tests.demarrage import demarrer
demarrer(sys.argv[1], EMAIL_URL=sys.argv[2])
from artjardin.outbox.services import envoyer_les_courriels
envoyer_les_courriels()
"""


def abandonner(courriel, *, depuis=BAIL + timedelta(seconds=1), **champs):
    Courriel.objects.filter(pk=courriel.pk).update(
        statut=Statut.EN_COURS, pris_le=timezone.now() - depuis, **champs
    )


def relu(courriel):
    return Courriel.objects.get(pk=courriel.pk)


@pytest.mark.django_db
def test_what_a_dead_sender_had_not_handed_over_waits_again():
    courriel = promettre_courriel()
    abandonner(courriel)

    assert reprendre_les_abandonnes() == {"en_attente": 1}

    assert relu(courriel).statut == Statut.EN_ATTENTE
    assert "s'est arrêté" in relu(courriel).reponse


@pytest.mark.django_db
def test_what_a_dead_sender_had_handed_over_is_uncertain():
    courriel = promettre_courriel()
    abandonner(courriel, remis_le=timezone.now() - BAIL - timedelta(seconds=1))

    assert reprendre_les_abandonnes() == {"incertain": 1}

    assert relu(courriel).statut == Statut.INCERTAIN


@pytest.mark.django_db
@pytest.mark.parametrize("remis_le", [None, timezone.now() - timedelta(minutes=4)])
def test_a_sender_within_its_lease_is_left_alone(remis_le):
    courriel = promettre_courriel()
    abandonner(courriel, depuis=BAIL - timedelta(seconds=10), remis_le=remis_le)

    assert reprendre_les_abandonnes() == {}
    assert relu(courriel).statut == Statut.EN_COURS


@pytest.mark.django_db
def test_a_message_that_kills_its_senders_is_given_up():
    courriel = promettre_courriel()
    abandonner(courriel, tentatives=ESSAIS_MAX)

    assert reprendre_les_abandonnes() == {"echec": 1}
    assert relu(courriel).statut == Statut.ECHEC


@pytest.mark.django_db
def test_an_abandoned_mail_leaves_in_the_same_sweep(settings):
    courriel = promettre_courriel()
    abandonner(courriel)

    with serveur_smtp() as serveur:
        settings.EMAIL_URL = serveur.url
        envoyer_les_courriels()

    assert (relu(courriel).statut, len(serveur.recus)) == (Statut.ENVOYE, 1)


@pytest.mark.django_db
def test_a_sender_that_lost_its_lease_hands_nothing_over(settings):
    lent, suivant = promettre_courriel(), promettre_courriel()

    with serveur_smtp() as serveur:
        settings.EMAIL_URL = serveur.url
        pris = envoi._prendre()
        Courriel.objects.filter(pk=pris.pk).update(pris_le=timezone.now())  # taken over
        with Relais() as relais:
            envoi._envoyer(pris, relais)
            envoi._envoyer(envoi._prendre(), relais)

    assert [recu.destinataires[0] for recu in serveur.recus] == suivant.a
    assert (relu(lent).statut, relu(suivant).statut) == (Statut.EN_COURS, Statut.ENVOYE)


@pytest.mark.django_db
def test_what_the_server_accepted_counts_even_past_the_lease(settings):
    promettre_courriel()

    with serveur_smtp() as serveur:
        settings.EMAIL_URL = serveur.url
        pris = envoi._prendre()
        envoi._noter_la_remise(pris, "")
        with time_machine.travel(timezone.now() + BAIL + timedelta(seconds=1), tick=False):
            assert reprendre_les_abandonnes() == {"incertain": 1}
        pris.envoye_le = timezone.now()
        envoi._conclure(pris, Statut.ENVOYE, "envoye", "250 tard")

    assert (relu(pris).statut, relu(pris).reponse) == (Statut.ENVOYE, "250 tard")


def test_sweeps_at_once_send_each_message_once(base_partagee, settings):
    courriels = [promettre_courriel() for _ in range(24)]

    with serveur_smtp() as serveur:
        serveur.lenteur = 0.005
        settings.EMAIL_URL = serveur.url
        comptes = en_parallele(*[envoyer_les_courriels] * 4)

    assert sum(comptes, Counter()) == {"envoye": 24}
    recus = [recu.message["Message-ID"] for recu in serveur.recus]
    assert sorted(recus) == sorted(courriel.message_id for courriel in courriels)
    assert sum(bool(compte) for compte in comptes) > 1


@pytest.mark.parametrize(("nombre", "connexions"), [(45, 3), (12, 2), (9, 1)])
def test_a_long_queue_is_shared_between_connections(base_partagee, settings, nombre, connexions):
    courriels = [promettre_courriel() for _ in range(nombre)]

    with serveur_smtp() as serveur:
        serveur.lenteur = 0.02
        settings.EMAIL_URL = serveur.url
        comptes = envoyer_les_courriels(voies=3)

    assert comptes == {"envoye": nombre}
    recus = Counter(recu.message["Message-ID"] for recu in serveur.recus)
    assert recus == dict.fromkeys((courriel.message_id for courriel in courriels), 1)
    assert serveur.connexions == connexions


def test_a_sender_slower_than_its_lease_sends_nothing_twice(base_partagee, settings):
    """Its message is taken over while it waits for the server: the other one sends it, once."""
    courriel = promettre_courriel()

    with serveur_smtp(rcpt=[MUET]) as muet, serveur_smtp() as serveur:
        settings.EMAIL_URL = muet.url
        lent = Thread(target=envoyer_puis_fermer)
        lent.start()
        attendre(lambda: muet.silences == 1)
        settings.EMAIL_URL = serveur.url
        with time_machine.travel(timezone.now() + BAIL + timedelta(seconds=1), tick=False):
            assert envoyer_les_courriels() == {"en_attente": 1, "envoye": 1}
        muet.arret.set()
        lent.join(timeout=20)

    assert (muet.recus, len(serveur.recus)) == ([], 1)
    assert relu(courriel).statut == Statut.ENVOYE
    essais = [essai.resultat for essai in courriel.essais.order_by("fin")]
    assert sorted(essais) == ["abandonne", "envoye", "reporte"]


def envoyer_puis_fermer():
    try:
        envoyer_les_courriels()
    finally:
        connection.close()


def attendre(pret):
    fin = time.monotonic() + 20
    while not pret() and time.monotonic() < fin:
        time.sleep(0.01)
    assert pret()


@pytest.mark.parametrize(("silence", "sort"), [("rcpt", Statut.ENVOYE), ("fin", Statut.INCERTAIN)])
def test_a_sender_killed_in_a_batch_loses_and_doubles_nothing(
    base_partagee, settings, silence, sort
):
    courriels = [promettre_courriel() for _ in range(8)]
    connection.close()

    with serveur_smtp(**{silence: ["250 ok"] * 5 + [MUET]}) as serveur:
        settings.EMAIL_URL = serveur.url
        tuer_quand(lambda: serveur.silences == 1, serveur.url)
        envoyer_les_courriels()
        assert Courriel.objects.filter(statut=Statut.EN_COURS).count() == 1
        with time_machine.travel(timezone.now() + BAIL + timedelta(seconds=5), tick=False):
            envoyer_les_courriels()

    recus = Counter(recu.message["Message-ID"] for recu in serveur.recus)
    assert recus == dict.fromkeys((courriel.message_id for courriel in courriels), 1)
    statuts = Counter(Courriel.objects.values_list("statut", flat=True))
    assert statuts == Counter({Statut.ENVOYE: 7}) + Counter([sort])


def tuer_quand(pret, url):
    """Send in another process, and kill it (-9) at the moment."""
    expediteur = subprocess.Popen(
        [sys.executable, "-c", EXPEDITEUR, connection.settings_dict["NAME"], url], cwd=RACINE
    )
    fin = time.monotonic() + 20
    while not pret() and time.monotonic() < fin:
        time.sleep(0.01)
    expediteur.send_signal(signal.SIGKILL)
    expediteur.wait()
    assert pret()
