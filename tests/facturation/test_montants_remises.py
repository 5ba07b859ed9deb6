"""Shares, discounts and exact parts against an independent computation in integers of cents."""

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from facturation.montants import (
    ECART_MAX,
    TAUX_TVA,
    Remise,
    Tva,
    part_exacte,
    repartir,
    repartir_la_remise,
    totaliser,
)

PRESQUE = Fraction(1, 10**15)  # what 28 digits lose in a quotient


@dataclass(frozen=True)
class Ligne:
    total_ht: Decimal
    taux_tva: Decimal


def cents(montant):
    """Integer of cents of a decimal that has no more."""
    exact = Fraction(montant) * 100
    assert exact.denominator == 1
    return exact.numerator


def demi_haut(exact):
    """Nearest integer of a fraction, half away from zero."""
    entier, reste = divmod(abs(exact), 1)
    arrondi = int(entier) + (reste >= Fraction(1, 2))
    return -arrondi if exact < 0 else arrondi


def tva(base, taux):
    """VAT of a base in cents, in cents."""
    return demi_haut(Fraction(base) * Fraction(taux) / 100)


euros = st.decimals(min_value=0, max_value=Decimal("99999.99"), places=2)
poids = st.lists(euros, min_size=1, max_size=12)
lignes = st.lists(st.builds(Ligne, euros, st.sampled_from(TAUX_TVA)), min_size=1, max_size=12)
pourcents = st.decimals(min_value=0, max_value=100, places=2)
une_fraction = st.integers(min_value=0, max_value=1000)


def part_de(montants, millieme):
    """An amount between zero and the sum, in cents."""
    return Decimal(int(sum(cents(m) for m in montants) * millieme / 1000)) / 100


@given(poids, une_fraction)
def test_shares_make_the_amount_and_stay_within_a_cent_of_the_exact_one(poids, millieme):
    total, montant = sum(map(Fraction, poids)), part_de(poids, millieme)
    assume(total)

    parts = repartir(montant, poids)

    assert sum(map(cents, parts)) == cents(montant)
    for part, un in zip(parts, poids, strict=True):
        assert cents(part) - Fraction(montant) * 100 * Fraction(un) / total // 1 in (0, 1)
    assert all(0 <= part <= un for part, un in zip(parts, poids, strict=True))


@given(poids, une_fraction)
def test_the_largest_remainders_are_served_first(poids, millieme):
    total, montant = sum(map(Fraction, poids)), part_de(poids, millieme)
    assume(total)

    parts = repartir(montant, poids)

    manques = {True: [], False: []}  # by whether a cent was added
    for part, un in zip(parts, poids, strict=True):
        entier, reste = divmod(Fraction(montant) * 100 * Fraction(un) / total, 1)
        manques[cents(part) > entier].append(reste)
    moindre_servi = min(manques[True], default=1)
    plus_grand_oublie = max(manques[False], default=0)
    assert plus_grand_oublie <= moindre_servi + PRESQUE


@given(poids)
def test_more_than_there_is_cannot_be_shared(poids):
    with pytest.raises(ValueError, match="dépasse"):
        repartir(sum(poids, Decimal("0.01")), poids)


def test_nothing_is_shared_among_nothing():
    assert repartir(Decimal(0), [Decimal(0), Decimal(0)]) == [0, 0]
    assert repartir(Decimal(0), []) == []


@given(st.dictionaries(st.sampled_from(TAUX_TVA), euros, min_size=1), pourcents)
def test_a_percentage_bears_on_each_base(bases, pourcent):
    remises = repartir_la_remise(Remise(taux=pourcent), bases)

    attendues = {
        taux: demi_haut(Fraction(base) * Fraction(pourcent)) for taux, base in bases.items()
    }
    assert {taux: cents(remise) for taux, remise in remises.items()} == attendues


@given(st.dictionaries(st.sampled_from(TAUX_TVA), euros, min_size=1), une_fraction)
def test_an_amount_is_shared_between_the_rates_whole(bases, millieme):
    montant = part_de(bases.values(), millieme)

    remises = repartir_la_remise(Remise(montant=montant), bases)

    assert sum(map(cents, remises.values())) == cents(montant)
    assert all(0 <= remises[taux] <= base for taux, base in bases.items())


def bases_attendues(lignes, remises):
    bases = defaultdict(int)
    for ligne in lignes:
        bases[ligne.taux_tva] += cents(ligne.total_ht)
    for taux, remise in remises.items():
        bases[taux] -= cents(remise)
    return dict(bases)


@given(lignes, pourcents, st.lists(st.builds(Ligne, euros, st.sampled_from(TAUX_TVA)), max_size=3))
def test_a_percentage_leaves_the_deductions_alone(ventes, pourcent, deduites):
    negatives = [Ligne(-ligne.total_ht, ligne.taux_tva) for ligne in deduites]
    ventes_par_taux = {t: Decimal(c) / 100 for t, c in bases_attendues(ventes, {}).items()}
    remises = repartir_la_remise(Remise(taux=pourcent), ventes_par_taux)

    totaux = totaliser([*ventes, *negatives], Remise(taux=pourcent))

    attendues = bases_attendues([*ventes, *negatives], remises)
    assert {une.taux: cents(une.base) for une in totaux.par_taux} == attendues
    assert {une.taux: cents(une.montant) for une in totaux.par_taux} == {
        taux: tva(base, taux) for taux, base in attendues.items()
    }
    assert dict(totaux.remises) == {taux: r for taux, r in remises.items() if r}


@given(lignes, une_fraction)
def test_a_discount_in_euros_is_off_the_total_to_the_cent(lignes, millieme):
    montant = part_de([ligne.total_ht for ligne in lignes], millieme)

    totaux = totaliser(lignes, Remise(montant=montant))

    brut = sum(cents(ligne.total_ht) for ligne in lignes)
    assert cents(totaux.ht) == brut - cents(montant)
    assert sum(cents(remise) for _, remise in totaux.remises) == cents(montant)
    assert cents(totaux.ttc) == cents(totaux.ht) + sum(
        tva(cents(une.base), une.taux) for une in totaux.par_taux
    )
    assert all(une.base >= 0 for une in totaux.par_taux)


@given(lignes)
def test_a_discount_of_everything_leaves_nothing_and_one_cent_more_is_refused(lignes):
    tout = sum((ligne.total_ht for ligne in lignes), Decimal(0))

    assert totaliser(lignes, Remise(taux=Decimal(100))).ttc == 0
    assert totaliser(lignes, Remise(montant=tout)).ttc == 0
    with pytest.raises(ValueError, match="dépasse"):
        totaliser(lignes, Remise(montant=tout + Decimal("0.01")))


restes = st.integers(min_value=0, max_value=2_000_000)


@given(restes, une_fraction, st.sampled_from(TAUX_TVA))
def test_a_part_and_what_remains_make_the_vat_of_the_whole(reste, millieme, taux):
    voulue = reste * millieme // 1000

    base = cents(part_exacte(Decimal(voulue) / 100, reste=Decimal(reste) / 100, taux=taux))

    assert 0 <= base <= reste
    assert tva(base, taux) + tva(reste - base, taux) == tva(reste, taux)
    assert abs(base - voulue) <= ECART_MAX


@given(st.integers(min_value=0, max_value=30_000), une_fraction, st.sampled_from(TAUX_TVA))
def test_no_nearer_part_would_do(reste, millieme, taux):
    voulue = reste * millieme // 1000

    base = cents(part_exacte(Decimal(voulue) / 100, reste=Decimal(reste) / 100, taux=taux))

    ecart = abs(base - voulue)
    plus_pres = range(max(0, voulue - ecart + 1), min(reste, voulue + ecart - 1) + 1)
    assert not any(tva(b, taux) + tva(reste - b, taux) == tva(reste, taux) for b in plus_pres)


@given(restes, une_fraction)
def test_at_twenty_percent_a_part_moves_by_a_cent_at_most(reste, millieme):
    voulue = reste * millieme // 1000

    base = part_exacte(Decimal(voulue) / 100, reste=Decimal(reste) / 100, taux=TAUX_TVA[0])

    assert abs(cents(base) - voulue) <= 1


@given(restes, une_fraction)
def test_without_vat_a_part_is_what_was_asked(reste, millieme):
    voulue = Decimal(reste * millieme // 1000) / 100

    assert part_exacte(voulue, reste=Decimal(reste) / 100, taux=TAUX_TVA[3]) == voulue


def test_what_is_imposed_wins_over_the_rate():
    assert Tva(Decimal(20), Decimal("0.10"), Decimal("0.01")).montant == Decimal("0.01")
    assert Tva(Decimal(20), Decimal("0.10")).montant == Decimal("0.02")
