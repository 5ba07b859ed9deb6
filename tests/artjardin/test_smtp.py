"""The SMTP conversation against real servers: what is surely known of each message."""

import time
import traceback
from base64 import b64encode

import pytest

from artjardin.outbox import garde_temps, smtp
from artjardin.outbox.smtp import (
    AdresseRefusee,
    Definitif,
    Enveloppe,
    Incertain,
    Injoignable,
    Passager,
    Relais,
)
from tests.artjardin.serveurs import COUPER, GOUTTE_A_GOUTTE, MUET, port_libre, serveur_smtp

MESSAGE = b"Subject: essai\r\n\r\n.une ligne qui commence par un point\r\n"
BUREAU, ANNE, COPIE = "bureau@art-jardin.example", "anne@example.org", "copie@b.example"
ENVELOPPE = Enveloppe(BUREAU, (ANNE,), (COPIE,), MESSAGE)
SANS_EFFET = {"avant_donnees": lambda: None}


@pytest.fixture
def brancher(settings):
    def vers(serveur):
        settings.EMAIL_URL = serveur.url
        return serveur

    return vers


@pytest.fixture
def _impatient(monkeypatch):
    monkeypatch.setattr(smtp, "DELAI", 0.3)
    monkeypatch.setattr(smtp, "DELAI_DONNEES", 0.3)


def remettre(enveloppe=ENVELOPPE, avant=lambda: None):
    with Relais() as relais:
        return relais.remettre(enveloppe, avant_donnees=avant)


def test_an_accepted_message_gives_the_answer_of_the_server(brancher):
    with serveur_smtp() as serveur:
        brancher(serveur)
        reponse = remettre()

    assert reponse == "250 2.0.0 conserve"
    (recu,) = serveur.recus
    assert recu.expediteur == "bureau@art-jardin.example"
    assert recu.destinataires == ("anne@example.org", "copie@b.example")
    assert recu.octets == MESSAGE


def test_the_hook_runs_after_the_recipients_and_before_the_data(brancher):
    with serveur_smtp() as serveur:
        brancher(serveur)
        vues = []
        remettre(avant=lambda: vues.extend(serveur.commandes))

    assert vues == ["ehlo", "mail", "rcpt", "rcpt"]


def test_a_hook_that_refuses_keeps_the_message_back_and_the_connection_clean(brancher):
    def refuser():
        raise Passager("bail perdu")

    with serveur_smtp() as serveur, Relais() as relais:
        brancher(serveur)
        with pytest.raises(Passager, match="bail perdu"):
            relais.remettre(ENVELOPPE, avant_donnees=refuser)
        relais.remettre(ENVELOPPE, **SANS_EFFET)

    assert len(serveur.recus) == 1


def test_one_connection_serves_a_batch(brancher):
    with serveur_smtp() as serveur, Relais() as relais:
        brancher(serveur)
        for _ in range(5):
            relais.remettre(ENVELOPPE, **SANS_EFFET)

    assert (len(serveur.recus), serveur.connexions) == (5, 1)


@pytest.mark.parametrize(
    ("script", "genre"),
    [
        ({"mail": "550 expediteur refuse"}, Injoignable),
        ({"rcpt": "550 inconnu"}, AdresseRefusee),
        ({"rcpt": "450 plus tard"}, Passager),
        ({"rcpt": "421 je ferme"}, Passager),
        ({"rcpt__copie@b.example": "421 je ferme"}, Passager),
        ({"data": "451 plus tard"}, Passager),
        ({"data": "554 non"}, Definitif),
        ({"data": COUPER}, Passager),
        ({"fin": "451 plus tard"}, Passager),
        ({"fin": "452 disque plein"}, Passager),
        ({"fin": "550 contenu refuse"}, Definitif),
        ({"fin": COUPER}, Incertain),
        ({"fin": "2"}, Incertain),
        ({"fin": "45"}, Incertain),
        ({"fin": "354 encore"}, Incertain),
        ({"mail": COUPER}, Passager),
        ({"rcpt": COUPER}, Passager),
        ({"accueil": COUPER}, Injoignable),
        ({"accueil": "421 surcharge"}, Injoignable),
        ({"accueil": "554 pas vous"}, Injoignable),
    ],
)
def test_each_refusal_says_what_is_known(brancher, script, genre):
    with serveur_smtp(**script) as serveur:
        brancher(serveur)
        with pytest.raises((Passager, Definitif, Incertain)) as refus:
            remettre()

    assert refus.type is genre


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize(
    ("etape", "genre"),
    [("accueil", Injoignable), ("mail", Passager), ("rcpt", Passager), ("fin", Incertain)],
)
def test_a_silent_server_is_left_after_the_delay(brancher, etape, genre):
    with serveur_smtp(**{etape: MUET}) as serveur:
        brancher(serveur)
        with pytest.raises((Passager, Incertain), match="timed out") as refus:
            remettre()

    assert refus.type is genre


def test_nobody_listening_is_transient(settings):
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port_libre()}"

    with pytest.raises(Passager, match="ConnectionRefusedError"):
        remettre()


def test_an_unknown_host_is_transient(settings):
    settings.EMAIL_URL = "smtp://relais.invalid:25"

    with pytest.raises(Passager):
        remettre()


def test_a_refused_copy_does_not_keep_the_mail_back(brancher):
    with serveur_smtp(**{"rcpt__copie@b.example": "550 inconnu"}) as serveur:
        brancher(serveur)
        remettre()

    assert [recu.destinataires for recu in serveur.recus] == [("anne@example.org",)]


def test_a_refused_login_is_not_the_fault_of_the_message(brancher, settings):
    with serveur_smtp() as serveur:
        brancher(serveur)
        settings.EMAIL_URL = serveur.url.replace("smtp://", "smtp://nous:p%40sse@")
        with pytest.raises(Passager):
            remettre()

    assert serveur.recus == []


@pytest.mark.parametrize(
    ("apres", "connexions"), [("550 non", 1), ("451 non", 1), ("421 je ferme", 2), (COUPER, 2)]
)
def test_a_refusal_keeps_the_connection_and_a_loss_makes_another(brancher, apres, connexions):
    with serveur_smtp(rcpt=[apres]) as serveur, Relais() as relais:
        brancher(serveur)
        with pytest.raises((Passager, Definitif)):
            relais.remettre(ENVELOPPE, **SANS_EFFET)
        relais.remettre(ENVELOPPE, **SANS_EFFET)

    assert (len(serveur.recus), serveur.connexions) == (1, connexions)


@pytest.mark.parametrize("adieu", ["421 trop longtemps", COUPER])
def test_a_connection_left_idle_is_made_anew_without_a_failure(brancher, adieu):
    with serveur_smtp(mail=["250 ok", adieu]) as serveur, Relais() as relais:
        brancher(serveur)
        relais.remettre(ENVELOPPE, **SANS_EFFET)
        relais.remettre(ENVELOPPE, **SANS_EFFET)

    assert (len(serveur.recus), serveur.connexions) == (2, 2)


def test_an_accentuated_address_needs_a_server_that_knows_them(brancher):
    accentuee = Enveloppe(BUREAU, ("élodie@example.org",), (), MESSAGE)

    with serveur_smtp() as serveur, Relais() as relais:
        brancher(serveur)
        with pytest.raises(Definitif, match="SMTPUTF8"):
            relais.remettre(accentuee, **SANS_EFFET)
        relais.remettre(ENVELOPPE, **SANS_EFFET)
    with serveur_smtp(extensions=["8BITMIME", "SMTPUTF8"]) as moderne:
        brancher(moderne)
        remettre(accentuee)

    assert len(serveur.recus) == 1
    assert moderne.recus[0].destinataires == ("élodie@example.org",)
    assert "BODY=8BITMIME SMTPUTF8" in moderne.lignes[1]


def test_an_accentuated_copy_does_not_keep_the_mail_back(brancher):
    enveloppe = Enveloppe(BUREAU, (ANNE,), ("élodie@example.org",), MESSAGE)

    with serveur_smtp() as serveur:
        brancher(serveur)
        reponse = remettre(enveloppe)

    assert serveur.recus[0].destinataires == (ANNE,)
    assert "copie refusée : élodie@example.org" in reponse


def test_a_report_is_asked_for_the_client_when_the_server_offers_it(brancher):
    enveloppe = Enveloppe(BUREAU, (ANNE,), (COPIE,), MESSAGE, identifiant="12+3@a.example")

    with serveur_smtp(extensions=["DSN"]) as serveur:
        brancher(serveur)
        remettre(enveloppe)
    with serveur_smtp() as simple:
        brancher(simple)
        remettre(enveloppe)

    assert serveur.lignes[1:4] == [
        f"MAIL FROM:<{BUREAU}> RET=HDRS ENVID=12+2B3@a.example",
        f"RCPT TO:<{ANNE}> NOTIFY=FAILURE,DELAY",
        f"RCPT TO:<{COPIE}> NOTIFY=NEVER",
    ]
    assert not any("NOTIFY" in ligne or "ENVID" in ligne for ligne in simple.lignes)


@pytest.mark.parametrize(("goutte", "genre"), [("accueil", Injoignable), ("fin", Incertain)])
def test_a_server_that_drips_does_not_hold_a_worker(brancher, monkeypatch, goutte, genre):
    """Each byte comes in time, the answer never: the whole conversation is bounded."""
    monkeypatch.setattr(smtp, "DUREE_MAX", 0.4)
    monkeypatch.setattr(garde_temps, "PAS", 0.05)
    debut = time.monotonic()

    with serveur_smtp(**{goutte: GOUTTE_A_GOUTTE}) as serveur:
        brancher(serveur)
        with pytest.raises((Passager, Incertain)) as refus:
            remettre()

    assert refus.type is genre
    assert time.monotonic() - debut < 3


@pytest.mark.parametrize(
    "message", [b"..\r\n.\r\n...\r\n", b".\r\n", b"a\r\n.b", b"x" * 900 + b"\r\n"]
)
def test_dots_and_ends_arrive_as_they_were(brancher, message):
    with serveur_smtp() as serveur:
        brancher(serveur)
        remettre(Enveloppe(BUREAU, (ANNE,), (), message))

    assert serveur.recus[0].octets == message.removesuffix(b"\r\n") + b"\r\n"


@pytest.mark.parametrize("adresse", ["a@b.example>\r\nRCPT TO:<x@y.example", "a@b c", "<a@b"])
def test_what_is_no_address_is_never_said_to_the_server(brancher, adresse):
    with serveur_smtp() as serveur:
        brancher(serveur)
        with pytest.raises(Definitif, match="mal écrite"):
            remettre(Enveloppe(BUREAU, (adresse,), (), MESSAGE))

    assert not any("RCPT" in ligne for ligne in serveur.lignes)


@pytest.mark.parametrize("etape", ["auth", "rcpt", "fin"])
def test_what_a_server_repeats_of_our_login_is_not_kept(brancher, settings, etape):
    """A server may echo AUTH in its answers, then or later."""
    secret = b64encode(b"\0nous\0p@sse").decode()
    echo = f"535 p@sse p%40sse {secret}"
    script = {"auth": "235 ok"} | {etape: echo}

    with serveur_smtp(extensions=["AUTH PLAIN"], **script) as serveur:
        settings.EMAIL_URL = serveur.url.replace("smtp://", "smtp://nous:p%40sse@")
        with pytest.raises((Passager, Definitif)) as refus:
            remettre()

    assert any(secret in ligne for ligne in serveur.lignes)
    dit = "".join(traceback.format_exception(refus.value))
    assert not any(mot in dit.replace(settings.EMAIL_URL, "") for mot in ("p@sse", "p%40", secret))
    assert "535" in str(refus.value)
