"""The QR code that fills in a bank transfer (European Payments Council, EPC069-12). Pure.

Banking applications read it: the client checks the amount and validates.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby

import qrcode
from qrcode.constants import ERROR_CORRECT_M

from artjardin.argent import CENT

PLUS_GRAND = Decimal("999999999.99")
OCTETS = 331  # what the largest allowed code holds: version 13, error correction M
MASQUE = 2  # any can be read (ISO 18004); choosing the best of eight takes six times longer
MARGE = 4  # white modules around the code
TRAIT = 1.04  # height of a drawn row, in modules: rows overlap, so that no hairline shows


def epc(*, nom: str, iban: str, bic: str, montant: Decimal, reference: str) -> str:
    r"""The text of the code that pays `montant` euros to `nom`, or "" where none is possible.

    >>> du = Decimal("1234.5")
    >>> epc(nom="A & J", iban="FR76 3000 6", bic="AGRIFRPP", montant=du, reference="FAC-1")
    'BCD\n002\n1\nSCT\nAGRIFRPP\nA & J\nFR7630006\nEUR1234.50\n\n\nFAC-1'
    """
    compte, titulaire = _serrer(iban), _ligne(nom, 70)
    if not (compte and titulaire and CENT <= montant <= PLUS_GRAND):
        return ""
    somme = f"EUR{montant:.2f}"
    donnees = [_serrer(bic), titulaire, compte, somme, "", "", _ligne(reference, 140)]
    texte = "\n".join(["BCD", "002", "1", "SCT", *donnees])
    return texte if len(texte.encode()) <= OCTETS else ""


def qr_svg(texte: str) -> str:
    """The QR code of a text as an SVG drawing with its white margin, one path.

    >>> qr_svg("Bonjour")[:75]
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4.5 29 29"><path strok'
    """
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, mask_pattern=MASQUE)
    code.add_data(texte.encode(), optimize=0)
    code.make()
    cote = code.modules_count + 2 * MARGE
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" '
        f'viewBox="-{MARGE} -{MARGE}.5 {cote} {cote}">'
        f'<path stroke="#000" stroke-width="{TRAIT}" d="{"".join(_traits(code.modules))}"/></svg>'
    )


def _serrer(numero: str) -> str:
    return "".join(numero.split()).upper()


def _ligne(texte: str, longueur: int) -> str:
    """One line of at most so many characters.

    >>> _ligne("  Les" + chr(10) + "Tilleuls ", 7)
    'Les Til'
    """
    return " ".join(texte.split())[:longueur].rstrip()


def _traits(modules: list[list[bool | None]]) -> Iterator[str]:
    for y, rangee in enumerate(modules):
        x = 0
        for noir, suite in groupby(rangee):
            largeur = len(list(suite))
            if noir:
                yield f"M{x} {y}h{largeur}"
            x += largeur
