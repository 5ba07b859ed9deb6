"""Bounces: read in the mailbox, announced by the provider, each noted once."""

import hashlib
import hmac
import json
import logging
from base64 import b64encode

import pytest
from django.test import Client

from artjardin.accounts.auteur import systeme
from artjardin.outbox.avis import lire_un_rapport
from artjardin.outbox.boite import relever_les_rebonds
from artjardin.outbox.models import Courriel, Rebond
from artjardin.outbox.services import Contenu, adresses_en_erreur, lever_le_rebond, promettre
from tests.artjardin.serveur_imap import SECRET, serveur_imap

RAPPORT = """From: MAILER-DAEMON@relais.example
To: bureau@art-jardin.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <rapport-1@relais.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I'm sorry to have to inform you…
--B
Content-Type: message/delivery-status

Reporting-MTA: dns; relais.example
Original-Envelope-Id: {envid}

Final-Recipient: rfc822; {adresse}
Original-Recipient: rfc822;{adresse}
Action: {action}
Status: {statut}
Diagnostic-Code: smtp; 550 5.1.1 <x> inconnu

--B
Content-Type: text/rfc822-headers

Subject: Facture
Message-ID: {message_id}
--B--
"""
ABSENCE = """From: anne@example.org
To: bureau@art-jardin.example
Subject: Absente du bureau
Message-ID: <absence@example.org>
Auto-Submitted: auto-replied
Content-Type: text/plain

Je reviens lundi.
"""


def rapport(adresse="anne@example.org", action="failed", statut="5.1.1", message_id="", envid=""):
    champs = {"adresse": adresse, "action": action, "statut": statut, "envid": envid}
    return RAPPORT.format(message_id=message_id, **champs).replace("\n", "\r\n").encode()


@pytest.fixture
def courriel(db):
    return promettre(genre="essai", a=["anne@example.org"], contenu=Contenu("Bonjour", "Texte"))


@pytest.fixture
def boite(settings):
    with serveur_imap() as ouverte:
        settings.REBONDS_IMAP_URL = ouverte.url
        yield ouverte


@pytest.mark.parametrize(
    ("action", "statut", "attendu"),
    [
        ("failed", "5.1.1", [True]),
        ("failed", "5.1.2 (bad domain)", [True]),
        ("failed", "5.2.2", [False]),
        ("failed", "4.4.7", [False]),
        ("delayed", "4.4.1", [False]),
        ("delivered", "2.0.0", []),
        ("relayed", "2.0.0", []),
    ],
)
def test_a_report_tells_failures_and_which_are_for_good(action, statut, attendu):
    avis = lire_un_rapport(rapport(action=action, statut=statut))

    assert [un.definitif for un in avis] == attendu


@pytest.mark.parametrize("octets", [ABSENCE.encode(), b"", b"\xff\xfe n'importe quoi"])
def test_what_is_no_report_tells_nothing(octets):
    assert lire_un_rapport(octets) == []


def test_a_report_in_the_mailbox_marks_the_message_and_the_address(boite, courriel):
    absence = boite.deposer(ABSENCE.encode())
    uid = boite.deposer(rapport("Anne@Example.org", message_id=courriel.message_id))

    assert relever_les_rebonds() == 1

    rebond = Rebond.objects.get()
    assert (rebond.courriel, rebond.adresse) == (courriel, "anne@example.org")
    assert (rebond.definitif, rebond.code, rebond.source) == (True, "5.1.1", "imap")
    assert rebond.diagnostic == "550 5.1.1 <x> inconnu"
    assert boite.vus == {uid}
    assert absence not in boite.vus
    assert adresses_en_erreur(["ANNE@example.org", "paul@example.org"]) == {"ANNE@example.org"}


def test_the_same_report_read_twice_is_noted_once(boite, courriel):
    boite.deposer(rapport(message_id=courriel.message_id))
    relever_les_rebonds()
    boite.vus.clear()

    assert relever_les_rebonds() == 0
    assert Rebond.objects.count() == 1


def test_a_report_is_linked_by_its_envelope_else_by_its_address(boite, courriel):
    """A relay that gives our mail another Message-ID still gives the ENVID back."""
    envid = courriel.message_id.strip("<>")
    boite.deposer(rapport(envid=envid, message_id="<autre@relais.example>"))
    relever_les_rebonds()
    assert (Rebond.objects.get().courriel, Rebond.objects.get().definitif) == (courriel, True)

    autre = promettre(genre="essai", a=["zoe@example.org"], contenu=Contenu("Bonjour", "Texte"))
    Courriel.objects.filter(pk=autre.pk).update(remis_le=autre.cree_le)
    boite.deposer(rapport("zoe@example.org"))
    boite.deposer(rapport("inconnue@example.org"))
    relever_les_rebonds()

    assert Rebond.objects.get(adresse="zoe@example.org").courriel == autre
    assert Rebond.objects.get(adresse="inconnue@example.org").courriel is None


def test_a_passing_trouble_holds_nothing_against_the_address(boite, courriel):
    boite.deposer(rapport(action="delayed", statut="4.4.1", message_id=courriel.message_id))

    relever_les_rebonds()

    assert Rebond.objects.get().definitif is False
    assert adresses_en_erreur(courriel.a) == set()


def test_a_lifted_bounce_comes_back_with_the_next_report(boite, courriel):
    boite.deposer(rapport(message_id=courriel.message_id))
    relever_les_rebonds()
    assert lever_le_rebond("Anne@example.org", par=systeme("test")) == 1
    assert adresses_en_erreur(courriel.a) == set()

    boite.deposer(rapport(message_id=courriel.message_id).replace(b"rapport-1", b"rapport-2"))
    relever_les_rebonds()

    assert adresses_en_erreur(courriel.a) == set(courriel.a)


@pytest.mark.django_db
def test_a_refused_login_says_nothing_of_the_password(boite, caplog):
    boite.refus = "mauvais mot de passe"

    with caplog.at_level(logging.DEBUG):
        assert relever_les_rebonds() == 0

    assert "boîte des rebonds illisible" in caplog.text
    assert not any(mot in caplog.text for mot in (SECRET, "p%40sse", "p@sse"))


@pytest.mark.django_db
def test_without_a_mailbox_nothing_is_read(settings):
    settings.REBONDS_IMAP_URL = ""

    assert relever_les_rebonds() == 0


def brevo(courriel, evenement="hard_bounce"):
    return {
        "event": evenement,
        "email": "anne@example.org",
        "id": 26224,
        "date": "2026-10-19 09:03:52",
        "ts": 1792400632,
        "message-id": courriel.message_id,
        "ts_event": 1792400632,
        "subject": "Bonjour",
        "sending_ip": "185.41.28.109",
        "ts_epoch": 1792400632223,
        "reason": "550 5.1.1 inconnu",
    }


def mailgun(courriel, cle=b"clef"):
    jeton, instant = "jeton-1", "1792400632"
    signature = hmac.new(cle, f"{instant}{jeton}".encode(), hashlib.sha256).hexdigest()
    return {
        "signature": {"token": jeton, "timestamp": instant, "signature": signature},
        "event-data": {
            "event": "failed",
            "severity": "permanent",
            "reason": "bounce",
            "timestamp": 1792400632.2,
            "recipient": "anne@example.org",
            "message": {"headers": {"message-id": courriel.message_id.strip("<>")}},
            "delivery-status": {"code": 550, "message": "550 5.1.1 inconnu", "description": ""},
        },
    }


def postmark(_courriel, genre="HardBounce"):
    return {
        "RecordType": "Bounce",
        "ID": 901542550,
        "Type": genre,
        "MessageID": "2706ee8a-737c-4285-b032-ccd317af53ed",
        "Description": "The server was unable to deliver your message.",
        "Details": "smtp;550 5.1.1 inconnu",
        "Email": "anne@example.org",
        "BouncedAt": "2026-10-19T09:03:52Z",
    }


def annoncer(fournisseur, corps, secret=""):
    entetes = {"HTTP_AUTHORIZATION": f"Basic {b64encode(secret.encode()).decode()}"}
    return Client(enforce_csrf_checks=True).post(
        f"/rebonds/{fournisseur}/",
        json.dumps(corps),
        content_type="application/json",
        **(entetes if secret else {}),
    )


@pytest.fixture
def brancher(settings):
    def choisir(fournisseur, secret):
        settings.REBONDS_FOURNISSEUR, settings.REBONDS_SECRET = fournisseur, secret

    return choisir


@pytest.mark.parametrize(
    ("fournisseur", "corps", "secret"),
    [("brevo", brevo, "nous:mot"), ("mailgun", mailgun, ""), ("postmark", postmark, "nous:mot")],
)
def test_what_a_provider_announces_is_noted_once(brancher, courriel, fournisseur, corps, secret):
    brancher(fournisseur, secret or "clef")
    Courriel.objects.filter(pk=courriel.pk).update(remis_le=courriel.cree_le)

    statuts = [annoncer(fournisseur, corps(courriel), secret).status_code for _ in range(2)]

    assert statuts == [200, 200]
    rebond = Rebond.objects.get()
    assert (rebond.courriel, rebond.adresse) == (courriel, "anne@example.org")
    assert (rebond.definitif, rebond.code, rebond.source) == (True, "5.1.1", "webhook")


@pytest.mark.parametrize(
    ("fournisseur", "corps"),
    [
        ("brevo", lambda courriel: brevo(courriel, "soft_bounce")),
        ("brevo", lambda courriel: brevo(courriel, "deferred")),
        ("postmark", lambda courriel: postmark(courriel, "SoftBounce")),
    ],
)
def test_a_soft_bounce_is_no_verdict_on_the_address(brancher, courriel, fournisseur, corps):
    brancher(fournisseur, "nous:mot")

    assert annoncer(fournisseur, corps(courriel), "nous:mot").status_code == 200

    assert Rebond.objects.get().definitif is False


def test_what_is_no_failure_is_not_noted(brancher, courriel):
    brancher("brevo", "nous:mot")

    assert annoncer("brevo", brevo(courriel, "delivered"), "nous:mot").status_code == 200
    assert not Rebond.objects.exists()


@pytest.mark.parametrize(
    ("fournisseur", "corps", "secret"),
    [
        ("brevo", brevo, ""),
        ("brevo", brevo, "nous:autre"),
        ("mailgun", lambda courriel: mailgun(courriel, b"autre"), ""),
    ],
)
def test_who_does_not_prove_itself_is_refused(brancher, courriel, fournisseur, corps, secret):
    brancher(fournisseur, "nous:mot")

    assert annoncer(fournisseur, corps(courriel), secret).status_code == 400
    assert not Rebond.objects.exists()


@pytest.mark.parametrize(
    ("branche", "secret"), [("postmark", "nous:mot"), ("", "nous:mot"), ("brevo", "")]
)
def test_a_provider_that_is_not_ours_finds_no_page(brancher, courriel, branche, secret):
    brancher(branche, secret)

    assert annoncer("brevo", brevo(courriel), "nous:mot").status_code == 404
    assert not Rebond.objects.exists()
