"""Payments in the office's admin: received, shared, allocated, given back, cancelled."""

import pytest
from django.utils import timezone

from artjardin.audit.models import Entree
from facturation.models import Facture, Paiement
from tests.artjardin.navigateur import messages_de, ouvrir, page
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_facture, payer, solde

REPARTIR, ENREGISTRER = "Répartir sur les factures", "Enregistrer le paiement"


@pytest.fixture
def navigateur(patron):
    return ouvrir(patron)


@pytest.fixture
def emise(db):
    return creer_facture()


def test_a_payment_is_entered_then_cancelled(emise, navigateur):
    donnees = {"montant": "12.50", "mode": "cheque", "le": timezone.localdate().isoformat()}
    navigateur.post(page(emise, "encaisser"), donnees)
    paiement = Paiement.objects.get()
    restait = solde(emise)
    navigateur.post(page(paiement, "annuler"), {"motif": "Chèque sans provision"})

    assert str(restait) == "107.50"
    assert solde(emise) == emise.total_ttc
    assert Entree.objects.filter(action="paiement.annule").exists()


@pytest.fixture
def deux(db):
    """Two invoices of one client, 120,00 € each, the first due first."""
    client = creer_client()
    avant = timezone.localdate() - timezone.timedelta(days=40)
    return creer_facture(client=client, le=avant), creer_facture(client=client)


@pytest.fixture
def credit(emise):
    """A payment with 30,00 € left."""
    return payer(emise, "150", garder_le_surplus=True)


def aujourdhui():
    return timezone.localdate().isoformat()


def argent(client, montant, **champs):
    recu = {"client": client.pk, "montant": montant, "mode": "virement", "le": aujourdhui()}
    return recu | {"reparti_pour": client.pk, "etape": REPARTIR} | champs


def test_a_payment_is_shared_over_the_oldest_first(deux, navigateur):
    ancienne, recente = deux
    reponse = navigateur.post(page(Paiement, "add"), argent(ancienne.client, "150"))

    form = reponse.context["form"]
    assert [form[f"part_{facture.pk}"].value() for facture in deux] == ["120.00", "30.00"]
    assert not Paiement.objects.exists()
    suite = argent(ancienne.client, "150", etape=ENREGISTRER)
    suite |= {f"part_{ancienne.pk}": "120.00", f"part_{recente.pk}": "20.00"}
    fait = navigateur.post(page(Paiement, "add"), suite, follow=True)

    assert (solde(ancienne), solde(recente)) == (0, 100)
    assert Paiement.objects.avec_credit().get().credit == 10
    assert "dont 10,00\xa0€ gardés en crédit" in messages_de(fait)[0]


def test_money_without_an_invoice_is_kept_as_credit(navigateur):
    client = creer_client()
    navigateur.post(page(Paiement, "add"), argent(client, "80", etape=ENREGISTRER))

    assert Paiement.objects.avec_credit().get(client=client).credit == 80


def test_another_client_is_shared_again_before_anything_is_written(deux, navigateur):
    autre = creer_facture()
    saisie = argent(autre.client, "50", etape=ENREGISTRER, reparti_pour=deux[0].client_id)
    reponse = navigateur.post(page(Paiement, "add"), saisie)

    assert reponse.context["form"][f"part_{autre.pk}"].value() == "50"
    assert not Paiement.objects.exists()


@pytest.mark.parametrize(
    ("champs", "dit"),
    [
        ({"montant": "10"}, "dépasse le montant reçu"),
        ({"montant": ""}, "obligatoire"),
        ({"mode": "especes", "montant": "1500"}, "les espèces sont interdites"),
        ({"le": "2020-01-01"}, "précède celle de la facture"),
    ],
    ids=["more than received", "no amount", "cash", "too early"],
)
def test_a_refused_payment_stays_typed(champs, dit, emise, navigateur):
    saisie = argent(emise.client, "100", etape=ENREGISTRER, reference="CHQ 12")
    saisie |= {f"part_{emise.pk}": "100"} | champs
    reponse = navigateur.post(page(Paiement, "add"), saisie)

    contenu = reponse.content.decode()
    assert dit in contenu
    assert 'value="CHQ 12"' in contenu
    assert not Paiement.objects.exists()


def test_the_page_opens_for_the_client_of_a_link(emise, navigateur):
    reponse = navigateur.get(page(emise.client, "recevoir"), follow=True)

    assert emise.client.designation in reponse.content.decode()


def test_the_credit_settles_another_invoice(credit, navigateur):
    autre = creer_facture(client=credit.client)
    navigateur.post(page(credit, "imputer"), {"facture": autre.pk, "montant": ""})

    assert solde(autre) == 90
    assert Paiement.objects.avec_credit().get().credit == 0


def test_more_than_the_credit_is_refused(credit, navigateur):
    autre = creer_facture(client=credit.client)
    reponse = navigateur.post(page(credit, "imputer"), {"facture": autre.pk, "montant": "31"})

    assert "à imputer" in reponse.content.decode()
    assert solde(autre) == 120


def test_the_credit_is_given_back(credit, navigateur):
    donnees = {"montant": "30", "mode": "virement", "le": aujourdhui(), "motif": "Trop versé"}
    trop = navigateur.post(page(credit, "rembourser"), donnees | {"montant": "31"})
    navigateur.post(page(credit, "rembourser"), donnees)

    assert "à imputer" in trop.content.decode()
    rendu = Paiement.objects.get(rembourse=credit)
    assert (rendu.montant, rendu.reference) == (-30, "Trop versé")
    assert page(rendu) in navigateur.get(page(credit)).content.decode()


def test_the_list_shows_numbers_and_credit(credit, navigateur):
    payer(creer_facture(), "120")
    liste = navigateur.get(page(Paiement, "changelist"), {"credit": "oui"})

    assert liste.context["cl"].result_count == 1
    assert credit.numero in liste.content.decode()
    assert "30,00\xa0€" in liste.content.decode()


def test_the_accountant_enters_nothing(credit, comptable):
    http = ouvrir(comptable)

    assert http.get(page(credit)).status_code == 200
    for decision in ("imputer", "rembourser", "annuler"):
        assert http.post(page(credit, decision), {}).status_code == 403
    assert http.post(page(Paiement, "add"), argent(credit.client, "10")).status_code == 403
    assert Paiement.objects.count() == 1
    assert Facture.objects.count() == 1
