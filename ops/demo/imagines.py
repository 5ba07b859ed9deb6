"""What is imagined before it is written, and the days on which the firm works. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ops.demo.travaux import Travail

Lignes = list[tuple[str, Decimal]]


@dataclass
class ChantierImagine:
    client: int
    travail: Travail
    nom: str
    statut: str
    responsable: int
    consignes: str


@dataclass
class DevisImagine:
    client: int
    chantier: int | None
    objet: str
    lignes: Lignes
    statut: str
    le: date
    decide_le: date | None = None


@dataclass
class PaiementImagine:
    """A part of the TTC, in percent of what is then left: 100 settles it."""

    part: int
    mode: str
    le: date


@dataclass
class FactureImaginee:
    client: int
    chantier: int | None
    objet: str
    lignes: Lignes
    le: date
    devis: int | None = None
    cas: str = ""  # what becomes of it when it is late: see ops/demo/retards.py
    paiements: list[PaiementImagine] = field(default_factory=list)


@dataclass
class InterventionImaginee:
    chantier: int
    employe: int
    debut: datetime
    fin: datetime
    statut: str
    ecart: int  # minutes between the plan and the real start


@dataclass
class Annee:
    """Everything the demo writes. Indices point into the other lists."""

    clients: list[dict[str, Any]]
    exclus: list[int]
    preleves: list[int]
    au_plan_propre: list[int]
    chantiers: list[ChantierImagine]
    devis: list[DevisImagine]
    factures: list[FactureImaginee]
    brouillons: list[FactureImaginee]
    interventions: list[InterventionImaginee]


def ouvre(jour: date, *, au: date) -> date:
    """That day, or the Monday after a weekend; never past `au`."""
    decale = jour + timedelta(days=max(0, 7 - jour.weekday()) if jour.weekday() > 4 else 0)  # noqa: PLR2004
    return min(decale, au)
