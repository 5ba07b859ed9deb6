"""The SMTP conversation against real servers: what is surely known of each message."""

import pytest

from artjardin.outbox import smtp
from artjardin.outbox.smtp import Definitif, Enveloppe, Incertain, Injoignable, Passager, Relais
from tests.artjardin.serveurs import COUPER, MUET, port_libre, serveur_smtp

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
        ({"mail": "550 expediteur refuse"}, Definitif),
        ({"rcpt": "550 inconnu"}, Definitif),
        ({"rcpt": "450 plus tard"}, Passager),
        ({"rcpt": "421 je ferme"}, Passager),
        ({"rcpt__copie@b.example": "421 je ferme"}, Passager),
        ({"data": "451 plus tard"}, Passager),
        ({"data": "554 non"}, Definitif),
        ({"fin": "451 plus tard"}, Passager),
        ({"fin": "452 disque plein"}, Passager),
        ({"fin": "550 contenu refuse"}, Definitif),
        ({"fin": COUPER}, Incertain),
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


@pytest.mark.parametrize("apres", ["550 non", "451 non", COUPER])
def test_after_a_failure_the_next_message_gets_a_new_connection(brancher, apres):
    with serveur_smtp(rcpt=[apres]) as serveur, Relais() as relais:
        brancher(serveur)
        with pytest.raises((Passager, Definitif)):
            relais.remettre(ENVELOPPE, **SANS_EFFET)
        relais.remettre(ENVELOPPE, **SANS_EFFET)

    assert (len(serveur.recus), serveur.connexions) == (1, 2)


def test_an_address_that_smtp_cannot_carry_does_not_spoil_the_next(brancher):
    accentuee = Enveloppe("bureau@art-jardin.example", ("élodie@example.org",), (), MESSAGE)

    with serveur_smtp() as serveur, Relais() as relais:
        brancher(serveur)
        with pytest.raises(UnicodeError):
            relais.remettre(accentuee, **SANS_EFFET)
        relais.remettre(ENVELOPPE, **SANS_EFFET)

    assert len(serveur.recus) == 1
