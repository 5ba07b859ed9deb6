"""Deposits in the sales journal: 4191 holds those neither deducted nor credited, and no other."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest

from artjardin.erreurs import Conflit, Invalide
from facturation import comptes
from facturation.journal_des_ventes import Periode, ecritures_de
from facturation.models import Devis, Facture, LigneFacture
from facturation.services.reste import nets_anterieurs
from ops.exports.ventes import plan_comptable
from tests.facturation.factories import (
    crediter,
    creer_devis_accepte,
    facturer_et_emettre,
    ligne,
    ligne_reduite,
)
from tests.facturation.vie import a_midi

pytestmark = pytest.mark.django_db
ZERO = Decimal("0.00")
JOUR = date(2026, 3, 31)
TOUT = Periode(JOUR - timedelta(days=900), JOUR + timedelta(days=900))


def solder(periode=TOUT) -> dict[str, Decimal]:
    """The balance of each account: what it holds, credits above zero."""
    soldes: dict[str, Decimal] = {}
    for ecriture in ecritures_de(periode, plan_comptable()):
        for une in ecriture.lignes:
            soldes[une.compte.numero] = soldes.get(une.compte.numero, ZERO) - une.montant
    return {compte: solde for compte, solde in soldes.items() if solde}


def deux_etapes(**champs):
    """A devis of 1000.33 at 20 % unless told, and its deposit of 30 %."""
    lignes = [ligne(prix_unitaire=Decimal("1000.33"))]
    devis = creer_devis_accepte(**({"lignes": lignes} | champs))
    return devis, facturer_et_emettre(devis, type="acompte", pourcentage=Decimal(30))


def exiger_les_avances() -> None:
    """4191, computed from the devis alone; sales and deposits make the turnover."""
    attendu = sum(map(en_attente, Devis.objects.all()), ZERO)
    soldes = solder()
    ventes = sum((s for compte, s in soldes.items() if compte[:2] == "70"), ZERO)
    assert soldes.get("419100", ZERO) == attendu
    assert ventes == comptes.chiffrer_la_periode(du=TOUT.du, au=TOUT.au).emis.ht - attendu


def en_attente(devis) -> Decimal:
    """What is left of the deposits of a devis that no invoice that stands deducts."""
    nets = nets_anterieurs(devis)
    debout = {une.pk for une, _ in nets} | {
        une.pk for une in Facture.objects.emises().filter(devis=devis, total_ttc=0)
    }
    deduits = set(LigneFacture.objects.filter(facture__in=debout).values_list("deduit", "taux_tva"))
    return sum(
        (
            tva.base
            for une, restes in nets
            for tva in restes
            if une.type == "acompte" and (une.pk, tva.taux) not in deduits
        ),
        ZERO,
    )


def test_a_solde_credited_in_two_times_gives_its_deduction_back():
    with a_midi(JOUR):
        devis, _ = deux_etapes()
        solde = facturer_et_emettre(devis)
        crediter(solde, lignes=[ligne()])
        milieu = solder()
        crediter(solde)
        defait = solder()
        facturer_et_emettre(devis)

    assert (milieu.get("419100"), milieu["706020"]) == (None, Decimal("900.33"))
    assert (defait["419100"], defait.get("706020")) == (Decimal("300.10"), None)
    assert solder()["706020"] == Decimal("1000.33")
    assert "419100" not in solder()
    exiger_les_avances()


def test_a_solde_of_two_rates_and_a_discount_credited_in_two_times():
    with a_midi(JOUR):
        devis, _ = deux_etapes(
            lignes=[ligne(prix_unitaire=Decimal("1000.33")), ligne_reduite(quantite=Decimal(10))],
            remise_taux=Decimal(10),
        )
        avant = solder()
        solde = facturer_et_emettre(devis)
        crediter(solde, lignes=[ligne_reduite()])
        crediter(solde)
        defait = solder()
        facturer_et_emettre(devis)

    assert defait == avant
    assert {c: s for c, s in solder().items() if c[:2] in {"70", "41"} and c != "411000"} == {
        "706020": Decimal("900.30"),
        "706010": Decimal("900.00"),
    }
    exiger_les_avances()


def test_a_deposit_credited_after_the_solde_deducted_it_comes_off_the_sales():
    with a_midi(JOUR):
        devis, acompte = deux_etapes()
        facturer_et_emettre(devis)
        crediter(acompte)

    assert solder()["706020"] == Decimal("700.23")
    assert "419100" not in solder()
    exiger_les_avances()


def test_a_second_solde_takes_nothing_that_the_first_one_took():
    with a_midi(JOUR):
        devis, _ = deux_etapes()
        crediter(facturer_et_emettre(devis), lignes=[ligne()])
        facturer_et_emettre(devis)

    assert solder()["706020"] == Decimal("1000.33")
    assert "419100" not in solder()


def test_a_later_document_changes_no_earlier_entry():
    with a_midi(JOUR):
        devis, acompte = deux_etapes()
        solde = facturer_et_emettre(devis)
        crediter(acompte, lignes=[ligne()])
    clos = list(ecritures_de(Periode(JOUR, JOUR), plan_comptable()))
    with a_midi(JOUR + timedelta(days=1)):
        crediter(solde)
        facturer_et_emettre(devis)

    assert list(ecritures_de(Periode(JOUR, JOUR), plan_comptable())) == clos
    exiger_les_avances()


@pytest.mark.parametrize("graine", range(6))
def test_devis_invoiced_and_credited_by_parts_at_random(graine):
    sort = Random(graine)  # noqa: S311 - not a secret
    for rang in range(2):
        with a_midi(JOUR + timedelta(days=10 * rang)):
            devis = creer_devis_accepte(
                lignes=[
                    ligne(prix_unitaire=Decimal(sort.randrange(10000, 90000)) / 100),
                    ligne_reduite(prix_unitaire=Decimal(sort.randrange(10000, 90000)) / 100),
                ],
                remise_taux=Decimal(sort.choice([0, 5, 12])),
            )
            for _ in range(9):
                _bouger(devis, sort)
                exiger_les_avances()
    tva = {"445711": "20.00", "445712": "10.00"}
    emis = comptes.chiffrer_la_periode(du=TOUT.du, au=TOUT.au).emis
    attendue = {f"{t.taux:.2f}": t.tva for t in emis.par_taux if t.tva}
    assert {tva[c]: s for c, s in solder().items() if c in tva} == attendue


def _bouger(devis, sort) -> None:
    """A part of the devis, or a credit note: of a part, of what is left."""
    try:
        if sort.random() < 0.5:
            part = Decimal(sort.choice([20, 30, 45]))
            genre = sort.choice(["acompte", "acompte", "situation", "solde", "solde"])
            facturer_et_emettre(devis, type=genre, pourcentage=part)
            return
        facture = sort.choice(list(Facture.objects.emises().filter(devis=devis).order_by("pk")))
        lignes = [ligne(prix_unitaire=Decimal(sort.choice([3, 40])))]
        crediter(facture, lignes=sort.choice([None, lignes]))
    except (Conflit, Invalide, IndexError):
        return
