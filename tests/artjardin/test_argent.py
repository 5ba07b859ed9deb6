"""Rounding, on its edges."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from artjardin.argent import CENT, arrondir


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=6))
def test_rounding_moves_by_half_a_cent_at_most_and_keeps_the_sign(montant):
    arrondi = arrondir(montant)

    assert arrondi == arrondi.quantize(CENT)
    assert abs(arrondi - montant) <= CENT / 2
    assert arrondi == -arrondir(-montant)


def test_half_a_cent_goes_away_from_zero():
    assert arrondir(Decimal("0.005")) == Decimal("0.01")
    assert arrondir(Decimal("-0.005")) == Decimal("-0.01")
