"""Days on which nobody is reminded: Sundays and the public holidays of metropolitan France."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relances.calendrier import DIMANCHE, ferie, prochain_jour_ouvrable

FIXES = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)]
# Easter Monday, Ascension, Whit Monday, from the calendar of the Bureau des longitudes
MOBILES = {
    2024: [(4, 1), (5, 9), (5, 20)],
    2025: [(4, 21), (5, 29), (6, 9)],
    2026: [(4, 6), (5, 14), (5, 25)],
    2027: [(3, 29), (5, 6), (5, 17)],
    2028: [(4, 17), (5, 25), (6, 5)],
    2029: [(4, 2), (5, 10), (5, 21)],
    2030: [(4, 22), (5, 30), (6, 10)],
}
FERIES = {date(an, *jour) for an, mobiles in MOBILES.items() for jour in [*FIXES, *mobiles]}
JOURS = st.dates(date(2024, 1, 1), date(2030, 12, 30))


def test_every_day_of_seven_years_is_off_exactly_when_it_is_a_sunday_or_a_holiday():
    jour, fin = date(2024, 1, 1), date(2030, 12, 31)
    while jour <= fin:
        attendu = jour in FERIES or jour.weekday() == DIMANCHE
        assert bool(ferie(jour)) is attendu, jour
        jour += timedelta(days=1)


@pytest.mark.parametrize(
    ("jour", "nom"),
    [
        (date(2026, 4, 6), "Lundi de Pâques"),
        (date(2026, 5, 14), "Ascension"),
        (date(2026, 7, 14), "Fête nationale"),
        (date(2026, 3, 29), "dimanche"),
    ],
)
def test_a_day_off_is_named_in_french(jour, nom):
    assert ferie(jour) == nom


def test_good_friday_and_saint_stephen_are_worked_outside_alsace():
    assert ferie(date(2026, 4, 3)) == ""
    assert ferie(date(2025, 12, 26)) == ""


@given(JOURS)
def test_the_next_working_day_is_never_off_and_there_is_none_before_it(jour):
    suivant = prochain_jour_ouvrable(jour)

    assert suivant >= jour
    assert suivant not in FERIES
    assert suivant.weekday() != DIMANCHE
    sautes = [jour + timedelta(days=n) for n in range((suivant - jour).days)]
    assert all(saute in FERIES or saute.weekday() == DIMANCHE for saute in sautes)


@pytest.mark.parametrize(
    ("jour", "suivant"),
    [
        (date(2026, 4, 5), date(2026, 4, 7)),  # Easter Sunday, then Monday
        (date(2027, 5, 8), date(2027, 5, 10)),  # a Saturday holiday, then Sunday
        (date(2026, 5, 2), date(2026, 5, 2)),  # a Saturday is worked
    ],
)
def test_two_days_off_in_a_row_are_both_passed(jour, suivant):
    assert prochain_jour_ouvrable(jour) == suivant
