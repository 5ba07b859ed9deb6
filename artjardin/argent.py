"""Euros: exact amounts and the one rounding rule. Pure."""

from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal("0.00")
CENT = Decimal("0.01")


def arrondir(montant: Decimal) -> Decimal:
    """Round euros to the cent, half away from zero (EN 16931 §6, XPath round on abs).

    >>> arrondir(Decimal("0.125")), arrondir(Decimal("-0.125")), arrondir(Decimal("2.675"))
    (Decimal('0.13'), Decimal('-0.13'), Decimal('2.68'))

    Zero has no sign, as in the database.

    >>> arrondir(Decimal("-0.001"))
    Decimal('0.00')
    """
    return montant.quantize(CENT, rounding=ROUND_HALF_UP) + ZERO


def en_euros(montant: Decimal) -> str:
    """Write euros the French way, with narrow no-break spaces.

    >>> en_euros(Decimal("1527085.11")).replace(chr(0x202F), "_").replace(chr(0xA0), "~")
    '1_527_085,11~€'
    """
    entier, _, cents = f"{arrondir(montant):,.2f}".partition(".")
    return f"{entier.replace(',', chr(0x202F))},{cents}\N{NO-BREAK SPACE}€"
