"""When a thing in panne is told, told again, told to be back. Pure: no clock, no database.

Times are seconds since the epoch on a clock that never goes back (horloge.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

FENETRE, FOIS = 6 * 3600.0, 3  # opened three times in six hours: unstable
CALME = 3600.0  # what is unstable is told to be back after an hour without a fault
TROU = 300.0  # seconds without a look: what was not yet told is counted anew


class Genre(StrEnum):
    """What is to be told."""

    OUVERTURE = "ouverture"
    RAPPEL = "rappel"
    RETOUR = "retour"


class Regles(NamedTuple):
    """In seconds. `maintien`: how long a thing is well again before it counts; `rappel`: between
    two reminders of what lasts."""

    maintien: float
    rappel: float


class Vu(NamedTuple):
    """A look at one thing. `panne`: None when it could not be told; `delai`: seconds that it lasts
    before it is told."""

    panne: bool | None
    delai: float


@dataclass(frozen=True, slots=True)
class Suivi:
    """What is remembered of one thing.

    `panne_depuis`: first look that found it in panne, kept while it has not been well for
    `maintien`; `calme_depuis`: since when it is well again; `dit_le`: last message about it, 0 when
    it is not told.
    """

    vu_le: float = 0.0
    panne_depuis: float = 0.0
    calme_depuis: float = 0.0
    dit_le: float = 0.0
    rappels: int = 0
    acquitte: bool = False
    instable: bool = False
    numero: str = ""  # of its incident
    ouvertures: list[float] = field(default_factory=list)

    @property
    def est_ouvert(self) -> bool:
        return self.dit_le > 0


class Fait(NamedTuple):
    """What is to be told of a thing: since when it is in panne, and for how many seconds."""

    genre: Genre
    depuis: float
    duree: float


def avancer(avant: Suivi, vu: Vu, *, a: float, regles: Regles) -> tuple[Suivi, Fait | None]:
    """What one more look changes, and what is to be told of it.

    What is not known neither opens nor closes.
    """
    if vu.panne is None:
        return replace(avant, calme_depuis=0.0), None
    a = max(a, avant.vu_le)
    trou = a - avant.vu_le > TROU
    suivi = replace(avant, vu_le=a)
    if vu.panne:
        return _en_panne(suivi, a, vu.delai, regles, trou=trou)
    return _calme(suivi, a, regles, trou=trou)


def _en_panne(
    suivi: Suivi, a: float, delai: float, regles: Regles, *, trou: bool
) -> tuple[Suivi, Fait | None]:
    nouvelle = not suivi.panne_depuis or (trou and not suivi.est_ouvert)
    depuis = a if nouvelle else suivi.panne_depuis
    suivi = replace(suivi, panne_depuis=depuis, calme_depuis=0.0)
    if not suivi.est_ouvert:
        if a - depuis < delai:
            return suivi, None
        return _ouvrir(suivi, a), Fait(Genre.OUVERTURE, depuis, a - depuis)
    if suivi.acquitte or a - suivi.dit_le < regles.rappel:
        return suivi, None
    suivi = replace(suivi, dit_le=a, rappels=suivi.rappels + 1)
    return suivi, Fait(Genre.RAPPEL, depuis, a - depuis)


def _ouvrir(suivi: Suivi, a: float) -> Suivi:
    recentes = [ouverture for ouverture in suivi.ouvertures if a - ouverture < FENETRE] + [a]
    return replace(suivi, dit_le=a, ouvertures=recentes, instable=len(recentes) >= FOIS)


def _calme(suivi: Suivi, a: float, regles: Regles, *, trou: bool) -> tuple[Suivi, Fait | None]:
    """Well again counts once it lasted; its panne then ended at the first look that was well."""
    if not suivi.panne_depuis:
        return suivi, None
    depuis = a if trou or not suivi.calme_depuis else suivi.calme_depuis
    attente = CALME if suivi.instable and suivi.est_ouvert else regles.maintien
    if a - depuis < attente:
        return replace(suivi, calme_depuis=depuis), None
    oublie = Suivi(vu_le=a, ouvertures=suivi.ouvertures)
    if not suivi.est_ouvert:
        return oublie, None
    return oublie, Fait(Genre.RETOUR, suivi.panne_depuis, depuis - suivi.panne_depuis)
