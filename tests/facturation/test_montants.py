"""Arithmetic of documents against an independent computation in fractions (EN 16931)."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artjardin.argent import arrondir
from facturation.models import LigneFacture
from facturation.montants import TAUX_TVA, net_de_ligne, totaliser, ttc_est_coherent


@dataclass(frozen=True)
class Ligne:
    total_ht: Decimal
    taux_tva: Decimal


def cents(montant: Fraction) -> Fraction:
    """Half away from zero, by integers only."""
    entier, reste = divmod(abs(montant) * 100, 1)
    signe = -1 if montant < 0 else 1
    return Fraction(signe * (entier + (reste >= Fraction(1, 2))), 100)


nets = st.decimals(min_value=0, max_value=Decimal("9999999.99"), places=2)
lignes = st.lists(st.builds(Ligne, nets, st.sampled_from(TAUX_TVA)), max_size=40)


@given(lignes)
def test_the_total_without_vat_is_the_sum_of_the_line_nets(lignes):  # BR-CO-10, BR-CO-13
    assert totaliser(lignes).ht == sum((li.total_ht for li in lignes), Decimal(0))


@given(lignes)
def test_vat_is_taken_once_per_rate_on_the_summed_base(lignes):  # BR-S-08, BR-S-09, BR-CO-17
    bases = defaultdict(Fraction)
    for ligne in lignes:
        bases[ligne.taux_tva] += Fraction(ligne.total_ht)

    par_taux = {tva.taux: (Fraction(tva.base), Fraction(tva.montant))
                for tva in totaliser(lignes).par_taux}  # fmt: skip

    assert par_taux == {
        taux: (base, cents(base * Fraction(taux) / 100)) for taux, base in bases.items()
    }


@given(lignes)
def test_the_total_with_vat_is_the_sum_of_its_parts(lignes):  # BR-CO-14, BR-CO-15
    totaux = totaliser(lignes)

    assert totaux.tva == sum((tva.montant for tva in totaux.par_taux), Decimal(0))
    assert totaux.ttc == totaux.ht + totaux.tva


@given(lignes, st.randoms())
def test_the_order_of_lines_changes_nothing(lignes, hasard):
    melange = list(lignes)
    hasard.shuffle(melange)

    assert totaliser(melange) == totaliser(lignes)


@given(lignes)
def test_no_total_has_more_than_two_decimals(lignes):
    totaux = totaliser(lignes)

    for montant in (totaux.ht, totaux.tva, totaux.ttc):
        assert montant == arrondir(montant)


@given(
    st.decimals(min_value=0, max_value=Decimal("99999999.9999"), places=4),
    st.decimals(min_value=0, max_value=Decimal("99999.999999"), places=6),
    st.decimals(min_value=0, max_value=100, places=2),
)
def test_a_line_net_is_rounded_once_half_up(quantite, prix, remise):
    exact = Fraction(quantite) * Fraction(prix) * (100 - Fraction(remise)) / 100

    net = net_de_ligne(quantite=quantite, prix_unitaire=prix, remise=remise)

    assert Fraction(net) == cents(exact)


@pytest.mark.parametrize("net", ["0.10", "2.50", "12.30"])
def test_a_half_cent_of_vat_goes_up(net):
    ligne = Ligne(Decimal(net), Decimal("5.50"))

    assert Fraction(totaliser([ligne]).tva) == cents(Fraction(net) * Fraction("0.055"))


def test_vat_of_many_small_lines_is_not_rounded_line_by_line():
    lignes = [Ligne(Decimal("0.02"), Decimal("20.00"))] * 100

    assert totaliser(lignes).tva == Decimal("0.40")


def test_a_document_without_lines_is_worth_nothing():
    totaux = totaliser([])

    assert (totaux.par_taux, totaux.ttc) == ((), Decimal("0.00"))


@pytest.mark.parametrize("ecart", ["0.01", "-0.01"])
def test_an_imported_total_one_cent_off_is_not_consistent(ecart):
    ht, taux = Decimal("100.00"), Decimal("20.00")

    assert ttc_est_coherent(ht=ht, taux=taux, ttc=Decimal("120.00"))
    assert not ttc_est_coherent(ht=ht, taux=taux, ttc=Decimal("120.00") + Decimal(ecart))


def test_a_model_line_computes_as_the_pure_module():
    ligne = LigneFacture(quantite=Decimal("3.5"), prix_unitaire=Decimal("12.345"),
                         remise=Decimal("7.5"))  # fmt: skip

    ligne.chiffrer()

    assert ligne.total_ht == Decimal("39.97")
