"""Code lists of EN 16931 and of XP Z12-012, and what XML can carry. Pure."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import NamedTuple

# BT-3, UNTDID 1001: 380 invoice, 386 prepayment invoice, 381 credit note
TYPES = {
    "facture": "380",
    "situation": "380",
    "solde": "380",
    "acompte": "386",
    "avoir": "381",
}
# BT-130, UN/ECE recommendations 20 and 21
UNITES = {
    "u": "C62",
    "h": "HUR",
    "m": "MTR",
    "m2": "MTK",
    "m3": "MTQ",
    "t": "TNE",
    "forfait": "LS",
}
# BT-21 of the notes that C. com. L441-9 and L441-10 ask for between professionals (BR-FR-05)
SUJETS = {"penalites": "PMD", "indemnite": "PMT", "escompte": "AAB"}
# BT-118, BT-121 and the words used when no mention carries them
EXONERATIONS = {
    "franchise": ("E", "VATEX-FR-FRANCHISE", "TVA non applicable, article 293 B du CGI"),
    "autoliquidation": ("AE", "VATEX-EU-AE", "Autoliquidation"),
}
SIREN = "0002"  # ISO 6523: BT-30-1, BT-47-1
ANNUAIRE = "0225"  # EAS: address of the French directory, BT-34-1 and BT-49-1
COURRIEL = "EM"  # EAS: electronic mail
REMISE = "95"  # UNTDID 5189: discount

# Euros that the VAT of a rate may be away from base × rate, for a document that takes the cents
# which earlier documents of the same work left.
RELIQUAT = Decimal("0.05")

# XML 1.0, production 2: any other character makes the document unreadable.
ILLEGAUX = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Manque(NamedTuple):
    """What forbids an issue: the rule, the field ("client.siret"), a French sentence."""

    regle: str
    champ: str
    message: str


def categorie(taux: str, exoneration: str) -> str:
    """VAT category (BT-118, BT-151) of a rate in percent: S, or E or AE when it is zero.

    >>> categorie("5.50", ""), categorie("0.00", "franchise"), categorie("0.00", "autoliquidation")
    ('S', 'E', 'AE')
    """
    if Decimal(taux):
        return "S"
    return EXONERATIONS[exoneration][0] if exoneration in EXONERATIONS else "E"
