"""Arithmetic of documents, exact to the cent (EN 16931 BR-S-08, BR-S-09, BR-CO-10 to 17). Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from artjardin.argent import ZERO, arrondir

# Rates a document may carry, in percent (CGI art. 278, 279, 278-0 bis, 293 B)
TAUX_TVA = (Decimal("20.00"), Decimal("10.00"), Decimal("5.50"), Decimal("0.00"))


class LigneChiffree(Protocol):
    """Anything with a net (euros HT, two decimals) and a VAT rate (percent)."""

    @property
    def total_ht(self) -> Decimal: ...
    @property
    def taux_tva(self) -> Decimal: ...


@dataclass(frozen=True)
class Tva:
    """One rate of a document: its base HT and its VAT, in euros."""

    taux: Decimal
    base: Decimal

    @property
    def montant(self) -> Decimal:
        """BR-CO-17: round2(base × rate / 100), half up."""
        return arrondir(self.base * self.taux / 100)


@dataclass(frozen=True)
class Totaux:
    """Totals of a document, in euros."""

    par_taux: tuple[Tva, ...]

    @property
    def ht(self) -> Decimal:
        return sum((tva.base for tva in self.par_taux), ZERO)

    @property
    def tva(self) -> Decimal:
        return sum((tva.montant for tva in self.par_taux), ZERO)

    @property
    def ttc(self) -> Decimal:
        return self.ht + self.tva


def net_de_ligne(*, quantite: Decimal, prix_unitaire: Decimal, remise: Decimal = ZERO) -> Decimal:
    """Net of a line in euros HT, rounded once; `remise` is a percentage.

    >>> net_de_ligne(quantite=Decimal("3.5"), prix_unitaire=Decimal("12.345"))
    Decimal('43.21')
    >>> net_de_ligne(quantite=Decimal("1"), prix_unitaire=Decimal("100"), remise=Decimal("7.5"))
    Decimal('92.50')
    """
    return arrondir(quantite * prix_unitaire * (100 - remise) / 100)


def totaliser(lignes: Iterable[LigneChiffree]) -> Totaux:
    """Sum rounded nets by rate, then take the VAT once per rate."""
    bases: defaultdict[Decimal, Decimal] = defaultdict(lambda: ZERO)
    for ligne in lignes:
        bases[ligne.taux_tva] += ligne.total_ht
    return Totaux(tuple(Tva(taux, bases[taux]) for taux in sorted(bases, reverse=True)))


def ttc_est_coherent(*, ht: Decimal, taux: Decimal, ttc: Decimal) -> bool:
    """Whether an imported total is HT plus its VAT, to the cent.

    >>> ttc_est_coherent(ht=Decimal("9340.90"), taux=Decimal("20"), ttc=Decimal("11209.08"))
    True
    """
    return ttc == ht + Tva(taux, ht).montant
