"""Payments: entered within the balance, never erased, cancelled by an opposite entry."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit, Invalide
from facturation.encours import encours_du_client
from facturation.models import Imputation, Paiement
from facturation.services import annuler_paiement
from tests.facturation.factories import (
    ROBOT,
    creer_brouillon,
    creer_facture,
    ligne,
    payer,
    solde,
)

pytestmark = pytest.mark.django_db
GROSSE = [ligne(prix_unitaire=Decimal(5000))]  # 6 000,00 € TTC


def refuse(code, travail, genre=Conflit):
    avant = (Paiement.objects.count(), Imputation.objects.count(), Entree.objects.count())
    with pytest.raises(genre) as refus:
        travail()
    assert refus.value.code == code
    apres = (Paiement.objects.count(), Imputation.objects.count(), Entree.objects.count())
    assert apres == avant
    return refus.value


def test_a_payment_settles_its_invoice_and_is_journaled(auteur):
    facture = creer_facture()

    paiement = payer(facture, "120.00", par=auteur, reference="VIR 42")

    assert (paiement.client_id, paiement.saisi_par) == (facture.client_id, auteur.user)
    assert (paiement.reference, solde(facture)) == ("VIR 42", 0)
    imputation = Imputation.objects.get()
    assert (imputation.facture, imputation.montant) == (facture, Decimal("120.00"))
    entree = Entree.objects.get(action="facture.encaissee")
    assert (entree.details["montant"], entree.acteur) == ("120.00", auteur.user)


def test_partial_payments_add_up_to_the_cent():
    facture = creer_facture()

    for montant in ("0.01", "39.99", "80.00"):
        payer(facture, montant)

    assert solde(facture) == 0
    refuse("trop_percu", lambda: payer(facture, "0.01"))


@pytest.mark.parametrize(
    "montant",
    ["0", "-1", "0.001", "1.005", "NaN", "sNaN", "Infinity", "-Infinity", "1E+400", "1E-400"],
)
def test_an_impossible_amount_is_refused(montant):
    facture = creer_facture()

    erreur = refuse("invalide", lambda: payer(facture, montant), Invalide)

    assert list(erreur.champs) == ["montant"]


def test_trailing_zeros_are_no_more_than_cents():
    facture = creer_facture()

    payer(facture, "20.000")

    assert solde(facture) == Decimal("100.00")


def test_more_than_the_balance_is_refused():
    facture = creer_facture()

    erreur = refuse("trop_percu", lambda: payer(facture, "120.01"))

    assert "120,00" in erreur.message


def test_a_draft_takes_no_payment():
    brouillon = creer_brouillon()

    refuse("facture_non_emise", lambda: payer(brouillon, "10.00"))


@pytest.mark.parametrize(("montant", "permis"), [("1000.00", True), ("1000.01", False)])
def test_cash_stops_at_a_thousand_euros(montant, permis):
    facture = creer_facture(lignes=GROSSE)

    if permis:
        assert payer(facture, montant, mode="especes").montant == 1000
    else:
        erreur = refuse("invalide", lambda: payer(facture, montant, mode="especes"), Invalide)
        assert list(erreur.champs) == ["montant"]


def test_splitting_a_payment_does_not_lift_the_limit_of_cash():
    facture = creer_facture(lignes=GROSSE)
    premier = payer(facture, "600.00", mode="especes")

    refuse("invalide", lambda: payer(facture, "400.01", mode="especes"), Invalide)
    payer(facture, "2000.00", mode="virement")
    annuler_paiement(premier, motif="rendu", par=ROBOT)

    assert payer(facture, "1000.00", mode="especes").montant == 1000


@time_machine.travel("2026-06-10T22:30:00+00:00", tick=False)  # already the 11th in Paris
def test_a_payment_is_not_entered_ahead():
    facture = creer_facture()
    aujourdhui = timezone.localdate()

    assert payer(facture, "1.00", le=aujourdhui).le.day == 11
    erreur = refuse(
        "invalide", lambda: payer(facture, "1.00", le=aujourdhui + timedelta(days=1)), Invalide
    )
    assert list(erreur.champs) == ["le"]


def test_a_payment_before_its_invoice_is_refused():
    facture = creer_facture()

    erreur = refuse(
        "invalide", lambda: payer(facture, "1.00", le=facture.date - timedelta(days=1)), Invalide
    )

    assert list(erreur.champs) == ["le"]


def test_cancelling_makes_the_balance_due_again(auteur):
    facture = creer_facture()
    paiement = payer(facture, "120.00", mode="cheque")

    oppose = annuler_paiement(paiement, motif="sans provision", par=auteur)

    assert (oppose.montant, oppose.annule, oppose.mode) == (-120, paiement, "cheque")
    assert (oppose.reference, solde(facture)) == ("sans provision", Decimal("120.00"))
    paiement.refresh_from_db()
    assert paiement.montant == 120
    entree = Entree.objects.get(action="paiement.annule")
    assert entree.details == {"motif": "sans provision", "montant": "120.00"}


def test_a_payment_is_cancelled_once_and_a_cancellation_never():
    paiement = payer(creer_facture(), "50.00")
    oppose = annuler_paiement(paiement, motif="erreur", par=ROBOT)

    refuse("deja_annule", lambda: annuler_paiement(paiement, motif="encore", par=ROBOT))
    refuse("transition_refusee", lambda: annuler_paiement(oppose, motif="encore", par=ROBOT))


def test_a_cancelled_payment_is_entered_again():
    facture = creer_facture()
    annuler_paiement(payer(facture, "120.00"), motif="erreur de date", par=ROBOT)

    payer(facture, "120.00")

    assert solde(facture) == 0
    assert Paiement.objects.count() == 3


def test_the_outstanding_amount_counts_issued_balances_only():
    with time_machine.travel("2026-06-01T12:00:00+02:00", tick=False):
        facture = creer_facture()
        client = facture.client
        creer_brouillon(client=client)
    with time_machine.travel("2026-07-01T12:00:00+02:00", tick=False):  # the due date itself
        payer(facture, "20.00")
        creer_facture(client=client)
        creer_facture()
        attendu = {
            "client": client.pk, "solde": "220.00", "factures_ouvertes": 2, "avances": "0.00",
        }  # fmt: skip
        assert encours_du_client(client.pk) == attendu | {
            "en_retard": "0.00", "factures_en_retard": 0,
        }  # fmt: skip
    with time_machine.travel("2026-07-02T00:00:00+02:00", tick=False):
        assert encours_du_client(client.pk) == attendu | {
            "en_retard": "100.00", "factures_en_retard": 1,
        }  # fmt: skip
