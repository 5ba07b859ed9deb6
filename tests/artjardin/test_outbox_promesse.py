"""Promising an email, and what a person may do with it afterwards (G5)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from artjardin.accounts.auteur import systeme
from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit, Invalide
from artjardin.outbox.models import Courriel, PieceJointe
from artjardin.outbox.services import (
    Contenu,
    annuler,
    constater,
    envoyer_les_courriels,
    promettre_a_chacun,
    renvoyer,
)
from tests.artjardin.factories import CLIENT, creer_pdf, promettre_courriel, promettre_pdf
from tests.artjardin.serveurs import serveur_smtp
from tests.clients.factories import creer_client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gabarit")]
ROBOT = systeme("test")
Statut = Courriel.Statut


@pytest.fixture
def gabarit(settings, tmp_path):
    poser_le_gabarit(settings, tmp_path)


def poser_le_gabarit(settings, dossier):
    """Text and HTML of these mails, and a quick producer of PDFs."""
    (dossier / "courriels").mkdir()
    (dossier / "courriels" / "essai.txt").write_text("Bonjour {{ nom }},\nvoilà.\n", "utf-8")
    (dossier / "courriels" / "essai.html").write_text("<p>Bonjour {{ nom }}</p>\n", "utf-8")
    moteur = dict(settings.TEMPLATES[0], DIRS=[dossier])
    settings.TEMPLATES = [moteur]
    settings.DOCUMENT_PRODUCTEURS = {"essai": "tests.artjardin.factories.pdf"}


def en_etat(statut, **champs):
    """An email brought there by hand: the road is the subject of the other modules."""
    courriel = promettre_courriel()
    if statut == Statut.ENVOYE:
        champs.setdefault("envoye_le", timezone.now())
    Courriel.objects.filter(pk=courriel.pk).update(statut=statut, **champs)
    courriel.refresh_from_db()
    return courriel


def test_a_promise_holds_the_exact_content(settings):
    settings.COURRIEL_BCC = ["copie@art-jardin.example", "archives@art-jardin.example"]
    document = promettre_pdf()

    courriel = promettre_courriel(
        a=["anne@example.org", "paul@example.org"], contexte={"nom": "<Élodie>"}, pieces=[document]
    )

    courriel.refresh_from_db()
    assert courriel.statut == Statut.EN_ATTENTE
    assert courriel.a == ["anne@example.org", "paul@example.org"]
    assert courriel.bcc == ["copie@art-jardin.example", "archives@art-jardin.example"]
    assert courriel.texte.startswith("Bonjour ")
    assert courriel.html == "<p>Bonjour &lt;Élodie&gt;</p>\n"
    assert (courriel.tentatives, courriel.pris_le, courriel.remis_le) == (0, None, None)
    assert courriel.message_id.endswith("@art-jardin.example>")
    assert [piece.document for piece in courriel.pieces.all()] == [document]


def test_every_promise_has_its_own_message_id():
    assert promettre_courriel().message_id != promettre_courriel().message_id


def test_a_subject_is_one_line():
    courriel = promettre_courriel(objet="Facture\r\nBcc: pirate@example.org  " + "x" * 300)

    assert courriel.objet.startswith("Facture Bcc: pirate@example.org x")
    assert len(courriel.objet) == 250


def test_a_promise_goes_with_its_transaction():
    document = promettre_pdf()

    with transaction.atomic():
        promettre_courriel(pieces=[document])
        transaction.set_rollback(True)

    assert not Courriel.objects.exists()
    assert not PieceJointe.objects.exists()


def test_the_document_of_another_client_is_refused():
    document = promettre_pdf(client=CLIENT + 1)

    with pytest.raises(Invalide, match="autre client"):
        promettre_courriel(pieces=[document])

    assert not Courriel.objects.exists()


def test_nobody_to_write_to_is_refused():
    with pytest.raises(IntegrityError), transaction.atomic():
        promettre_courriel(a=[])

    assert not Courriel.objects.exists()


@pytest.mark.parametrize(
    "adresse",
    [
        "", "anne", "anne@", "@example.org", "anne@example", "anne@@example.org", "a b@example.org",
        "Anne <anne@example.org>", "anne@example.org, paul@example.org", '"<a>"@example.org',
        "anne@example.org\r\nBcc: pirate@example.org", '"a\x01b"@example.org', " anne@example.org",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(adresse):
    with pytest.raises(Invalide, match=r"adresse|enveloppe"):
        promettre_courriel(a=["paul@example.org", adresse])

    assert not Courriel.objects.exists()


@pytest.mark.parametrize(
    "adresse",
    ["Anne.O'Neil+jardin@Example.org", "élodie@example.org", "anne@forêt.fr", "a@localhost"],
)
def test_any_address_that_a_relay_can_carry_is_accepted(adresse):
    assert promettre_courriel(a=[adresse]).a == [adresse]


def test_a_badly_written_copy_keeps_no_mail_back(settings):
    settings.COURRIEL_BCC = ["archives"]

    assert promettre_courriel().bcc == ["archives"]


def test_the_people_of_the_firm_get_a_message_each():
    contenu = Contenu("Bonjour", "Texte")
    adresses = ["anne@example.org", "paul@example.org", "anne@example.org"]

    promis = promettre_a_chacun(adresses, genre="essai", contenu=contenu, bcc=[])

    assert [courriel.a for courriel in promis] == [["anne@example.org"], ["paul@example.org"]]
    assert {(c.objet, c.texte, *c.bcc) for c in promis} == {("Bonjour", "Texte")}


def test_a_waiting_mail_is_cancelled_once(auteur):
    courriel = promettre_courriel()

    annule = annuler(courriel, par=auteur)

    assert (annule.statut, annule.reponse) == (Statut.ANNULE, "Annulé par Claire Moreau.")
    entree = Entree.objects.get(action="courriel.annule")
    assert (entree.objet_id, entree.acteur) == (courriel.pk, auteur.user)
    with pytest.raises(Conflit):
        annuler(courriel, par=auteur)
    assert Entree.objects.count() == 1


@pytest.mark.parametrize("statut", sorted(set(Statut) - {Statut.EN_ATTENTE}))
def test_only_a_waiting_mail_is_cancelled(statut):
    courriel = en_etat(statut)

    with pytest.raises(Conflit) as refus:
        annuler(courriel, par=ROBOT)

    assert refus.value.code == "transition_refusee"
    courriel.refresh_from_db()
    assert courriel.statut == statut
    assert not Entree.objects.exists()


@pytest.mark.parametrize(
    ("arrive", "statut", "reponse"),
    [
        (True, Statut.ENVOYE, "Arrivé, constaté par Claire Moreau."),
        (False, Statut.ECHEC, "Non arrivé, constaté par Claire Moreau."),
    ],
)
def test_a_person_settles_an_uncertain_mail(arrive, statut, reponse, auteur):
    remis = timezone.now() - timedelta(hours=1)
    courriel = en_etat(Statut.INCERTAIN, remis_le=remis)

    constate = constater(courriel, arrive=arrive, par=auteur)

    assert (constate.statut, constate.reponse) == (statut, reponse)
    assert constate.envoye_le == (remis if arrive else None)
    assert Entree.objects.get().details == {"arrive": arrive}
    with pytest.raises(Conflit):
        constater(courriel, arrive=not arrive, par=auteur)
    assert Courriel.objects.get().statut == statut


@pytest.mark.parametrize("statut", sorted(set(Statut) - {Statut.INCERTAIN}))
@pytest.mark.parametrize("arrive", [True, False])
def test_only_an_uncertain_mail_is_settled(statut, arrive):
    courriel = en_etat(statut)

    with pytest.raises(Conflit):
        constater(courriel, arrive=arrive, par=ROBOT)

    courriel.refresh_from_db()
    assert courriel.statut == statut
    assert not Entree.objects.exists()


@pytest.mark.parametrize("statut", [Statut.ENVOYE, Statut.ECHEC, Statut.ANNULE])
def test_sending_again_is_a_new_row_that_remembers_the_old_one(statut, auteur):
    document = creer_pdf()
    ancien = promettre_courriel(pieces=[document])
    envoye = timezone.now() if statut == Statut.ENVOYE else None
    Courriel.objects.update(statut=statut, envoye_le=envoye, tentatives=3)

    nouveau = renvoyer(ancien, par=auteur)

    assert (nouveau.statut, nouveau.tentatives, nouveau.renvoi_de) == (
        Statut.EN_ATTENTE, 0, ancien,
    )  # fmt: skip
    assert nouveau.message_id != ancien.message_id
    assert nouveau.en_reponse_a == ancien.message_id
    for champ in ("a", "bcc", "objet", "texte", "html", "client_ref", "type", "expediteur"):
        assert getattr(nouveau, champ) == getattr(ancien, champ)
    assert [piece.document for piece in nouveau.pieces.all()] == [document]
    assert Courriel.objects.get(pk=ancien.pk).statut == statut
    assert Entree.objects.get().details == {"ancien": ancien.pk}


@pytest.mark.parametrize("statut", [Statut.EN_ATTENTE, Statut.EN_COURS, Statut.INCERTAIN])
def test_what_may_still_leave_is_not_sent_again(statut):
    courriel = en_etat(statut)

    with pytest.raises(Conflit) as refus:
        renvoyer(courriel, par=ROBOT)

    assert refus.value.code == "transition_refusee"
    assert Courriel.objects.count() == 1


def test_the_database_knows_no_sent_mail_without_a_date():
    courriel = promettre_courriel()

    with pytest.raises(IntegrityError), transaction.atomic():
        Courriel.objects.filter(pk=courriel.pk).update(statut=Statut.ENVOYE)


@pytest.mark.parametrize(
    ("statut", "verbe", "corps", "attendu"),
    [
        (Statut.EN_ATTENTE, "annuler", {}, 200),
        (Statut.ENVOYE, "annuler", {}, 409),
        (Statut.INCERTAIN, "constater", {"arrive": True}, 200),
        (Statut.INCERTAIN, "constater", {}, 400),
        (Statut.ECHEC, "constater", {"arrive": True}, 409),
        (Statut.ECHEC, "renvoyer", {}, 201),
        (Statut.INCERTAIN, "renvoyer", {}, 409),
    ],
)
def test_the_decisions_over_http(http, statut, verbe, corps, attendu):
    courriel = en_etat(statut, remis_le=timezone.now())

    reponse = http.post(f"/api/v1/courriels/{courriel.pk}/{verbe}/", corps)

    assert reponse.status_code == attendu
    courriel.refresh_from_db()
    assert (courriel.statut != statut) is (attendu == 200)


def test_a_client_whose_address_has_accents_is_written_to(settings):
    """From the card to the envelope, in the name and in the domain."""
    client = creer_client(email="Hélène@Été.example")
    courriel = promettre_courriel(a=[client.email], client=client.pk)

    with serveur_smtp(extensions=["SMTPUTF8", "8BITMIME"]) as serveur:
        settings.EMAIL_URL = serveur.url
        envoyer_les_courriels()

    courriel.refresh_from_db()
    assert (courriel.statut, courriel.a) == ("envoye", ["hélène@été.example"])
    assert serveur.recus[0].destinataires[0] == "hélène@xn--t-9fab.example"
