"""A reader of journals in the layout of the FEC, that checks the form the law asks for."""

from __future__ import annotations

import re
from collections import defaultdict
from decimal import Decimal
from itertools import groupby

from facturation.fec import COLONNES

ZERO = Decimal("0.00")


def lire(texte: str) -> list[dict[str, str]]:
    """The lines of a journal, after checking the form that the law asks for."""
    assert texte.endswith("\r\n")
    entete, *lignes = texte.removesuffix("\r\n").split("\r\n")
    assert entete.split("\t") == list(COLONNES)
    assert len(COLONNES) == 18
    lues = []
    for brute in lignes:
        cellules = brute.split("\t")
        assert len(cellules) == 18, brute
        assert not re.search(r'["|\x00-\x08\x0a-\x1f]', brute)
        assert not any(cellule.startswith(("=", "+", "-", "@")) for cellule in cellules)
        lue = dict(zip(COLONNES, cellules, strict=True))
        for champ in ("EcritureDate", "PieceDate", "ValidDate"):
            assert re.fullmatch(r"\d{8}", lue[champ])
        for champ in ("Debit", "Credit"):
            assert re.fullmatch(r"\d+,\d\d", lue[champ])
        assert (montant(lue["Debit"]) == 0) != (montant(lue["Credit"]) == 0)
        assert re.fullmatch(r"[1-7]\d{2}.*", lue["CompteNum"])
        for champ in ("JournalCode", "JournalLib", "CompteLib", "PieceRef", "EcritureLib"):
            assert lue[champ]
        lues.append(lue)
    entrees = [numero for numero, _ in groupby(lue["EcritureNum"] for lue in lues)]
    assert len(entrees) == len(set(entrees))
    for un in entrees:
        assert sum(signe(lue) for lue in lues if lue["EcritureNum"] == un) == 0
    jours = [lue["EcritureDate"] for lue in lues]
    assert jours == sorted(jours)
    return lues


def montant(texte: str) -> Decimal:
    return Decimal(texte.replace(",", "."))


def signe(lue: dict[str, str]) -> Decimal:
    return montant(lue["Debit"]) - montant(lue["Credit"])


def soldes(lues, *, champ="CompteNum") -> dict[str, Decimal]:
    sommes: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for lue in lues:
        sommes[lue[champ]] += signe(lue)
    return {clef: somme for clef, somme in sommes.items() if somme}
