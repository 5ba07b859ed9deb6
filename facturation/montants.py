"""Arithmetic of documents, exact to the cent (EN 16931 BR-S-08, BR-S-09, BR-CO-10 to 17). Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from itertools import chain
from typing import Protocol

from artjardin.argent import CENT, ZERO, arrondir

# Rates a document may carry, in percent (CGI art. 278, 279, 278-0 bis, 293 B)
TAUX_TVA = (Decimal("20.00"), Decimal("10.00"), Decimal("5.50"), Decimal("0.00"))
TAUX_REDUITS = TAUX_TVA[1:3]
TAUX_NUL = TAUX_TVA[3]
ECART_MAX = 200  # cents: the VAT at 5.5 % of 2.00 € is exact, so an exact split is never further


class LigneChiffree(Protocol):
    """Anything with a net (euros HT, two decimals) and a VAT rate (percent)."""

    @property
    def total_ht(self) -> Decimal: ...
    @property
    def taux_tva(self) -> Decimal: ...


@dataclass(frozen=True)
class Remise:
    """The discount of a document: a percentage, or an amount in euros HT; never both."""

    taux: Decimal = ZERO
    montant: Decimal = ZERO


@dataclass(frozen=True)
class Tva:
    """One rate of a document: its base HT and its VAT, in euros.

    `imposee` is the VAT of a document that takes what earlier ones have left.
    """

    taux: Decimal
    base: Decimal
    imposee: Decimal | None = None

    @property
    def montant(self) -> Decimal:
        """BR-CO-17: round2(base × rate / 100), half up, unless imposed."""
        return arrondir(self.base * self.taux / 100) if self.imposee is None else self.imposee


@dataclass(frozen=True)
class Totaux:
    """Totals of a document, in euros; `remises` is its discount by rate, already off the bases."""

    par_taux: tuple[Tva, ...]
    remises: tuple[tuple[Decimal, Decimal], ...] = ()

    @property
    def ht(self) -> Decimal:
        return sum((tva.base for tva in self.par_taux), ZERO)

    @property
    def tva(self) -> Decimal:
        return sum((tva.montant for tva in self.par_taux), ZERO)

    @property
    def ttc(self) -> Decimal:
        return self.ht + self.tva


def net_de_ligne(
    *,
    quantite: Decimal,
    prix_unitaire: Decimal,
    remise: Decimal = ZERO,
    remise_montant: Decimal = ZERO,
) -> Decimal:
    """Net of a line in euros HT, rounded once; discount in percent, or in euros HT.

    >>> net_de_ligne(quantite=Decimal("3.5"), prix_unitaire=Decimal("12.345"))
    Decimal('43.21')
    >>> net_de_ligne(quantite=Decimal("1"), prix_unitaire=Decimal("100"), remise=Decimal("7.5"))
    Decimal('92.50')
    >>> net_de_ligne(quantite=Decimal(3), prix_unitaire=Decimal("9.99"), remise_montant=Decimal(5))
    Decimal('24.97')
    """
    return arrondir(quantite * prix_unitaire * (100 - remise) / 100 - remise_montant)


def totaliser(lignes: Iterable[LigneChiffree], remise: Remise | None = None) -> Totaux:
    """Sum rounded nets by rate, take off the document's discount, then the VAT once per rate.

    The discount bears on the positive lines: what a solde deducts is net of it already. Raise
    ValueError when it is larger than they are.
    """
    ventes: defaultdict[Decimal, Decimal] = defaultdict(lambda: ZERO)
    deductions: defaultdict[Decimal, Decimal] = defaultdict(lambda: ZERO)
    for ligne in lignes:
        (deductions if ligne.total_ht < 0 else ventes)[ligne.taux_tva] += ligne.total_ht
    remises = repartir_la_remise(remise or Remise(), ventes)
    taux_presents = sorted({*ventes, *deductions}, reverse=True)
    return Totaux(
        tuple(
            Tva(taux, ventes[taux] - remises.get(taux, ZERO) + deductions[taux])
            for taux in taux_presents
        ),
        tuple((taux, remises[taux]) for taux in taux_presents if remises.get(taux)),
    )


def repartir_la_remise(
    remise: Remise, bases: Mapping[Decimal, Decimal]
) -> Mapping[Decimal, Decimal]:
    """The discount by rate, in euros HT (EN 16931 BG-20): a percentage bears on each base, an
    amount is shared in proportion. Raise ValueError when it is larger than the bases.

    >>> deux = {Decimal("20.00"): Decimal("66.67"), Decimal("10.00"): Decimal("33.33")}
    >>> dict(repartir_la_remise(Remise(montant=Decimal("10.00")), deux))
    {Decimal('20.00'): Decimal('6.67'), Decimal('10.00'): Decimal('3.33')}
    """
    if remise.taux:
        return {taux: arrondir(base * remise.taux / 100) for taux, base in bases.items()}
    taux_presents = sorted(bases, reverse=True)
    parts = repartir(remise.montant, [bases[taux] for taux in taux_presents])
    return dict(zip(taux_presents, parts, strict=True))


def repartir(montant: Decimal, poids: Sequence[Decimal]) -> list[Decimal]:
    """Share euros in proportion to `poids` (≥ 0), to the cent, the largest remainders served first.

    No part exceeds its weight while the amount does not exceed their sum. Raise ValueError when it
    does.

    >>> repartir(Decimal("10.00"), [Decimal(1), Decimal(1), Decimal(8)])
    [Decimal('1.00'), Decimal('1.00'), Decimal('8.00')]
    >>> repartir(Decimal("0.05"), [Decimal("0.33"), Decimal("0.33"), Decimal("0.33")])
    [Decimal('0.02'), Decimal('0.02'), Decimal('0.01')]
    """
    total = sum(poids, ZERO)
    if montant > total:
        raise ValueError("Le montant à répartir dépasse le total.")
    if not total:
        return [ZERO for _ in poids]
    exactes = [montant * un / total for un in poids]
    parts = [exacte.quantize(CENT, rounding=ROUND_DOWN) for exacte in exactes]
    reste = int((montant - sum(parts, ZERO)) / CENT)
    manques = [exacte - part for exacte, part in zip(exactes, parts, strict=True)]
    for rang in sorted(range(len(parts)), key=lambda rang: (-manques[rang], rang))[:reste]:
        parts[rang] += CENT
    return parts


def part_exacte(voulue: Decimal, *, reste: Decimal, taux: Decimal) -> Decimal:
    """The base nearest to `voulue` that splits `reste` without losing a cent of VAT.

    Both euros HT, 0 ≤ voulue ≤ reste. VAT is rounded once per document (BR-CO-17), so two documents
    may carry a cent more or less than one: the base moves by a cent or so, until the VAT of the
    part and of what then remains make the VAT of the whole.

    >>> part_exacte(Decimal("0.03"), reste=Decimal("0.06"), taux=Decimal(20))
    Decimal('0.02')
    >>> part_exacte(Decimal("30.00"), reste=Decimal("100.00"), taux=Decimal(20))
    Decimal('30.00')
    """
    tout = Tva(taux, reste).montant
    for base in _autour(voulue):
        if not 0 <= base <= reste:
            continue
        if Tva(taux, base).montant + Tva(taux, reste - base).montant == tout:
            return base
    return reste


def _autour(base: Decimal) -> Iterator[Decimal]:
    ecarts = chain.from_iterable((-rang, rang) for rang in range(1, ECART_MAX + 1))
    return (base + ecart * CENT for ecart in chain([0], ecarts))


def ttc_est_coherent(*, ht: Decimal, taux: Decimal, ttc: Decimal) -> bool:
    """Whether an imported total is HT plus its VAT, to the cent.

    >>> ttc_est_coherent(ht=Decimal("9340.90"), taux=Decimal("20"), ttc=Decimal("11209.08"))
    True
    """
    return ttc == ht + Tva(taux, ht).montant
