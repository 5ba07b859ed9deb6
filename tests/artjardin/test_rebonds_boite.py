"""The mailbox of bounces: who may close an address there, and that nothing hides a bounce."""

import pytest

from artjardin.outbox.avis import lire_un_rapport
from artjardin.outbox.boite import LOT, relever_les_rebonds
from artjardin.outbox.models import Courriel, Rebond
from artjardin.outbox.services import Contenu, adresses_en_erreur, promettre
from tests.artjardin.serveur_imap import serveur_imap
from tests.artjardin.test_rebonds import rapport

ACCUSE = b"report-type=disposition-notification"


@pytest.fixture
def courriel(db):
    return promettre(genre="essai", a=["Anne@example.org"], contenu=Contenu("Bonjour", "Texte"))


@pytest.fixture
def boite(settings):
    with serveur_imap() as ouverte:
        settings.REBONDS_IMAP_URL = ouverte.url
        yield ouverte


def accuse(rang):
    """A read receipt, which says nothing of the address."""
    return rapport(f"lu{rang}@example.org").replace(b"report-type=delivery-status", ACCUSE)


def test_any_number_of_read_receipts_hides_no_bounce(boite, courriel):
    for rang in range(250):
        boite.deposer(accuse(rang))
    uid = boite.deposer(rapport(message_id=courriel.message_id))

    assert relever_les_rebonds() == 1

    assert adresses_en_erreur(courriel.a) == set(courriel.a)
    assert boite.vus == {uid}


def test_reports_of_what_arrived_are_looked_at_once(boite, courriel):
    for _ in range(LOT + 50):
        boite.deposer(rapport(action="delivered", statut="2.0.0"))
    boite.deposer(rapport(message_id=courriel.message_id))

    assert [relever_les_rebonds(), relever_les_rebonds()] == [0, 1]
    assert len(boite.vus) == LOT + 51


def test_a_report_that_cannot_be_read_is_flagged_and_hides_no_other(boite, courriel, monkeypatch):
    def lire(octets):
        if b"tordu@" in octets:
            raise ValueError("entete")
        return lire_un_rapport(octets)

    monkeypatch.setattr("artjardin.outbox.boite.lire_un_rapport", lire)
    tordu = boite.deposer(rapport("tordu@example.org"))
    bon = boite.deposer(rapport(message_id=courriel.message_id))

    assert relever_les_rebonds() == 1
    assert (boite.vus, boite.drapeaux) == ({tordu, bon}, {tordu})


def test_a_quoted_or_folded_type_is_read_as_well(boite, courriel):
    nu, cite = b"report-type=delivery-status;", b'\r\n\tREPORT-TYPE="Delivery-Status";'
    boite.deposer(rapport(message_id=courriel.message_id).replace(nu, cite))

    assert relever_les_rebonds() == 1


def test_a_report_that_names_no_message_of_ours_closes_no_address(boite, courriel):
    Courriel.objects.update(remis_le=courriel.cree_le)
    boite.deposer(rapport())
    autre = rapport(message_id="<ecrit-a-la-main@poste.example>")
    boite.deposer(autre.replace(b"rapport-1", b"rapport-2"))

    assert relever_les_rebonds() == 2

    assert adresses_en_erreur(courriel.a) == set()
    liens = Rebond.objects.order_by("pk").values_list("definitif", "courriel")
    assert list(liens) == [(False, courriel.pk), (False, None)]


def test_a_report_closes_only_the_address_that_the_message_was_for(boite, courriel):
    boite.deposer(rapport("zoe@example.org", message_id=courriel.message_id))

    relever_les_rebonds()

    assert Rebond.objects.get().courriel == courriel
    assert adresses_en_erreur(["zoe@example.org"]) == set()


def test_the_case_of_an_address_hides_no_message(boite, courriel):
    Courriel.objects.update(remis_le=courriel.cree_le)
    boite.deposer(rapport("anne@example.ORG"))

    relever_les_rebonds()

    assert Rebond.objects.get().courriel == courriel
