"""Interest by day: half-years, partial payments, leap years, against a day by day computation."""

import itertools
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artjardin.argent import ZERO
from relances.interets import Taux, TauxManquant, calculer, semestre, total

UN_JOUR = timedelta(days=1)
TAUX = [
    Taux(date(annee, mois, 1), Decimal(annee % 7 + mois) + Decimal("0.15"))
    for annee in range(2023, 2032)
    for mois in (1, 7)
]
JOURS = st.dates(date(2023, 1, 2), date(2028, 12, 31))
SOMMES = st.decimals(min_value=-50, max_value=100_000, places=2)


def d(mois, jour, annee=2026):
    return date(annee, mois, jour)


def jour_par_jour(soldes, du, au):
    """The naive sum: each day on what it began with, exact."""
    par_jour, taux = dict(soldes), {t.debut: t.pourcent for t in TAUX}
    somme, jour = Fraction(0), du
    while jour <= au:
        avant = [par_jour[le] for le in sorted(par_jour) if le < jour]
        principal = max(avant[-1], ZERO) if avant else ZERO
        somme += Fraction(principal) * Fraction(taux[semestre(jour)]) / 100 / 365
        jour += UN_JOUR
    return somme


@given(
    soldes=st.dictionaries(JOURS, SOMMES, max_size=6).map(lambda s: sorted(s.items())),
    du=JOURS,
    duree=st.integers(0, 900),
)
def test_the_periods_come_to_what_a_count_day_by_day_gives(soldes, du, duree):
    au = min(du + timedelta(days=duree), date(2029, 12, 31))
    periodes = calculer(soldes, du=du, au=au, taux=TAUX)
    ecart = abs(Fraction(total(periodes)) - jour_par_jour(soldes, du, au))
    assert ecart <= Fraction(1, 200) * len(periodes)  # half a cent a period, no more


@given(
    soldes=st.dictionaries(JOURS, SOMMES, min_size=1, max_size=6).map(lambda s: sorted(s.items())),
    du=JOURS,
    duree=st.integers(0, 900),
)
def test_periods_never_overlap_and_never_cross_a_half_year(soldes, du, duree):
    periodes = calculer(soldes, du=du, au=du + timedelta(days=duree), taux=TAUX)
    for avant, apres in itertools.pairwise(periodes):
        assert avant.au < apres.du
    for periode in periodes:
        assert semestre(periode.du) == semestre(periode.au)
        assert periode.jours == (periode.au - periode.du).days + 1
        assert periode.principal > 0


def test_a_period_is_split_at_the_first_of_july():
    periodes = calculer([(d(5, 1), Decimal(1000))], du=d(6, 21), au=d(7, 10), taux=TAUX)
    assert [(p.du, p.au, p.jours) for p in periodes] == [
        (d(6, 21), d(6, 30), 10),
        (d(7, 1), d(7, 10), 10),
    ]
    assert periodes[0].taux != periodes[1].taux


def test_a_partial_payment_keeps_the_interest_of_the_days_before_it():
    # frappe/erpnext#58220, #49621: interest lost, or recomputed on what is left, after a payment
    soldes = [(d(7, 1), Decimal("1000.00")), (d(8, 10), Decimal("400.00"))]
    periodes = calculer(soldes, du=d(8, 1), au=d(8, 20), taux=[Taux(d(7, 1), Decimal("12.40"))])
    assert [(p.principal, p.jours, p.montant) for p in periodes] == [
        (Decimal("1000.00"), 10, Decimal("3.40")),
        (Decimal("400.00"), 10, Decimal("1.36")),
    ]


def test_the_day_of_the_payment_counts_and_the_next_does_not():
    soldes = [(d(7, 1), Decimal(36500)), (d(8, 2), ZERO)]
    [periode] = calculer(soldes, du=d(8, 1), au=d(9, 30), taux=[Taux(d(7, 1), Decimal(1))])
    assert (periode.du, periode.au, periode.montant) == (d(8, 1), d(8, 2), Decimal("2.00"))


def test_two_movements_of_one_day_are_one_change():
    soldes = [(d(7, 1), Decimal(100)), (d(8, 5), Decimal(40)), (d(8, 5), Decimal(100))]
    assert len(calculer(soldes, du=d(8, 1), au=d(8, 31), taux=TAUX)) == 1


@pytest.mark.parametrize(
    ("_cas", "soldes", "du", "au"),
    [
        (
            "paid before the due date",
            [(d(7, 1), Decimal(100)), (d(7, 30), ZERO)],
            d(8, 1),
            d(9, 1),
        ),
        ("paid on the due date", [(d(7, 1), Decimal(100)), (d(7, 31), ZERO)], d(8, 1), d(9, 1)),
        ("overpaid", [(d(7, 1), Decimal(-5))], d(8, 1), d(9, 1)),
        ("not begun", [(d(7, 1), Decimal(100))], d(8, 2), d(8, 1)),
        ("no invoice", [], d(8, 1), d(9, 1)),
    ],
)
def test_nothing_is_owed_without_a_delay(_cas, soldes, du, au):
    assert calculer(soldes, du=du, au=au, taux=TAUX) == []


def test_a_leap_year_has_its_29th_of_february_and_is_still_counted_over_365_days():
    soldes = [(d(1, 1, 2023), Decimal(36500))]
    an = [Taux(d(1, 1, 2024), Decimal(1)), Taux(d(7, 1, 2024), Decimal(1))]
    periodes = calculer(soldes, du=d(1, 1, 2024), au=d(12, 31, 2024), taux=an)
    assert [p.jours for p in periodes] == [182, 184]
    assert total(periodes) == Decimal("366.00")


def test_each_period_is_rounded_half_up_once():
    taux = [Taux(d(7, 1), Decimal(1))]
    [periode] = calculer([(d(7, 1), Decimal("182.50"))], du=d(8, 1), au=d(8, 1), taux=taux)
    assert periode.montant == Decimal("0.01")  # 0.005 €


def test_a_half_year_without_a_rate_is_named_and_never_made_up():
    soldes = [(d(7, 1), Decimal(100))]
    with pytest.raises(TauxManquant) as refus:
        calculer(soldes, du=d(8, 1), au=d(1, 1, 2027), taux=[Taux(d(7, 1), Decimal("12.4"))])
    assert "1er semestre 2027" in refus.value.message
    assert "Taux légaux" in refus.value.message
    assert refus.value.code == "taux_manquant"


def test_a_half_year_in_which_nothing_was_owed_needs_no_rate():
    soldes = [(d(7, 1), Decimal(100)), (d(8, 10), ZERO)]
    periodes = calculer(soldes, du=d(8, 1), au=d(3, 1, 2027), taux=[Taux(d(7, 1), Decimal(12))])
    assert [p.jours for p in periodes] == [10]
