"""Interest on late payments, day by day at dated rates. Pure.

Days are counted from `du` to `au`, both included, over 365 days a year, leap years too. The day of
a payment still counts, so that a payment one day late owes one day (days = day paid - due date).
Rounding is here, once: each period to the cent, half up. Sums are of rounded periods, so that the
lines that a client reads add up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from artjardin.argent import ZERO, arrondir
from artjardin.erreurs import Conflit

ANNEE = 365  # days of a year of interest, by convention
JUILLET = 7
JOUR = timedelta(days=1)


class TauxManquant(Conflit):
    """A half-year whose rate nobody entered: interest is never worked out from another one."""

    code = "taux_manquant"

    def __init__(self, debut: date) -> None:
        super().__init__(
            f"Le taux légal du {nom_du_semestre(debut)} n'est pas saisi : "
            "ajoutez-le dans « Relances », « Taux légaux »."
        )


@dataclass(frozen=True)
class Taux:
    """The yearly rate, in percent, of the half-year that begins on `debut`."""

    debut: date
    pourcent: Decimal


@dataclass(frozen=True)
class Periode:
    """Days `du` to `au`, both included, with one balance and one rate; `montant` in euros."""

    du: date
    au: date
    principal: Decimal
    taux: Decimal
    jours: int
    montant: Decimal


def calculer(
    soldes: Sequence[tuple[date, Decimal]], *, du: date, au: date, taux: Sequence[Taux]
) -> list[Periode]:
    """The interest owed from `du` to `au`, split where the balance or the half-year changes.

    `soldes` are what is left at the end of a day (euros), in any order; the last of one day holds.
    A balance bears interest from the next day on. Raise TauxManquant for a half-year without a
    rate in which something was owed.

    >>> du = [(date(2026, 6, 1), Decimal("1000.00"))]
    >>> taux = [Taux(date(2026, 1, 1), Decimal("12.15")), Taux(date(2026, 7, 1), Decimal("12.40"))]
    >>> [(p.jours, p.montant) for p in calculer(du, du=date(2026, 6, 21), au=date(2026, 7, 10),
    ...                                         taux=taux)]
    [(10, Decimal('3.33')), (10, Decimal('3.40'))]
    """
    par_semestre = {ligne.debut: ligne.pourcent for ligne in taux}
    marches = dict(sorted(soldes, key=lambda marche: marche[0]))
    return [
        _periode(debut, fin, principal, par_semestre)
        for debut, fin in _tranches(marches, du, au)
        if (principal := _au_matin(marches, debut)) > 0
    ]


def total(periodes: Sequence[Periode]) -> Decimal:
    """The interest of these periods, in euros."""
    return sum((periode.montant for periode in periodes), ZERO)


def semestre(jour: date) -> date:
    """The first day of the half-year of a day.

    >>> semestre(date(2026, 6, 30)), semestre(date(2026, 7, 1))
    (datetime.date(2026, 1, 1), datetime.date(2026, 7, 1))
    """
    return date(jour.year, JUILLET if jour.month >= JUILLET else 1, 1)


def nom_du_semestre(debut: date) -> str:
    """How a half-year is called.

    >>> nom_du_semestre(date(2027, 1, 1)), nom_du_semestre(date(2026, 7, 1))
    ('1er semestre 2027', '2e semestre 2026')
    """
    return f"{'1er' if debut.month < JUILLET else '2e'} semestre {debut.year}"


def _periode(
    du: date, au: date, principal: Decimal, par_semestre: Mapping[date, Decimal]
) -> Periode:
    try:
        taux = par_semestre[semestre(du)]
    except KeyError:
        raise TauxManquant(semestre(du)) from None
    jours = (au - du).days + 1
    return Periode(du, au, principal, taux, jours, arrondir(principal * taux * jours / 100 / ANNEE))


def _tranches(marches: Mapping[date, Decimal], du: date, au: date) -> Iterator[tuple[date, date]]:
    """The days from `du` to `au` in runs over which neither balance nor half-year changes."""
    if au < du:
        return
    changements = {le + JOUR for le in _changements(marches)} | set(_semestres(du, au))
    debuts = [du, *sorted(jour for jour in changements if du < jour <= au)]
    fins = [*(debut - JOUR for debut in debuts[1:]), au]
    yield from zip(debuts, fins, strict=True)


def _changements(marches: Mapping[date, Decimal]) -> Iterator[date]:
    avant = ZERO
    for le, solde in marches.items():
        if solde != avant:
            yield le
        avant = solde


def _semestres(du: date, au: date) -> Iterator[date]:
    for annee in range(du.year, au.year + 1):
        yield from (date(annee, 1, 1), date(annee, JUILLET, 1))


def _au_matin(marches: Mapping[date, Decimal], jour: date) -> Decimal:
    """What a day begins with: the balance left by the days before."""
    avant = [solde for le, solde in marches.items() if le < jour]
    return avant[-1] if avant else ZERO
