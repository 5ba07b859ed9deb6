"""Whether an open invoice is reminded on a day, at which level, or why not. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple, Protocol

MOTIFS = {
    "reglee": "La facture est réglée.",
    "montant-change": "Le montant dû a changé.",
    "pas-echue": "Le premier niveau de relance n'est pas encore atteint.",
    "entree-apres-9h": "La facture est entrée aujourd'hui après 9 h : relance automatique demain.",
    "client-supprime": "Le client est dans la corbeille.",
    "client-exclu": "Le client est exclu des relances.",
    "litige": "La facture est en litige.",
    "niveaux-epuises": "Tous les niveaux ont été envoyés.",
    "niveau-a-venir": "Le niveau suivant n'est pas encore atteint.",
    "delai-minimum": "La relance précédente est trop récente.",
    "sans-email": "Le client n'a pas d'adresse e-mail : lettre à poster.",
}


class Palier(Protocol):
    """What the rules read of a level."""

    jours: int
    delai_minimum: int


class Faits(NamedTuple):
    """What is known of one issued invoice.

    `nouvelle`: entered after the hour of an automatic run; `fait`: days of the highest level
    reached so far, 0 if none.
    """

    facture_id: int
    numero: str
    client_id: int
    client_code: str
    echeance: date
    solde: Decimal
    email: str
    exclu: bool
    supprime: bool
    litige: bool
    nouvelle: bool
    fait: int
    dernier: date | None

    def retard(self, *, au: date) -> int:
        """Days past the due date, on Paris dates."""
        return (au - self.echeance).days


@dataclass(frozen=True)
class Verdict:
    """The level to send (None: nothing), and the reason it is set aside ("" when mailed)."""

    palier: Palier | None
    motif: str = ""


def empechement(faits: Faits) -> str:
    """Why this invoice may not be reminded at all now, asked again under lock at sending."""
    if faits.solde <= 0:
        return "reglee"
    if faits.supprime:
        return "client-supprime"
    if faits.exclu:
        return "client-exclu"
    return "litige" if faits.litige else ""


def juger(faits: Faits, *, paliers: Sequence[Palier], au: date) -> Verdict:
    """Choose the next level of an invoice on `au`, or say why it waits.

    `paliers` are the active levels by ascending days. Levels climb one by one and days are
    compared with ≥, so downtime neither loses nor piles up reminders.
    """
    palier = next((p for p in paliers if p.jours > faits.fait), None)
    premier = paliers[0].jours if paliers else None
    if faits.solde > 0 and (premier is None or faits.retard(au=au) < premier):
        return Verdict(None, "pas-echue")
    motif = empechement(faits) or _attente(faits, palier, au=au)
    if motif or palier is None:
        return Verdict(None, motif)
    return Verdict(palier, "" if faits.email else "sans-email")


def _attente(faits: Faits, palier: Palier | None, *, au: date) -> str:
    """Why an invoice that may be reminded waits for another day, or ""."""
    if faits.nouvelle:
        return "entree-apres-9h"
    if palier is None:
        return "niveaux-epuises"
    if faits.retard(au=au) < palier.jours:
        return "niveau-a-venir"
    trop_tot = faits.dernier and faits.dernier + timedelta(days=palier.delai_minimum) > au
    return "delai-minimum" if trop_tot else ""
