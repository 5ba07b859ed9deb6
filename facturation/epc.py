"""The QR code that fills in a bank transfer (European Payments Council, EPC069-12). Pure.

Banking applications read it: the client checks the amount and validates.
"""

from __future__ import annotations

from decimal import Decimal

from artjardin.argent import CENT

PLUS_GRAND = Decimal("999999999.99")
OCTETS = 331  # what the largest allowed code holds: version 13, error correction M


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


def _serrer(numero: str) -> str:
    return "".join(numero.split()).upper()


def _ligne(texte: str, longueur: int) -> str:
    """One line of at most so many characters.

    >>> _ligne("  Les" + chr(10) + "Tilleuls ", 7)
    'Les Til'
    """
    return " ".join(texte.split())[:longueur].rstrip()
