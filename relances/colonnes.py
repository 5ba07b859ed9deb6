"""The pieces of a reminder in plain text, at 72 columns. Pure.

Dates and amounts are those of the tables of the services: `date`, `Decimal` in euros.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from artjardin.argent import en_euros

LARGEUR = 72
TRAIT = LARGEUR * "-"
NUMERO = 24  # characters of the first column; a longer number has a line of its own
ENTETE = f"{'Facture':<24}{'Échéance':<14}{'Retard':<12}{'Reste dû':>22}"


def tableau(lignes: Sequence[Mapping[str, Any]], *, total: Decimal) -> str:
    """The table of the invoices and what they come to."""
    corps = [rang for ligne in lignes for rang in _facture(ligne)]
    somme = f"Total dû{en_euros(total):>{LARGEUR - 8}}"
    return "\n".join([ENTETE, TRAIT, *corps, TRAIT, somme])


def banque(rangs: Sequence[tuple[str, str]], *, lien: str) -> str:
    """How to pay: the rows of the transfer, the address of the payment page, "" for neither."""
    morceaux = []
    if rangs:
        largeur = max(len(nom) for nom, _ in rangs) + 2
        virement = [ligne for nom, valeur in rangs for ligne in _rang(nom, valeur, largeur)]
        morceaux.append("\n".join(["Pour régler par virement :", *virement]))
    if lien:
        morceaux.append(f"Le détail et les moyens de régler :\n{lien}")
    return "\n\n".join(morceaux)


def _rang(nom: str, valeur: str, largeur: int) -> list[str]:
    """A name and its value; the lines that a long one goes on with stand under its beginning."""
    premiere, *suite = _lignes(valeur, LARGEUR - largeur - 2)
    retrait = " " * (largeur + 2)
    return [f"  {nom:<{largeur}}{premiere}", *(f"{retrait}{ligne}" for ligne in suite)]


def decompte(rangs: Sequence[tuple[str, str]], *, titre: str) -> str:
    """A title, then names and amounts in two columns."""
    corps = [f"{nom}{montant:>{LARGEUR - len(nom)}}" for nom, montant in rangs]
    return "\n".join([titre, TRAIT, *corps])


def couper(texte: str) -> str:
    """Break the lines that are too long, between words; no-break spaces hold.

    >>> couper("mot " * 20).count(chr(10))
    1
    """
    return "\n".join(
        ligne if len(ligne) <= LARGEUR else "\n".join(_lignes(ligne)) for ligne in texte.split("\n")
    )


def _facture(ligne: Mapping[str, Any]) -> list[str]:
    numero, echeance = ligne["numero"], f"{ligne['echeance']:%d/%m/%Y}"
    rangs = [numero] if len(numero) >= NUMERO else []
    premier = "" if rangs else numero
    solde = en_euros(ligne["solde"])
    rangs.append(f"{premier:<24}{echeance:<14}{jours(ligne['retard']):<12}{solde:>22}")
    if ligne["objet"]:
        rangs += [f"  {rang}" for rang in _lignes(ligne["objet"], LARGEUR - 2)]
    rangs.append(f"  {precision(ligne)}")
    return rangs


def precision(ligne: Mapping[str, Any]) -> str:
    """The date of an invoice; its total and what was paid of it, when that is not what is due.

    >>> from datetime import date
    >>> precision({"date": date(2026, 9, 1), "solde": 5, "total_ttc": 5})
    'Facture du 01/09/2026'
    """
    du = f"Facture du {ligne['date']:%d/%m/%Y}"
    if ligne["solde"] == ligne["total_ttc"]:
        return du
    regle = f", réglé {en_euros(ligne['regle'])}" if ligne["regle"] else ""
    return f"{du} de {en_euros(ligne['total_ttc'])} TTC{regle}"


def jours(nombre: int) -> str:
    """A number of days, which holds on one line.

    >>> jours(1).replace(chr(160), "_"), jours(45).replace(chr(160), "_")
    ('1_jour', '45_jours')
    """
    return f"{nombre}\N{NO-BREAK SPACE}jour{'s' if nombre > 1 else ''}"


def _lignes(texte: str, largeur: int = LARGEUR) -> list[str]:
    lignes = [""]
    for mot in texte.split(" "):
        essai = f"{lignes[-1]} {mot}" if lignes[-1] else mot
        if len(essai) <= largeur or not lignes[-1]:
            lignes[-1] = essai
        else:
            lignes.append(mot)
    return lignes
