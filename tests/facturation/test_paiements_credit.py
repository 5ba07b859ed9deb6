"""Money of a client beyond one invoice: several at once, credit kept, used later, given back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from artjardin.audit.models import Entree
from artjardin.erreurs import Invalide
from facturation.models import Imputation, Paiement
from facturation.services import annuler_paiement, imputer, recevoir_paiement, rembourser
from tests.clients.factories import creer_client
from tests.facturation.etat import refuse
from tests.facturation.factories import (
    ROBOT,
    crediter,
    creer_brouillon,
    creer_facture,
    ligne,
    payer,
    solde,
)

pytestmark = pytest.mark.django_db
GROSSE = [ligne(prix_unitaire=Decimal(5000))]  # 6 000,00 € TTC


def recevoir(client, montant, *parts, mode="virement", le=None, **champs):
    return recevoir_paiement(
        client,
        montant=Decimal(montant),
        mode=mode,
        le=le or timezone.localdate(),
        par=ROBOT,
        parts=[(facture, Decimal(part)) for facture, part in parts],
        **champs,
    )


def rendre(paiement, montant, *, mode="virement", le=None):
    return rembourser(
        paiement,
        montant=Decimal(montant),
        mode=mode,
        le=le or timezone.localdate(),
        motif="trop versé",
        par=ROBOT,
    )


def verser(paiement, facture, montant):
    return imputer(paiement, facture, montant=Decimal(montant), par=ROBOT)


def credit(paiement):
    return Paiement.objects.avec_credit().get(pk=paiement.pk).credit


def deux_factures():
    client = creer_client()
    return client, creer_facture(client=client), creer_facture(client=client)


def test_one_payment_settles_several_invoices():
    client, une, autre = deux_factures()

    paiement = recevoir(client, "200.00", (une, "120.00"), (autre, "50.00"))

    assert (solde(une), solde(autre), credit(paiement)) == (0, 70, 30)
    assert set(Imputation.objects.values_list("facture", "montant", "le")) == {
        (une.pk, Decimal("120.00"), None),
        (autre.pk, Decimal("50.00"), None),
    }


def test_the_parts_do_not_exceed_what_was_received():
    client, une, autre = deux_factures()

    erreur = refuse(
        "invalide", lambda: recevoir(client, "150.00", (une, "120.00"), (autre, "30.01")), Invalide
    )

    assert list(erreur.champs) == ["imputations"]


def test_an_invoice_is_named_once():
    client, une, _ = deux_factures()

    erreur = refuse(
        "invalide", lambda: recevoir(client, "100.00", (une, "10.00"), (une, "20.00")), Invalide
    )

    assert list(erreur.champs) == ["imputations"]


def test_all_the_parts_or_none():
    client, une, autre = deux_factures()

    refuse("trop_percu", lambda: recevoir(client, "300.00", (une, "120.00"), (autre, "120.01")))


def test_neither_a_draft_nor_a_credit_note_nor_another_client_is_paid():
    client, une, _ = deux_factures()
    brouillon, ailleurs = creer_brouillon(client=client), creer_facture()
    avoir = crediter(une, lignes=[ligne(prix_unitaire=Decimal(10))])

    for facture, code in (
        (brouillon, "facture_non_emise"),
        (avoir, "facture_non_emise"),
        (ailleurs, "facture_d_un_autre"),
    ):
        refuse(code, lambda f=facture: recevoir(client, "50.00", (une, "1.00"), (f, "1.00")))


def test_what_exceeds_the_balance_is_kept_only_when_asked():
    facture = creer_facture()

    refuse("trop_percu", lambda: payer(facture, "150.00"))
    paiement = payer(facture, "150.00", garder_le_surplus=True)

    assert (solde(facture), credit(paiement)) == (0, 30)
    assert Entree.objects.get(action="facture.encaissee").details["montant"] == "120.00"


def test_the_surplus_of_a_paid_invoice_is_credit_whole():
    facture = creer_facture()
    payer(facture, "120.00")

    paiement = payer(facture, "80.00", garder_le_surplus=True)

    assert (solde(facture), credit(paiement)) == (0, 80)


def test_a_deposit_received_first_is_allocated_when_the_invoice_comes():
    client = creer_client()
    paiement = recevoir(client, "200.00")
    facture = creer_facture(client=client)

    assert verser(paiement, facture, "120.00") == 120

    imputation = Imputation.objects.get()
    assert (imputation.montant, imputation.le) == (120, timezone.localdate())
    assert (solde(facture), credit(paiement)) == (0, 80)
    entree = Entree.objects.get(action="facture.imputee")
    assert (entree.objet_id, entree.details["paiement"]) == (facture.pk, paiement.numero)


def test_an_allocation_is_within_the_credit_and_the_balance():
    client, une, autre = deux_factures()
    paiement = recevoir(client, "100.00", (autre, "20.00"))

    refuse("credit_insuffisant", lambda: verser(paiement, une, "80.01"))
    payer(une, "60.00")
    refuse("trop_percu", lambda: verser(paiement, une, "60.01"))
    for montant in ("0", "-1", "0.001", "NaN", "Infinity"):
        refuse("invalide", lambda m=montant: verser(paiement, une, m), Invalide)
    assert verser(paiement, une, "60.00") == 60


def test_credit_does_not_go_to_a_draft_a_credit_note_or_another_client():
    client, une, _ = deux_factures()
    paiement = recevoir(client, "100.00")
    avoir = crediter(une, lignes=[ligne(prix_unitaire=Decimal(10))])
    brouillon = creer_brouillon(client=client)

    for facture, code in (
        (brouillon, "facture_non_emise"),
        (avoir, "facture_non_emise"),
        (creer_facture(), "facture_d_un_autre"),
    ):
        refuse(code, lambda f=facture: verser(paiement, f, "1.00"))


def test_credit_is_given_back_by_an_entry_of_its_own():
    paiement = payer(creer_facture(), "150.00", garder_le_surplus=True)

    rendu = rendre(paiement, "20.00")

    assert (rendu.montant, rendu.rembourse, rendu.reference) == (-20, paiement, "trop versé")
    assert rendu.numero > paiement.numero
    assert (credit(paiement), credit(rendu)) == (10, 0)
    refuse("credit_insuffisant", lambda: rendre(paiement, "10.01"))
    refuse("credit_insuffisant", lambda: rendre(rendu, "1.00"))


def test_what_was_given_back_is_not_allocated():
    client = creer_client()
    paiement = recevoir(client, "120.00")
    rendre(paiement, "100.00")
    facture = creer_facture(client=client)

    refuse("credit_insuffisant", lambda: verser(paiement, facture, "20.01"))
    assert verser(paiement, facture, "20.00") == 20


def test_money_does_not_go_back_before_it_came():
    paiement = recevoir(creer_client(), "100.00")
    veille = timezone.localdate() - timedelta(days=1)

    erreur = refuse("invalide", lambda: rendre(paiement, "1.00", le=veille), Invalide)

    assert list(erreur.champs) == ["le"]


@pytest.mark.parametrize("montant", ["0", "-1", "0.001", "NaN", "1E+400"])
def test_an_impossible_amount_is_not_given_back(montant):
    paiement = recevoir(creer_client(), "100.00")

    refuse("invalide", lambda: rendre(paiement, montant), Invalide)


def test_a_payment_given_back_in_part_is_not_cancelled():
    paiement = recevoir(creer_client(), "100.00")
    rendu = rendre(paiement, "1.00")

    refuse("deja_rembourse", lambda: annuler_paiement(paiement, motif="erreur", par=ROBOT))
    annuler_paiement(rendu, motif="erreur", par=ROBOT)
    assert annuler_paiement(paiement, motif="erreur", par=ROBOT).montant == -100


def test_a_refund_entered_by_mistake_is_cancelled_and_the_credit_is_back():
    paiement = recevoir(creer_client(), "100.00")
    rendu = rendre(paiement, "60.00")

    oppose = annuler_paiement(rendu, motif="erreur", par=ROBOT)

    assert (oppose.montant, oppose.annule, oppose.rembourse) == (60, rendu, paiement)
    assert (credit(paiement), credit(rendu), credit(oppose)) == (100, 0, 0)
    refuse("deja_annule", lambda: annuler_paiement(rendu, motif="encore", par=ROBOT))
    refuse("transition_refusee", lambda: annuler_paiement(oppose, motif="encore", par=ROBOT))
    assert rendre(paiement, "100.00").montant == -100


def test_a_cancelled_payment_has_no_credit():
    paiement = recevoir(creer_client(), "100.00")
    facture = creer_facture(client=paiement.client)
    oppose = annuler_paiement(paiement, motif="sans provision", par=ROBOT)

    for sans in (paiement, oppose):
        assert credit(sans) == 0
        refuse("credit_insuffisant", lambda p=sans: verser(p, facture, "1.00"))
        refuse("credit_insuffisant", lambda p=sans: rendre(p, "1.00"))


def test_cancelling_takes_back_what_was_left_on_each_invoice():
    client, une, autre = deux_factures()
    paiement = recevoir(client, "200.00", (une, "120.00"), (autre, "60.00"))
    crediter(une, lignes=[ligne(prix_unitaire=Decimal(50))])  # frees 60,00 €
    assert credit(paiement) == 80

    annuler_paiement(paiement, motif="sans provision", par=ROBOT)

    assert (solde(une), solde(autre), credit(paiement)) == (60, 120, 0)


def test_cash_allocated_later_stays_under_the_limit():
    client = creer_client()
    facture = creer_facture(client=client, lignes=GROSSE)
    premier, second = (recevoir(client, "1000.00", mode="especes") for _ in range(2))
    verser(premier, facture, "900.00")

    refuse("invalide", lambda: verser(second, facture, "100.01"), Invalide)
    assert verser(second, facture, "100.00") == 100


def test_cash_without_an_invoice_stays_under_the_limit_too():
    client = creer_client()

    refuse("invalide", lambda: recevoir(client, "1000.01", mode="especes"), Invalide)
    recu = recevoir(client, "1500.00")
    refuse("invalide", lambda: rendre(recu, "1000.01", mode="especes"), Invalide)
    assert recevoir(client, "1000.00", mode="especes").montant == 1000


def test_payments_are_numbered_in_their_own_series():
    client = creer_client()

    premier, second = recevoir(client, "1.00"), recevoir(client, "2.00")
    oppose = annuler_paiement(premier, motif="erreur", par=ROBOT)

    annee = timezone.localdate().year
    assert [p.numero for p in (premier, second, oppose)] == [
        f"ENC-{annee}-{rang:04d}" for rang in (1, 2, 3)
    ]
    actions = Entree.objects.filter(action="paiement.recu")
    assert [entree.apres["montant"] for entree in actions.order_by("id")] == ["1.00", "2.00"]
