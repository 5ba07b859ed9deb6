"""Sending: the fate of each message, told by a real server (G5)."""

from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest
import time_machine
from django.utils import timezone

from artjardin.outbox import smtp
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import envoyer_les_courriels
from artjardin.outbox.services.envoi import ESSAIS_MAX
from artjardin.storage.models import Document
from artjardin.storage.services import produire
from tests.artjardin.factories import CLIENT, creer_pdf, promettre_courriel, promettre_pdf
from tests.artjardin.serveurs import COUPER, MUET, port_libre, serveur_smtp
from tests.artjardin.test_outbox_promesse import gabarit  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gabarit")]
Statut = Courriel.Statut


@pytest.fixture
def envoyer(settings):
    """Run one sweep against a server with this script; gives the server back."""

    def balayer(**script):
        with serveur_smtp(**script) as serveur:
            settings.EMAIL_URL = serveur.url
            serveur.comptes = envoyer_les_courriels()
        return serveur

    return balayer


def garde(courriel):
    """Registered as the guard of `essai` by the tests below."""
    if "planter" in courriel.objet:
        raise ValueError("garde en panne")
    return "La facture est réglée." if "réglée" in courriel.objet else ""


def relu(courriel):
    return Courriel.objects.get(pk=courriel.pk)


def test_what_the_server_accepted_is_sent(envoyer):
    courriel = promettre_courriel()

    serveur = envoyer()

    courriel = relu(courriel)
    assert (courriel.statut, courriel.reponse) == (Statut.ENVOYE, "250 2.0.0 conserve")
    assert courriel.remis_le <= courriel.envoye_le
    assert (courriel.tentatives, serveur.comptes) == (1, {"envoye": 1})
    assert envoyer().recus == []


def test_the_message_can_be_read_by_a_mail_program(envoyer, settings):
    settings.COURRIEL_BCC = ["archives@art-jardin.example"]
    settings.COURRIEL_EXPEDITEUR = "Art & Jardin – Élagage <bureau@art-jardin.example>"
    document = creer_pdf()
    courriel = promettre_courriel(
        a=["anne@example.org"],
        objet="Facture n° 12 – 1 200,00 €",
        contexte={"nom": "Élodie"},
        pieces=[document],
        en_reponse_a="<avant@art-jardin.example>",
    )

    (recu,) = envoyer().recus

    message = recu.message
    assert recu.expediteur == "bureau@art-jardin.example"
    assert recu.destinataires == ("anne@example.org", "archives@art-jardin.example")
    assert message["From"] == "Art & Jardin – Élagage <bureau@art-jardin.example>"
    assert (message["To"], message["Bcc"], message["Cc"]) == ("anne@example.org", None, None)
    assert b"archives@" not in recu.octets
    assert message["Subject"] == "Facture n° 12 – 1 200,00 €"
    assert message["Message-ID"] == courriel.message_id
    assert message["In-Reply-To"] == "<avant@art-jardin.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert abs(parsedate_to_datetime(message["Date"]) - courriel.cree_le) < timedelta(seconds=1)
    texte = message.get_body(["plain"]).get_content()
    assert texte.replace("\r\n", "\n") == "Bonjour Élodie,\nvoilà.\n"
    assert "<p>Bonjour Élodie</p>" in message.get_body(["html"]).get_content()
    (piece,) = message.iter_attachments()
    assert (piece.get_content_type(), piece.get_filename()) == ("application/pdf", document.nom)
    assert piece.get_content() == f"%PDF-1.7 {document.nom}".encode()


@pytest.mark.parametrize("ligne", [".", "..", "From là", "x" * 2000])
def test_awkward_lines_arrive_as_they_were(envoyer, ligne):
    courriel = promettre_courriel()
    Courriel.objects.filter(pk=courriel.pk).update(texte=f"{ligne}\nfin\n")

    (recu,) = envoyer().recus

    lu = recu.message.get_body(["plain"]).get_content().replace("\r\n", "\n")
    assert lu == f"{ligne}\nfin\n"
    assert max(map(len, recu.octets.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    "script", [{"rcpt": "550 inconnu"}, {"fin": "554 contenu refuse"}, {"mail": "552 trop gros"}]
)
def test_a_refusal_for_good_is_a_failure_at_once(envoyer, script):
    courriel = promettre_courriel()

    envoyer(**script)

    courriel = relu(courriel)
    assert (courriel.statut, courriel.tentatives) == (Statut.ECHEC, 1)
    assert courriel.reponse[:2] == "55"
    assert courriel.envoye_le is None
    assert envoyer().recus == []


@pytest.mark.parametrize(
    "script",
    [
        {"rcpt": "451 plus tard"},
        {"data": "451 plus tard"},
        {"fin": "452 disque plein"},
        {"rcpt": COUPER},
    ],
)
def test_a_passing_refusal_waits_and_leaves_again(envoyer, script):
    courriel = promettre_courriel()

    envoyer(**script)

    courriel = relu(courriel)
    assert (courriel.statut, courriel.tentatives) == (Statut.EN_ATTENTE, 1)
    assert courriel.prochain_essai_le > timezone.now()
    assert envoyer().connexions == 0  # not due yet
    with time_machine.travel(courriel.prochain_essai_le + timedelta(seconds=1), tick=False):
        assert envoyer().comptes == {"envoye": 1}
    assert relu(courriel).tentatives == 2


@pytest.mark.parametrize(
    "script",
    [
        *({"accueil": accueil} for accueil in ("421 surcharge", "554 pas vous", COUPER)),
        *({"mail": refus} for refus in ("530 login", "550 5.4.5 quota du jour", "553 pas de vous")),
    ],
)
def test_a_relay_that_does_not_let_us_in_costs_the_mail_no_try(envoyer, script):
    """However long the relay is down, no mail fails for it; the batch stops at the first."""
    premier, second = promettre_courriel(), promettre_courriel()

    for _ in range(ESSAIS_MAX + 1):
        with time_machine.travel(relu(premier).prochain_essai_le, tick=False):
            envoyer(**script)

    assert (relu(premier).statut, relu(premier).tentatives) == (Statut.EN_ATTENTE, 0)
    assert relu(second).statut == Statut.EN_ATTENTE
    with time_machine.travel(timezone.now() + timedelta(hours=1), tick=False):
        assert envoyer().comptes == {"envoye": 2}


def test_a_quota_reached_in_the_middle_of_a_batch_fails_no_mail(envoyer):
    courriels = [promettre_courriel() for _ in range(3)]

    envoyer(mail=["250 ok", "550 5.4.5 quota du jour"])

    assert [relu(courriel).statut for courriel in courriels] == [
        Statut.ENVOYE, Statut.EN_ATTENTE, Statut.EN_ATTENTE,
    ]  # fmt: skip
    assert relu(courriels[1]).essais.get().resultat == "injoignable"
    assert envoyer().comptes == {"envoye": 2}


@pytest.mark.parametrize("propre", [{"expediteur": "ancien@example.org"}, {"a": ["é@example.org"]}])
def test_a_sender_or_an_accent_refused_is_refused_to_that_mail_alone(envoyer, propre):
    particulier, suivant = promettre_courriel(), promettre_courriel()
    Courriel.objects.filter(pk=particulier.pk).update(**propre)

    envoyer(extensions=["SMTPUTF8", "8BITMIME"], mail=["550 5.6.7 non", "250 ok"])

    assert (relu(particulier).statut, relu(suivant).statut) == (Statut.ECHEC, Statut.ENVOYE)


def test_the_delay_doubles_to_six_hours_for_more_than_a_day(envoyer):
    courriel = promettre_courriel()
    attentes = []

    with serveur_smtp():
        maintenant = timezone.now()
        for _ in range(ESSAIS_MAX):
            with time_machine.travel(maintenant, tick=False):
                envoyer(rcpt="450 plus tard")
            courriel = relu(courriel)
            attentes.append(round((courriel.prochain_essai_le - maintenant).total_seconds() / 60))
            maintenant = courriel.prochain_essai_le

    assert attentes[:-1] == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360, 360, 360]
    assert sum(attentes[:-1]) > 24 * 60
    assert (courriel.statut, courriel.tentatives) == (Statut.ECHEC, ESSAIS_MAX)
    assert courriel.reponse == "450 plus tard"


def test_nobody_listening_makes_mail_wait(settings):
    courriel = promettre_courriel()
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port_libre()}"

    comptes = envoyer_les_courriels()

    assert comptes == {"en_attente": 1}
    assert "ConnectionRefusedError" in relu(courriel).reponse


def test_silence_before_the_data_makes_mail_wait(envoyer, monkeypatch):
    monkeypatch.setattr(smtp, "DELAI", 0.3)
    courriel = promettre_courriel()

    envoyer(rcpt=MUET)

    courriel = relu(courriel)
    assert (courriel.statut, courriel.remis_le) == (Statut.EN_ATTENTE, None)


@pytest.mark.parametrize("faute", [COUPER, MUET])
def test_silence_after_the_data_is_uncertain_and_never_sent_again(envoyer, monkeypatch, faute):
    monkeypatch.setattr(smtp, "DELAI_DONNEES", 0.3)
    courriel = promettre_courriel()

    serveur = envoyer(fin=faute)

    courriel = relu(courriel)
    assert (courriel.statut, len(serveur.recus)) == (Statut.INCERTAIN, 1)
    assert courriel.remis_le is not None
    with time_machine.travel(timezone.now() + timedelta(days=30), tick=False):
        assert envoyer().recus == []
    assert relu(courriel).statut == Statut.INCERTAIN


def test_a_refused_copy_does_not_keep_the_mail_back(envoyer, settings):
    settings.COURRIEL_BCC = ["pleine@art-jardin.example", "bonne@art-jardin.example"]
    courriel = promettre_courriel()

    serveur = envoyer(**{"rcpt__pleine@art-jardin.example": "552 boite pleine"})

    assert relu(courriel).statut == Statut.ENVOYE
    assert serveur.recus[0].destinataires == (*courriel.a, "bonne@art-jardin.example")


def test_one_refused_recipient_of_two_refuses_the_mail(envoyer):
    courriel = promettre_courriel(a=["bon@example.org", "parti@example.org"])

    serveur = envoyer(**{"rcpt__parti@example.org": "550 inconnu"})

    assert (relu(courriel).statut, serveur.recus) == (Statut.ECHEC, [])


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_bad_message_does_not_stop_the_others(envoyer, place):
    mauvaise = {"a": ["élodie@example.org"]}  # no server without SMTPUTF8 can carry it
    courriels = [promettre_courriel(**(mauvaise if rang == place else {})) for rang in range(3)]

    serveur = envoyer()

    statuts = [relu(courriel).statut for courriel in courriels]
    assert statuts.pop(place) == Statut.ECHEC
    assert (statuts, len(serveur.recus)) == ([Statut.ENVOYE] * 2, 2)


def test_the_oldest_due_leaves_first(envoyer):
    courriels = [promettre_courriel(objet=f"n° {rang}") for rang in range(5)]

    serveur = envoyer()

    assert [recu.message["Subject"] for recu in serveur.recus] == [c.objet for c in courriels]
    assert serveur.connexions == 1


def test_a_mail_waits_for_its_documents(envoyer):
    document = promettre_pdf()
    courriel = promettre_courriel(pieces=[creer_pdf(), document])

    assert envoyer().comptes == {}
    assert relu(courriel).tentatives == 0
    produire(document)

    assert envoyer().comptes == {"envoye": 1}


def test_the_document_of_another_client_never_leaves(envoyer):
    courriel = promettre_courriel()
    courriel.pieces.create(document=creer_pdf(client=CLIENT + 1))

    serveur = envoyer()

    courriel = relu(courriel)
    assert (courriel.statut, serveur.recus) == (Statut.ECHEC, [])
    assert "autre client" in courriel.reponse


def test_a_missing_file_makes_the_mail_wait(envoyer, settings):
    document = creer_pdf()
    courriel = promettre_courriel(pieces=[document])
    fichier = settings.DONNEES_DOCUMENTS / document.cle
    contenu = fichier.read_bytes()
    fichier.unlink()

    serveur = envoyer()

    courriel = relu(courriel)
    assert (courriel.statut, serveur.recus) == (Statut.EN_ATTENTE, [])
    assert "absente" in courriel.reponse
    fichier.write_bytes(contenu)
    with time_machine.travel(courriel.prochain_essai_le + timedelta(seconds=1), tick=False):
        assert envoyer().comptes == {"envoye": 1}


def test_an_altered_file_never_leaves(envoyer, settings):
    document = creer_pdf()
    courriel = promettre_courriel(pieces=[document])
    fichier = settings.DONNEES_DOCUMENTS / document.cle
    fichier.chmod(0o600)
    fichier.write_bytes(b"%PDF-1.7 autre chose")

    serveur = envoyer()

    assert (relu(courriel).envoye_le, serveur.recus) == (None, [])
    assert "altéré" in relu(courriel).reponse
    assert Document.objects.get().sha256 == document.sha256


def test_a_guard_gives_up_a_mail_that_has_lost_its_reason(envoyer, settings):
    settings.COURRIEL_GARDES = {"essai": f"{__name__}.garde"}
    garde_le, parti = promettre_courriel(objet="réglée"), promettre_courriel(objet="due")

    serveur = envoyer()

    assert serveur.comptes == {"annule": 1, "envoye": 1}
    assert (relu(garde_le).statut, relu(garde_le).reponse) == (
        Statut.ANNULE, "La facture est réglée.",
    )  # fmt: skip
    assert relu(garde_le).tentatives == 0
    assert [recu.message["Subject"] for recu in serveur.recus] == [parti.objet]


def test_a_broken_guard_keeps_its_own_mail_back_and_no_other(envoyer, settings):
    settings.COURRIEL_GARDES = {"essai": f"{__name__}.garde"}
    premier, second = promettre_courriel(objet="planter"), promettre_courriel(objet="due")

    serveur = envoyer()

    assert serveur.comptes == {"en_attente": 1, "envoye": 1}
    premier = relu(premier)
    assert (premier.statut, premier.tentatives) == (Statut.EN_ATTENTE, 0)
    assert premier.reponse == "ValueError: garde en panne"
    assert premier.prochain_essai_le > timezone.now()
    assert relu(second).statut == Statut.ENVOYE


def test_a_guard_broken_for_an_hour_fails_its_mail_for_the_patrons_to_know(envoyer, settings):
    settings.COURRIEL_GARDES = {"essai": f"{__name__}.garde"}
    courriel = promettre_courriel(objet="planter")

    for essai in range(5):
        assert relu(courriel).statut == "en_attente", essai
        Courriel.objects.update(prochain_essai_le=timezone.now())
        envoyer()

    assert (relu(courriel).statut, relu(courriel).tentatives) == ("echec", 0)
    assert Courriel.objects.a_signaler().filter(pk=courriel.pk).exists()


def test_the_guard_of_one_type_says_nothing_of_the_others(envoyer, settings):
    settings.COURRIEL_GARDES = {"essai": f"{__name__}.garde"}
    courriel = promettre_courriel(objet="réglée", genre="autre")

    envoyer()

    assert relu(courriel).statut == Statut.ENVOYE


def test_a_cancelled_mail_does_not_leave(envoyer):
    courriel = promettre_courriel()
    Courriel.objects.filter(pk=courriel.pk).update(statut=Statut.ANNULE)

    assert envoyer().connexions == 0
    assert relu(courriel).statut == Statut.ANNULE


def test_the_time_allowed_ends_the_sweep(settings):
    for _ in range(3):
        promettre_courriel()

    with serveur_smtp() as serveur:
        settings.EMAIL_URL = serveur.url
        assert envoyer_les_courriels(duree=timedelta(0)) == {}

    assert Courriel.objects.filter(statut=Statut.EN_ATTENTE).count() == 3
