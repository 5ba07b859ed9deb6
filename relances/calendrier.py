"""On which days a client may be reminded: never on a Sunday or a public holiday in France. Pure."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import holidays

DIMANCHE = 6  # date.weekday()


@cache
def _feries(annee: int) -> holidays.HolidayBase:
    """Public holidays of metropolitan France (C. trav. L3133-1), with their French names."""
    return holidays.country_holidays("FR", years=annee, language="fr")


def ferie(jour: date) -> str:
    """The name of the day off, "" on a day when clients may be reminded.

    >>> ferie(date(2026, 11, 11)), ferie(date(2026, 11, 22)), ferie(date(2026, 11, 21))
    ('Armistice', 'dimanche', '')
    """
    if nom := _feries(jour.year).get(jour):
        return str(nom)
    return "dimanche" if jour.weekday() == DIMANCHE else ""


def prochain_jour_ouvrable(jour: date) -> date:
    """`jour` itself, or the first day after it that is neither a Sunday nor a holiday.

    >>> prochain_jour_ouvrable(date(2026, 5, 1)), prochain_jour_ouvrable(date(2026, 5, 2))
    (datetime.date(2026, 5, 2), datetime.date(2026, 5, 2))
    """
    while ferie(jour):
        jour += timedelta(days=1)
    return jour
