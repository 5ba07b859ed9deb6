"""Sharing what was cashed of an invoice over its VAT rates, to the cent. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from artjardin.argent import ZERO, arrondir
from facturation.montants import Tva


def ventiler(encaisse: Decimal, par_taux: Sequence[Tva]) -> list[Tva]:
    """Share what was cashed of a document, in euros TTC since its issue, over its rates.

    In proportion of the TTC of each rate, then of the VAT within it; the parts are signed as `Tva`,
    base HT and VAT. They sum to what was cashed, they are the rates themselves when all of it is,
    and none shrinks when more is cashed, so the parts of a period are a difference of two days. The
    last rate takes the last cent. What exceeds the total is not shared: it settles nothing.

    >>> deux = [Tva(Decimal(20), Decimal("100.00")), Tva(Decimal(10), Decimal("100.00"))]
    >>> [(part.base, part.montant) for part in ventiler(Decimal("115.00"), deux)]
    [(Decimal('50.00'), Decimal('10.00')), (Decimal('50.00'), Decimal('5.00'))]
    """
    total = sum((tva.base + tva.montant for tva in par_taux), ZERO)
    place = min(max(encaisse, ZERO), max(total, ZERO))
    parts = []
    for tva in par_taux:
        ttc = tva.base + tva.montant
        part = _proportion(place, ttc, total)
        taxe = _proportion(part, tva.montant, ttc)
        parts.append(Tva(tva.taux, part - taxe, taxe))
        place, total = place - part, total - ttc
    return parts


def encaisser_par_mois(
    regle: Mapping[str, Decimal], taxe: Mapping[str, Sequence[Tva]]
) -> Iterator[tuple[str, Tva]]:
    """What was cashed of one invoice in each month, by rate: base HT and VAT in euros.

    By month ("2026-03", or "" for all that precedes): `regle`, what was allocated to it, and
    `taxe`, what its issue added to its rates and its credit notes took off. A credit note shares
    anew what was cashed over what is left of the invoice, so a settled one ends at its exact rates.
    """
    cumul, bases, avant = ZERO, dict[Decimal, Tva](), dict[Decimal, Tva]()
    for mois in sorted({*regle, *taxe}):
        cumul += regle.get(mois, ZERO)
        for tva in taxe.get(mois, ()):
            bases[tva.taux] = _plus(bases.get(tva.taux), tva, signe=1)
        apres = ventiler(cumul, [bases[taux] for taux in sorted(bases, reverse=True)])
        for part in apres:
            yield mois, _plus(part, avant.get(part.taux, Tva(part.taux, ZERO)), signe=-1)
        avant = {part.taux: part for part in apres}


def _proportion(montant: Decimal, poids: Decimal, total: Decimal) -> Decimal:
    return arrondir(montant * poids / total) if total else ZERO


def _plus(une: Tva | None, autre: Tva, *, signe: int) -> Tva:
    une = une or Tva(autre.taux, ZERO)
    return Tva(une.taux, une.base + signe * autre.base, une.montant + signe * autre.montant)
