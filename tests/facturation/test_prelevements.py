"""Direct debits: announced, frozen, chained, refused; never two demands for one euro."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone
from lxml import etree

from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit, Invalide
from artjardin.outbox.models import Courriel
from facturation import services
from facturation.contenu import contenu_facture
from facturation.controle import controler
from facturation.documents import contexte_facture
from facturation.facturx.verification import verifier_facture
from facturation.facturx.xml import xml_de
from facturation.models import Evenement, Facture, MandatPrelevement, Prelevement
from facturation.rendu import en_html
from tests.clients.factories import creer_client
from tests.facturation.factories import (
    ROBOT,
    crediter,
    creer_brouillon,
    creer_devis_accepte,
    creer_facture,
    creer_professionnel,
    facturer,
    mandater,
    payer,
)
from tests.facturation.test_facturx import NOMS

pytestmark = pytest.mark.django_db
IBAN = "FR7630006000011234567890189"
COMPTE = "FR1420041010050500013M02606"
ICS = "FR72ZZZ123456"


@pytest.fixture(autouse=True)
def _banque():
    services.modifier_entreprise(par=ROBOT, iban=IBAN, bic="AGRIFRPP", ics=ICS)


def creer_prelevee(client=None, **champs):
    client = client or creer_client()
    mandater(client)
    return creer_facture(client=client, **champs)


def suivi(facture, *, jours=0):
    """Whether the debit is under way, or without news, that many days after its day."""
    au = facture.echeance + timedelta(days=jours)
    lue = Facture.objects.avec_solde().avec_prelevement(au=au).get(pk=facture.pk)
    return lue.preleve_en_cours, lue.prelevement_sans_nouvelle


def relue(facture):
    return Facture.objects.select_related("prelevement").get(pk=facture.pk)


@pytest.mark.parametrize("preparer", [creer_brouillon, creer_devis_accepte])
def test_a_draft_of_a_client_with_a_mandate_is_to_be_debited(preparer):
    client = creer_client()
    mandater(client)
    document = preparer(client=client)
    facture = document if isinstance(document, Facture) else facturer(document)

    assert facture.preleve is True


@pytest.mark.parametrize("champs", [{"actif": False}, None])
def test_without_an_active_mandate_it_is_not(champs):
    client = creer_client()
    if champs:
        mandater(client, **champs)

    assert creer_brouillon(client=client).preleve is False


def test_a_draft_given_to_another_client_follows_that_client():
    sans, avec = creer_client(), creer_client()
    mandater(avec)

    facture = services.modifier_facture(creer_brouillon(client=sans), client=avec, par=ROBOT)

    assert facture.preleve is True


def test_the_issue_freezes_what_the_bank_will_do():
    facture = creer_prelevee()
    mandater(facture.client, rum="AUTRE", iban=IBAN)

    prelevement = relue(facture).prelevement

    assert (prelevement.rum, prelevement.iban) == (f"AJ-{facture.client_id}", COMPTE)
    assert (prelevement.ics, prelevement.prevu_le) == (ICS, facture.echeance)
    assert contenu_facture(relue(facture))["prelevement"]["rum"] == prelevement.rum
    assert controler().anomalies == []


@pytest.mark.parametrize(
    "champs",
    [{"rum": "X"}, {"iban": IBAN}, {"prevu_le": date(2027, 1, 1)}, {"ics": "FR00"}],
)
def test_what_was_announced_does_not_change(champs):
    facture = creer_prelevee()

    with pytest.raises(ProgrammingError), transaction.atomic():
        Prelevement.objects.filter(facture=facture).update(**champs)
    with pytest.raises(ProgrammingError), transaction.atomic():
        Prelevement.objects.filter(facture=facture).delete()


def test_an_issued_invoice_is_not_given_a_debit_afterwards():
    facture = creer_facture()

    with pytest.raises(IntegrityError), transaction.atomic():
        Prelevement.objects.create(
            facture=facture, ics=ICS, rum="X", iban=COMPTE, prevu_le=facture.echeance
        )


def test_an_invoice_that_is_not_debited_freezes_nothing_of_it():
    assert "prelevement" not in contenu_facture(relue(creer_facture()))


@pytest.mark.parametrize(
    ("retirer", "code"),
    [
        (lambda client: mandater(client, actif=False), "sans_mandat"),
        (lambda _: services.modifier_entreprise(par=ROBOT, ics=""), "document_incomplet"),
    ],
)
def test_what_cannot_be_debited_is_not_issued_as_such(retirer, code):
    client = creer_client()
    mandater(client)
    brouillon = creer_brouillon(client=client)
    retirer(client)

    with pytest.raises(Conflit) as refus:
        services.emettre_facture(brouillon, par=ROBOT)

    assert refus.value.code == code
    assert relue(brouillon).statut == "brouillon"


def test_a_credit_note_is_never_debited():
    avoir = crediter(creer_prelevee())

    assert avoir.preleve is False
    assert not Prelevement.objects.filter(facture=avoir).exists()


def test_the_document_and_the_mail_ask_for_no_transfer():
    Evenement.objects.filter(pk="facture_emise").update(vers="client")
    facture = creer_prelevee()
    dessine = en_html("pdf/facture.html", contexte_facture(contenu_facture(relue(facture))))
    courriel = Courriel.objects.get()

    for texte in (dessine, courriel.texte, courriel.html):
        assert "prélèvement SEPA" in texte
        assert f"AJ-{facture.client_id}" in texte
        assert IBAN not in texte.replace(" ", "")
        assert COMPTE not in texte.replace(" ", "")
        assert "virement" not in texte
    assert "FR14 … 2606" in dessine
    assert "<img" not in dessine.partition("<h2>Règlement</h2>")[2]


@pytest.mark.parametrize("creer", [creer_client, creer_professionnel])
def test_the_factur_x_says_debit_mandate_and_account(creer):
    facture = creer_prelevee(client=creer())
    xml = xml_de(contenu_facture(relue(facture)))
    racine = etree.fromstring(xml)
    moyen = racine.find(".//ram:SpecifiedTradeSettlementPaymentMeans", NOMS)

    assert moyen.findtext("ram:TypeCode", namespaces=NOMS) == "59"
    assert moyen.findtext("ram:PayerPartyDebtorFinancialAccount/ram:IBANID", None, NOMS) == COMPTE
    assert moyen.find("ram:PayeePartyCreditorFinancialAccount", NOMS) is None
    assert racine.findtext(".//ram:DirectDebitMandateID", None, NOMS) == f"AJ-{facture.client_id}"
    assert racine.findtext(".//ram:CreditorReferenceID", None, NOMS) == ICS
    assert verifier_facture(xml) == []


def test_a_refused_debit_is_asked_for_like_another():
    facture = creer_prelevee()
    assert suivi(facture) == (True, False)

    services.rejeter_le_prelevement(facture, motif="Provision insuffisante", par=ROBOT)

    prelevement = Prelevement.objects.get()
    assert suivi(facture) == (False, False)
    assert prelevement.motif_rejet == "Provision insuffisante"
    assert Entree.objects.filter(action="facture.prelevement_rejete").count() == 1
    assert controler().anomalies == []
    with pytest.raises(Conflit) as refus:
        services.rejeter_le_prelevement(facture, motif="encore", par=ROBOT)
    assert refus.value.code == "deja_rejete"


@pytest.mark.parametrize(
    ("jours", "attendu"), [(0, (True, False)), (5, (True, False)), (6, (False, True))]
)
def test_five_days_after_its_day_a_debit_is_without_news(jours, attendu):
    assert suivi(creer_prelevee(), jours=jours) == attendu


@pytest.mark.parametrize(
    "dire",
    [
        lambda f: payer(f, f.total_ttc, mode="prelevement"),
        crediter,
        lambda f: services.rejeter_le_prelevement(f, motif="refus", par=ROBOT),
    ],
)
def test_a_debit_paid_credited_or_refused_is_not_without_news(dire):
    facture = creer_prelevee()
    dire(facture)

    assert suivi(facture, jours=6) == (False, False)


@pytest.mark.parametrize(("recu", "sans_nouvelle"), [("113.99", True), ("114.00", False)])
def test_the_warranty_left_after_the_debit_is_not_waited_for(recu, sans_nouvelle):
    facture = creer_prelevee(retenue_taux=Decimal(5))
    payer(facture, recu, mode="prelevement")

    assert suivi(facture, jours=6) == (False, sans_nouvelle)


def test_an_invoice_paid_otherwise_has_no_debit():
    facture = creer_facture()

    assert suivi(facture) == (False, False)
    with pytest.raises(Conflit) as refus:
        services.rejeter_le_prelevement(facture, motif="non", par=ROBOT)
    assert refus.value.code == "sans_prelevement"


def test_a_refused_debit_asks_for_a_transfer_in_the_next_mail():
    facture = creer_prelevee()
    services.rejeter_le_prelevement(facture, motif="refus", par=ROBOT)

    courriel = services.envoyer_facture(facture, par=ROBOT)

    assert IBAN in courriel.texte.replace(" ", "")
    assert "prélèvement" not in courriel.texte


def test_what_the_client_keeps_as_a_warranty_is_not_debited():
    client = creer_client()
    mandater(client)
    facture = creer_facture(client=client, retenue_taux=Decimal(5))
    contexte = contexte_facture(contenu_facture(relue(facture)))

    assert contexte["net"] == Decimal("114.00")
    assert "114,00" in en_html("pdf/facture.html", contexte).partition("<h2>Règlement</h2>")[2]


@pytest.mark.parametrize(
    ("champs", "champ"),
    [
        ({"iban": "FR7630006000011234567890180"}, "iban"),
        ({"rum": "été"}, "rum"),
        ({"rum": ""}, "rum"),
        ({"signe_le": timezone.localdate() + timedelta(days=1)}, "signe_le"),
    ],
)
def test_a_mandate_that_the_bank_would_refuse_is_refused(champs, champ):
    with pytest.raises(Invalide) as refus:
        mandater(creer_client(), **champs)

    assert champ in refus.value.champs
    assert not MandatPrelevement.objects.exists()


def test_a_reference_is_that_of_one_mandate():
    mandater(creer_client(), rum="AJ-1")

    with pytest.raises(Conflit) as refus:
        mandater(creer_client(), rum="AJ-1")

    assert refus.value.code == "rum_prise"


def test_the_api_shows_the_debit_and_notes_its_refusal(http):
    facture = creer_prelevee()
    chemin = f"/api/v1/factures/{facture.pk}/"

    vue = http.get(chemin).json()
    rejet = http.post(f"{chemin}rejeter-prelevement/", {"motif": "Compte clos"})

    assert (vue["preleve"], vue["prelevement"]["rejete_le"]) == (True, None)
    assert rejet.status_code == 200, rejet.content
    assert rejet.json()["prelevement"]["motif_rejet"] == "Compte clos"
