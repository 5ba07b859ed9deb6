"""Which backups are kept: counted by days that have one, never by the clock. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

DERNIERES = 3  # verified ones never deleted, whatever the settings


@dataclass(frozen=True)
class Candidate:
    """A backup as the rule sees it; `jour` is its Paris date, `rang` its place in time."""

    nom: str
    jour: date
    verifiee: bool
    rang: int


@dataclass(frozen=True)
class Regle:
    """How many days, months and years with a verified backup are kept."""

    jours: int = 30
    mois: int = 12
    ans: int = 10


def a_supprimer(candidates: Iterable[Candidate], regle: Regle) -> list[str]:
    """Names of the backups that may go, oldest first.

    Nothing while the newest is not verified. Of the verified ones stay the last of each of the
    `jours` last days, `mois` last months and `ans` last years that have one, and the three newest.
    One that was not verified goes once a newer verified one is older than the kept days: until
    then a person may look at it. A clock that jumps deletes nothing: days without a backup do
    not count.
    """
    triees = sorted(candidates, key=lambda une: une.rang)
    if not triees or not triees[-1].verifiee:
        return []
    verifiees = [une for une in triees if une.verifiee]
    gardees = {une.nom for une in verifiees[-DERNIERES:]}
    quotidiennes = _dernieres(verifiees, lambda une: une.jour, regle.jours)
    gardees |= {une.nom for une in quotidiennes}
    gardees |= {
        u.nom for u in _dernieres(verifiees, lambda u: (u.jour.year, u.jour.month), regle.mois)
    }
    gardees |= {une.nom for une in _dernieres(verifiees, lambda une: une.jour.year, regle.ans)}
    if len(quotidiennes) < regle.jours:
        return [une.nom for une in verifiees if une.nom not in gardees]
    limite = min((une.rang for une in quotidiennes), default=triees[-1].rang)
    gardees |= {une.nom for une in triees if not une.verifiee and une.rang >= limite}
    return [une.nom for une in triees if une.nom not in gardees]


def _dernieres(
    triees: list[Candidate], periode: Callable[[Candidate], object], nombre: int
) -> list[Candidate]:
    """The last candidate of each of the `nombre` last periods that have one; a period seen again
    after a clock jumped is as recent as its last candidate."""
    par_periode: dict[object, Candidate] = {}
    for une in triees:
        par_periode.pop(periode(une), None)
        par_periode[periode(une)] = une
    return list(par_periode.values())[-nombre:] if nombre > 0 else []
