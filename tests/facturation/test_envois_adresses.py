"""The client's address is asked again just before a mail leaves: the old one may be another's."""

import pytest
from django.utils import timezone

from artjardin.audit.models import Entree
from artjardin.outbox.models import Courriel, Rebond
from artjardin.outbox.services import envoyer_les_courriels, renvoyer
from artjardin.storage.services import produire_les_promis
from clients.models import Client
from facturation import services
from facturation.models import Evenement
from tests.artjardin.serveurs import serveur_smtp
from tests.facturation.factories import (
    ROBOT,
    crediter,
    creer_devis_finalise,
    creer_facture,
    payer,
)

pytestmark = pytest.mark.django_db
BUREAU = "bureau@essais.example"
NOUVELLE = "nouvelle@example.org"


@pytest.fixture
def balayer(settings):
    """Make the PDFs, send what waits; gives back (recipient, subject) of what was received."""
    producteurs = dict.fromkeys(settings.DOCUMENT_PRODUCTEURS, "tests.facturation.factories.pdf")
    settings.DOCUMENT_PRODUCTEURS = producteurs

    def envoyer():
        produire_les_promis()
        with serveur_smtp() as serveur:
            settings.EMAIL_URL = serveur.url
            envoyer_les_courriels()
        return [(str(r.message["To"]), str(r.message["Subject"])) for r in serveur.recus]

    return envoyer


def devis_envoye():
    return services.envoyer_devis(creer_devis_finalise(), par=ROBOT)


def facture_envoyee():
    return services.envoyer_facture(creer_facture(), par=ROBOT)


def avoir_envoye():
    return services.envoyer_facture(crediter(creer_facture()), par=ROBOT)


def devis_accepte():
    devis = creer_devis_finalise()
    Evenement.objects.filter(pk="devis_accepte").update(vers="client")
    services.accepter_devis(devis, par=ROBOT)
    return Courriel.objects.get()


def facture_payee():
    facture = creer_facture()
    Evenement.objects.filter(pk="facture_payee").update(vers="client")
    payer(facture, "120.00")
    return Courriel.objects.get()


TOUS = [devis_envoye, devis_accepte, facture_envoyee, avoir_envoye, facture_payee]


def changer(adresse):
    Client.objects.update(email=adresse)


@pytest.mark.parametrize("promettre", TOUS)
def test_a_mail_that_waits_leaves_to_the_address_of_today_only(promettre, balayer):
    premier = promettre()
    changer(NOUVELLE)

    assert balayer() == [(NOUVELLE, premier.objet)]

    premier.refresh_from_db()
    parti = Courriel.objects.get(statut="envoye")
    assert (premier.statut, parti.texte) == ("annule", premier.texte)
    assert "L'adresse du client a changé" in premier.reponse
    assert (parti.type, parti.bcc, parti.sujet_id) == (
        premier.type,
        premier.bcc,
        premier.sujet_id,
    )
    assert jointes(parti) == jointes(premier)
    [entree] = Entree.objects.filter(action="courriel.readresse")
    assert entree.details == {"ancien": premier.pk, "a": NOUVELLE}


def jointes(courriel):
    return set(courriel.pieces.values_list("document", flat=True))


@pytest.mark.parametrize("promettre", TOUS)
def test_a_mail_that_waits_for_its_client_leaves_as_it_was(promettre, balayer):
    courriel = promettre()

    assert balayer() == [(courriel.a[0], courriel.objet)]
    assert Courriel.objects.count() == 1


@pytest.mark.parametrize("promettre", [devis_envoye, facture_envoyee])
def test_a_mail_sent_again_goes_to_the_address_of_today(promettre, balayer):
    premier = promettre()
    Courriel.objects.update(statut="envoye", envoye_le=timezone.now())
    changer(NOUVELLE)
    renvoyer(premier, par=ROBOT)

    assert balayer() == [(NOUVELLE, premier.objet)]


@pytest.mark.parametrize("promettre", TOUS)
@pytest.mark.parametrize(
    ("adresse", "obstacle"), [("", "pas d'adresse e-mail"), (NOUVELLE, "adresse en erreur")]
)
def test_where_no_mail_arrives_the_firm_is_told_to_post(promettre, adresse, obstacle, balayer):
    premier = promettre()
    changer(adresse)
    Rebond.objects.create(adresse=NOUVELLE, definitif=True, source=Rebond.Source.IMAP, clef="r")

    [(a, sujet)] = balayer()

    premier.refresh_from_db()
    interne = Courriel.objects.get(type="interne")
    assert (premier.statut, a) == ("annule", BUREAU)
    assert "à poster" in premier.reponse
    assert "À poster" in sujet
    assert obstacle in interne.texte
    assert jointes(interne) == jointes(premier)


def test_an_invoice_paid_meanwhile_asks_the_new_address_for_nothing(balayer):
    services.modifier_entreprise(par=ROBOT, iban="FR7630006000011234567890189")
    facture = creer_facture()
    services.envoyer_facture(facture, par=ROBOT)
    changer(NOUVELLE)
    payer(facture, facture.total_ttc)

    assert [a for a, _ in balayer()] == [NOUVELLE]

    parti = Courriel.objects.get(statut="envoye")
    assert "IBAN" not in parti.texte + parti.html
