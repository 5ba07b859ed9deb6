"""Template filters: how documents and emails write money, dates and numbers in French.

Frozen data comes back from JSON as text, so money and dates are accepted as text too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import template
from django.utils import formats

from artjardin.argent import en_euros

register = template.Library()

INSECABLE = "\N{NO-BREAK SPACE}"
FINE = "\N{NARROW NO-BREAK SPACE}"
MOINS = "\N{MINUS SIGN}"
SYMBOLES = {"m2": "m²", "m3": "m³"}
PIECES = {
    "facture": "Facture",
    "acompte": "Facture d'acompte",
    "situation": "Facture de situation",
    "solde": "Facture de solde",
    "avoir": "Avoir",
}
COLONNE = 45  # characters in a row of the column "Désignation"


@register.filter
def euros(montant: Decimal | str) -> str:
    """Write an amount to the cent.

    >>> euros("1234.5").replace(FINE, "_").replace(INSECABLE, "~")
    '1_234,50~€'
    """
    return en_euros(Decimal(montant))


@register.filter
def euros_ou_rien(montant: Decimal | str) -> str:
    """Write an amount of a column where zero says nothing.

    >>> euros_ou_rien("0.00"), euros_ou_rien("-3.10").replace(INSECABLE, "~")
    ('', '-3,10~€')
    """
    valeur = Decimal(montant)
    return en_euros(valeur) if valeur else ""


@register.filter
def en_moins(montant: Decimal | str) -> str:
    """Write an amount that is taken off, whatever its sign.

    >>> en_moins("12.34").replace(INSECABLE, "~"), en_moins("-12.34").replace(INSECABLE, "~")
    ('−12,34~€', '−12,34~€')
    """
    return f"{MOINS}{en_euros(abs(Decimal(montant)))}"


@register.filter
def non_nul(nombre: Decimal | str) -> bool:
    """Whether a number written as text is not zero.

    >>> non_nul("0.00"), non_nul("5.00")
    (False, True)
    """
    return bool(Decimal(nombre))


@register.filter
def negatif(montant: Decimal | str) -> bool:
    """Whether an amount is below zero."""
    return Decimal(montant) < 0


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
def taux(valeur: Decimal | str) -> str:
    """Write the VAT rate of a line, a dash where there is none.

    >>> taux("10.00").replace(INSECABLE, "~"), taux("0.00")
    ('10~%', '–')
    """
    return pourcent(valeur) if Decimal(valeur) else "–"


@register.filter
def rabais(piece: Mapping[str, Any]) -> str:
    """Write the discount of a line or document: `remise` or `remise_taux` (%), or euros.

    >>> rabais({"remise": "7.50", "remise_montant": "0.00"}).replace(INSECABLE, "~")
    '7,5~%'
    >>> rabais({"remise_taux": "0", "remise_montant": "12"}).replace(INSECABLE, "~")
    '−12,00~€'
    """
    part = Decimal(piece.get("remise") or piece.get("remise_taux") or 0)
    montant = Decimal(piece.get("remise_montant") or 0)
    if part:
        return pourcent(part)
    return en_moins(montant) if montant else ""


@register.filter
def intitule(genre: str) -> str:
    """The title of an invoice of this type.

    >>> intitule("acompte")
    "Facture d'acompte"
    """
    return PIECES[genre]


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
def coordonnees(firme: Mapping[str, str]) -> str:
    """Where to write to the firm, on one line.

    >>> coordonnees({"nom": "Art & Jardin", "code_postal": "49000", "ville": "Angers"})
    'Art & Jardin, 49000 Angers'
    """
    ville = f"{firme.get('code_postal', '')} {firme.get('ville', '')}".strip()
    autres = [firme.get("adresse"), ville, firme.get("telephone"), firme.get("email")]
    return ", ".join([firme["nom"], *filter(None, autres)])


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


@register.filter
def iban_masque(numero: str) -> str:
    """Write enough of an IBAN for its owner to know it: country, key, last four.

    >>> iban_masque("FR7630006000011234567890189")
    'FR76 … 0189'
    """
    serre = "".join(numero.split())
    return f"{serre[:4]} … {serre[-4:]}"


def _ecrire(nombre: Decimal) -> str:
    entier, _, decimales = f"{nombre:,f}".partition(".")
    decimales = decimales.rstrip("0")
    return entier.replace(",", FINE) + (f",{decimales}" if decimales else "")


def _jour(jour: date | str) -> date:
    return date.fromisoformat(jour) if isinstance(jour, str) else jour
