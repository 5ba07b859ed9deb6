"""Template filters: how documents and emails write money, dates and numbers in French.

Frozen data comes back from JSON as text, so money and dates are accepted as text too.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from django import template
from django.utils import formats

from artjardin.argent import en_euros

register = template.Library()

INSECABLE = "\N{NO-BREAK SPACE}"
FINE = "\N{NARROW NO-BREAK SPACE}"
SYMBOLES = {"m2": "m²", "m3": "m³"}
COLONNE = 45  # characters in a row of the column "Désignation"


@register.filter
def euros(montant: Decimal | str) -> str:
    """Write an amount to the cent.

    >>> euros("1234.5").replace(FINE, "_").replace(INSECABLE, "~")
    '1_234,50~€'
    """
    return en_euros(Decimal(montant))


@register.filter
def prix(montant: Decimal | str) -> str:
    """Write a unit price: two decimals, more only where they say something.

    >>> prix("12.500000").replace(INSECABLE, "~"), prix("0.123450").replace(INSECABLE, "~")
    ('12,50~€', '0,12345~€')
    """
    entier, _, decimales = _ecrire(Decimal(montant)).partition(",")
    return f"{entier},{decimales:0<2}{INSECABLE}€"


@register.filter
def quantite(valeur: Decimal | str) -> str:
    """Write a quantity without useless zeros.

    >>> quantite(Decimal("3.5000")), quantite(Decimal("20.0000")), quantite("0.1250")
    ('3,5', '20', '0,125')
    """
    return _ecrire(Decimal(valeur))


@register.filter
def pourcent(taux: Decimal | str) -> str:
    """Write a percentage.

    >>> pourcent(Decimal("5.50")).replace(INSECABLE, "~")
    '5,5~%'
    """
    return f"{_ecrire(Decimal(taux))}{INSECABLE}%"


@register.filter
def unite(code: str) -> str:
    """Write the symbol of a unit.

    >>> unite("m2"), unite("h")
    ('m²', 'h')
    """
    return SYMBOLES.get(code, code)


@register.filter
def est_long(texte: str) -> bool:
    """Whether a description takes more than about ten rows, so may be cut by a page.

    >>> est_long("Tonte"), est_long("- un arbre" + chr(10) * 12)
    (False, True)
    """
    return len(texte) + COLONNE * texte.count("\n") > 10 * COLONNE


@register.filter
def date_fr(jour: date | str) -> str:
    """Write a date in figures.

    >>> date_fr("2026-03-01")
    '01/03/2026'
    """
    return f"{_jour(jour):%d/%m/%Y}"


@register.filter
def date_longue(jour: date | str) -> str:
    """Write a date in words, "1er mars 2026"."""
    le = _jour(jour)
    quantieme = "1er" if le.day == 1 else str(le.day)
    return INSECABLE.join([quantieme, formats.date_format(le, "F Y").replace(" ", INSECABLE)])


@register.filter
def apres(jour: date | str, jours: int) -> date:
    """The date so many days later.

    >>> apres("2026-12-28", 8)
    datetime.date(2027, 1, 5)
    """
    return _jour(jour) + timedelta(days=jours)


@register.filter
def siret(numero: str) -> str:
    """Write a SIRET the usual way.

    >>> siret("73282932000074").replace(INSECABLE, "~")
    '732~829~320~00074'
    """
    morceaux = [numero[:3], numero[3:6], numero[6:9], numero[9:]]
    return INSECABLE.join(morceau for morceau in morceaux if morceau)


@register.filter
def iban(numero: str) -> str:
    """Write an IBAN by groups of four, with spaces that a banking site accepts when pasted.

    >>> iban("FR7630006000011234567890189")
    'FR76 3000 6000 0112 3456 7890 189'
    """
    serre = "".join(numero.split())
    return " ".join(serre[rang : rang + 4] for rang in range(0, len(serre), 4))


def _ecrire(nombre: Decimal) -> str:
    entier, _, decimales = f"{nombre:,f}".partition(".")
    decimales = decimales.rstrip("0")
    return entier.replace(",", FINE) + (f",{decimales}" if decimales else "")


def _jour(jour: date | str) -> date:
    return date.fromisoformat(jour) if isinstance(jour, str) else jour
