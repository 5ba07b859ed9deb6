"""What is watched, and what was seen of it. Data only: no database, no network."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Self


class Etat(StrEnum):
    """Of one thing; the words are those that a person reads."""

    OK = "ok"
    DEGRADE = "dégradé"
    PANNE = "panne"


COURANT = timedelta(minutes=5)
GRAVITE = {Etat.OK: 0, Etat.DEGRADE: 1, Etat.PANNE: 2}


class Releve(NamedTuple):
    """What a probe answers. `message`: French, without personal data; empty when there is nothing
    to say. `valeur`, `unite`: what was measured, for graphs (unit: "s", "octets", "%", "")."""

    etat: Etat
    message: str = ""
    valeur: float | None = None
    unite: str = ""


@dataclass(frozen=True, slots=True)
class Sonde:
    """One thing that is watched.

    `eprouver`: dotted path of `() -> Releve`; what it raises is a panne whose text is the message.
    `groupe`: probes of a group follow each other in one thread (the database is asked by one).
    `demande`: names of probes without which this one cannot tell; it is then not known, and is no
    alarm of its own. `delai`: how long a panne lasts before it is told (None: ALERTE_DELAI).
    `activite`: the firm's work, not what the site runs on.
    """

    nom: str
    titre: str
    eprouver: str
    remede: str
    groupe: str = ""
    demande: tuple[str, ...] = ()
    delai: timedelta | None = None
    essentielle: bool = False
    activite: bool = False


@dataclass(frozen=True, slots=True)
class Constat:
    """What was seen of a probe. `depuis`: since when it is so; `cause`: the probe that is in panne
    and without which nothing can be said of this one (then `etat` is DEGRADE, and it never alerts).
    `repondu`: the probe itself said so; False when it raised, or has not answered yet.
    """

    sonde: Sonde
    etat: Etat
    message: str
    duree_ms: float
    le: datetime
    valeur: float | None = None
    unite: str = ""
    depuis: datetime | None = None
    cause: str = ""
    repondu: bool = True

    @property
    def en_panne(self) -> bool:
        return self.etat is Etat.PANNE

    def vu_depuis(self, depuis: datetime) -> Self:
        return replace(self, depuis=depuis)

    def delai(self, defaut: timedelta) -> timedelta:
        """How long it must last before somebody is told; `defaut`: ALERTE_DELAI, which shortens a
        short one, and leaves those that are long on purpose."""
        propre = self.sonde.delai
        if propre is None:
            return defaut
        if not self.repondu:  # that says nothing of what it watches
            return max(propre, defaut)
        return propre if propre > COURANT else min(propre, defaut)


def le_pire(constats: list[Constat]) -> Etat:
    """The overall word; OK when there is nothing. The site runs whatever waits in the office."""
    etats = (
        Etat.DEGRADE if constat.en_panne and constat.sonde.activite else constat.etat
        for constat in constats
    )
    return max(etats, key=GRAVITE.__getitem__, default=Etat.OK)
