"""The Factur-X of an invoice of 25 lines, against WeasyPrint alone on the same HTML.

The product reads the frozen invoice, writes its HTML, draws it, writes the XML and puts it inside.
`nu` draws that HTML without the style sheet of browsers, as the product; `avec feuille` with it,
as WeasyPrint does by itself.
"""

from collections.abc import Sequence
from statistics import median
from typing import Any

from bench.banc import Banc
from bench.mesures import Releves, charge_machine, dire
from bench.ouvriers import Ouvriers

LIGNES = 25
PROCESSUS = (1, 2)
QUOI = ("nu", "produit", "avec feuille")
CHAUFFE = 3


def mesurer_pdf(banc: Banc, *, tours: int, documents: int) -> None:
    """`documents`: how many each process draws in each measure."""
    releves = Releves()
    banc.python("-m", "bench.brouillons", "modele", str(LIGNES))
    octets = {}
    with Ouvriers(banc, "bench.imprimeur", max(PROCESSUS)) as ouvriers:
        for quoi in QUOI:
            faits = dessiner(ouvriers, quoi, max(PROCESSUS), combien=CHAUFFE)
            octets[quoi] = faits[0]["octets"]
        for tour in range(tours):
            dire(f"  tour {tour + 1} sur {tours}")
            for processus in PROCESSUS:
                for quoi in QUOI:
                    faits = dessiner(ouvriers, quoi, processus, combien=documents)
                    noter(releves, (quoi, processus), faits)
    rendre_compte(releves, octets)


def dessiner(ouvriers: Ouvriers, quoi: str, processus: int, *, combien: int) -> list[Any]:
    return ouvriers.executer([{"quoi": quoi, "combien": combien}] * processus)


def noter(releves: Releves, nom: tuple[str, int], faits: Sequence[Any]) -> None:
    """Documents per second of all processes; milliseconds per document: best, median, processor."""
    durees = [duree * 1000 for fait in faits for duree in fait["durees"]]
    temps = max(fait["fin"] for fait in faits) - min(fait["debut"] for fait in faits)
    releves.noter("debit", *nom, valeur=len(durees) / temps)
    releves.noter("meilleur", *nom, valeur=min(durees))
    releves.noter("median", *nom, valeur=median(durees))
    calculs = [calcul * 1000 for fait in faits for calcul in fait["calculs"]]
    releves.noter("calcul", *nom, valeur=median(calculs))


def rendre_compte(releves: Releves, octets: dict[str, int]) -> None:
    dire()
    dire(f"{LIGNES} lignes, processus | par s | ms : meilleur  médian (étendue) | ms CPU")
    for processus in PROCESSUS:
        for quoi in QUOI:
            dire(ligne(quoi, processus, releves))
    for processus in PROCESSUS:
        surcouts = [surcout(mesure, processus, releves) for mesure in ("median", "calcul")]
        dire(
            f"{processus} processus : le produit coûte {surcouts[0]:.0f} % de plus que WeasyPrint "
            f"seul ({surcouts[1]:.0f} % en temps de processeur), médiane des tours"
        )
    dire(", ".join(f"{quoi} : {taille / 1024:.0f} Ko" for quoi, taille in octets.items()))
    dire(charge_machine())


def ligne(quoi: str, processus: int, releves: Releves) -> str:
    nom = quoi, processus
    debit, meilleur, milieu, calcul = (
        releves.mediane(mesure, *nom) for mesure in ("debit", "meilleur", "median", "calcul")
    )
    return (
        f"{quoi:>12} {processus:>11} | {debit:>5.1f} | {meilleur:>13.0f} {milieu:>7.0f} "
        f"({releves.etendue('median', *nom)}) | {calcul:>6.0f}"
    )


def surcout(mesure: str, processus: int, releves: Releves) -> float:
    """What the product takes more than WeasyPrint alone, in percent."""
    rapport = releves.rapport((mesure, "produit", processus), (mesure, "nu", processus))
    return (rapport - 1) * 100
