"""Credit notes: whole, partial, several; never more than the invoice, by rate and in all."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.utils import timezone

from artjardin.erreurs import Invalide
from artjardin.softdelete.services import restaurer, supprimer
from facturation.models import Facture, Imputation, Paiement
from facturation.services import (
    emettre_facture,
    faire_un_avoir,
    modifier_entreprise,
    modifier_facture,
)
from tests.clients.factories import creer_client
from tests.facturation.etat import refuse
from tests.facturation.factories import (
    ROBOT,
    crediter,
    creer_brouillon,
    creer_devis_accepte,
    creer_facture,
    facturer_et_emettre,
    ligne,
    ligne_reduite,
    payer,
    solde,
)
from tests.relances.factories import facture_reprise

pytestmark = pytest.mark.django_db
DEUX_TAUX = [ligne(prix_unitaire=Decimal(600)), ligne_reduite(prix_unitaire=Decimal(400))]


def de(ht, **champs):
    """One line of a credit note, in euros HT."""
    return [ligne(prix_unitaire=Decimal(ht), **champs)]


def en_tva(document):
    return list(document.tva.values_list("taux", "base", "montant"))


def test_a_credit_note_of_everything_is_the_invoice_again():
    facture = creer_facture(lignes=DEUX_TAUX, remise_montant=Decimal("33.33"))

    avoir = crediter(facture, motif="chantier annulé")

    assert (avoir.type, avoir.origine, avoir.motif) == ("avoir", facture, "chantier annulé")
    assert avoir.serie == "AVO"
    assert (avoir.echeance, avoir.total_ttc) == (None, facture.total_ttc)
    assert en_tva(avoir) == en_tva(facture)
    champs = ["designation", "quantite", "prix_unitaire", "taux_tva", "justification_tva"]
    assert list(avoir.lignes.values(*champs)) == list(facture.lignes.values(*champs))
    assert solde(facture) == 0


def test_a_credit_note_names_its_invoice():
    facture = creer_facture()

    avoir = crediter(facture)

    assert avoir.references == [
        {"type": "facture", "numero": facture.numero, "date": f"{facture.date}"}
    ]
    assert facture.numero in avoir.objet


def test_credit_notes_lower_the_balance_one_after_the_other():
    facture = creer_facture(lignes=DEUX_TAUX)  # 1 160,00 € TTC

    crediter(facture, lignes=de(100))
    assert solde(facture) == Decimal("1040.00")
    crediter(facture, lignes=[ligne_reduite(prix_unitaire=Decimal(400))])
    assert solde(facture) == Decimal("600.00")
    dernier = crediter(facture)

    assert en_tva(dernier) == [(20, 500, 100)]
    assert solde(facture) == 0


def test_the_rest_after_small_credit_notes_takes_what_is_left_of_the_vat():
    facture = creer_facture()

    petits = [crediter(facture, lignes=de("0.03")) for _ in range(9)]
    dernier = crediter(facture)

    total = sum(avoir.total_tva for avoir in [*petits, dernier])
    assert (total, solde(facture)) == (facture.total_tva, 0)
    assert dernier.total_ht == Decimal("99.73")


@pytest.mark.parametrize(("ht", "permis"), [("100.00", True), ("100.01", False)])
def test_a_credit_note_stops_at_its_invoice(ht, permis):
    facture = creer_facture()
    avoir = faire_un_avoir(facture, motif="x", lignes=de(ht), par=ROBOT)

    if permis:
        assert emettre_facture(avoir, par=ROBOT).total_ttc == 120
    else:
        erreur = refuse("avoir_trop_grand", lambda: emettre_facture(avoir, par=ROBOT))
        assert list(erreur.champs) == ["lignes"]


def test_a_credit_note_stops_at_what_others_have_left():
    facture = creer_facture()
    crediter(facture, lignes=de(60))
    avoir = faire_un_avoir(facture, motif="x", lignes=de("40.01"), par=ROBOT)

    refuse("avoir_trop_grand", lambda: emettre_facture(avoir, par=ROBOT))

    assert solde(facture) == 48


def test_a_credit_note_stops_at_the_base_of_each_rate():
    facture = creer_facture(lignes=DEUX_TAUX)
    trop = [ligne(prix_unitaire=Decimal(1)), ligne_reduite(prix_unitaire=Decimal("400.01"))]
    ailleurs = [ligne_reduite(taux_tva=Decimal("5.50"), prix_unitaire=Decimal(1))]

    for lignes in (trop, ailleurs):
        avoir = faire_un_avoir(facture, motif="x", lignes=lignes, par=ROBOT)
        refuse("avoir_trop_grand", lambda a=avoir: emettre_facture(a, par=ROBOT))
        supprimer(avoir, par=ROBOT)


def test_one_credit_note_of_an_invoice_waits_as_a_draft():
    facture = creer_facture()
    faire_un_avoir(facture, motif="x", lignes=de(10), par=ROBOT)

    refuse("avoir_en_brouillon", lambda: faire_un_avoir(facture, motif="x", par=ROBOT))


def test_a_draft_back_from_the_trash_does_not_credit_twice():
    facture = creer_facture()
    revenu = faire_un_avoir(facture, motif="x", par=ROBOT)
    supprimer(revenu, par=ROBOT)
    crediter(facture)

    restaurer(Facture.tous.get(pk=revenu.pk), par=ROBOT)

    refuse("avoir_trop_grand", lambda: emettre_facture(revenu, par=ROBOT))


def test_a_credit_note_of_nothing_is_not_issued():
    avoir = faire_un_avoir(creer_facture(), motif="x", lignes=de(0), par=ROBOT)

    refuse("avoir_nul", lambda: emettre_facture(avoir, par=ROBOT))


def test_what_was_credited_of_a_solde_is_invoiced_by_another():
    devis = creer_devis_accepte()
    facturer_et_emettre(devis, type="acompte", pourcentage=Decimal(30))
    crediter(facturer_et_emettre(devis), lignes=de(20))

    second = facturer_et_emettre(devis)

    assert (second.type, second.total_ht) == ("solde", 20)


def test_nothing_is_credited_twice():
    facture = creer_facture()
    crediter(facture)

    refuse("avoir_trop_grand", lambda: faire_un_avoir(facture, motif="x", par=ROBOT))


def test_only_an_issued_invoice_is_credited():
    avoir = crediter(creer_facture())

    for document in (creer_brouillon(), avoir):
        refuse("avoir_impossible", lambda d=document: faire_un_avoir(d, motif="x", par=ROBOT))


@pytest.mark.parametrize("motif", ["", "   "])
def test_a_credit_note_says_why(motif):
    facture = creer_facture()

    refuse("invalide", lambda: faire_un_avoir(facture, motif=motif, par=ROBOT), Invalide)


def test_a_credit_note_on_a_paid_invoice_becomes_credit_of_the_payment():
    facture = creer_facture()
    paiement = payer(facture, "120.00")

    crediter(facture, lignes=de(25))

    assert solde(facture) == 0
    assert Paiement.objects.avec_credit().get(pk=paiement.pk).credit == 30
    reprise = Imputation.objects.get(montant__lt=0)
    assert (reprise.paiement, reprise.montant) == (paiement, -30)
    assert reprise.le == timezone.localdate()


def test_the_last_payments_are_freed_first():
    facture = creer_facture()
    premier, second = payer(facture, "70.00"), payer(facture, "50.00")

    crediter(facture, lignes=de(50))

    credits_ = {p.pk: p.credit for p in Paiement.objects.avec_credit()}
    assert credits_ == {premier.pk: 10, second.pk: 50}
    assert solde(facture) == 0


def test_a_credit_note_on_a_part_paid_invoice_frees_only_the_excess():
    facture = creer_facture()
    paiement = payer(facture, "100.00")

    crediter(facture, lignes=de(50))

    assert solde(facture) == 0
    assert Paiement.objects.avec_credit().get(pk=paiement.pk).credit == 40


def test_a_credit_note_below_the_balance_frees_nothing():
    facture = creer_facture()
    payer(facture, "20.00")

    crediter(facture, lignes=de(50))

    assert solde(facture) == 40
    assert not Imputation.objects.filter(montant__lt=0).exists()


def test_an_imported_invoice_is_credited_in_our_series():
    reprise = facture_reprise(creer_client(), "A-2024-7", retard=3, au=timezone.localdate())

    avoir = crediter(reprise)

    assert (avoir.serie, avoir.total_ttc, solde(reprise)) == ("AVO", 120, 0)
    assert avoir.references[0]["numero"] == "A-2024-7"
    assert en_tva(avoir) == [(20, 100, 20)]


def test_a_credit_note_is_not_dated_before_its_invoice():
    facture = creer_facture()
    avoir = faire_un_avoir(facture, motif="x", par=ROBOT)
    veille = facture.date - timedelta(days=1)

    erreur = refuse(
        "invalide", lambda: emettre_facture(avoir, par=ROBOT, le=veille), genre=Invalide
    )

    assert list(erreur.champs) == ["date"]
    assert emettre_facture(avoir, par=ROBOT, le=facture.date).date == facture.date


def test_credit_notes_and_invoices_are_numbered_apart():
    with time_machine.travel("2026-06-10T12:00:00+02:00", tick=False):
        factures = [creer_facture(), creer_facture()]
        avoirs = [crediter(une) for une in factures]

    assert [une.numero for une in factures] == ["FAC-2026-0001", "FAC-2026-0002"]
    assert [un.numero for un in avoirs] == ["AVO-2026-0001", "AVO-2026-0002"]
    assert {un.date for un in avoirs} == {date(2026, 6, 10)}


def test_the_lines_of_a_draft_credit_note_change_and_its_parties_do_not():
    facture = creer_facture()
    avoir = faire_un_avoir(facture, motif="x", par=ROBOT)

    modifie = modifier_facture(avoir, par=ROBOT, lignes=de(10))

    assert modifie.total_ttc == 12
    for champs in (
        {"client": creer_client()},
        {"exoneration": "franchise"},
        {"remise_taux": Decimal(10)},
    ):
        erreur = refuse("facture_derivee", lambda c=champs: modifier_facture(avoir, par=ROBOT, **c))
        assert list(erreur.champs) == list(champs)


def test_a_credit_note_of_a_solde_gives_back_the_deduction_too():
    devis = creer_devis_accepte(lignes=DEUX_TAUX, remise_montant=Decimal("11.11"))
    facturer_et_emettre(devis, type="acompte", pourcentage=Decimal(30))
    premier = facturer_et_emettre(devis)

    avoir = crediter(premier)
    second = facturer_et_emettre(devis)

    assert avoir.total_ttc == premier.total_ttc
    assert en_tva(avoir) == en_tva(premier)
    assert (second.type, en_tva(second)) == ("solde", en_tva(premier))


@pytest.mark.parametrize("franchise", [True, False])
def test_a_credit_note_keeps_the_regime_of_its_invoice(franchise):
    modifier_entreprise(par=ROBOT, franchise=franchise)
    nulle = {"lignes": de(100, taux_tva=Decimal(0)), "exoneration": "franchise"}
    facture = creer_facture(**(nulle if franchise else {}))
    modifier_entreprise(par=ROBOT, franchise=not franchise)

    avoir = crediter(facture)

    assert (avoir.exoneration, avoir.total_ttc) == (facture.exoneration, facture.total_ttc)
    assert solde(facture) == 0


def test_no_payment_goes_on_a_credit_note():
    avoir = crediter(creer_facture())

    refuse("facture_non_emise", lambda: payer(avoir, "1.00"))
    assert not Facture.objects.emises().filter(pk=avoir.pk).exists()
