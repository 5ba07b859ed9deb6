"""Rounds, medians and the words around them."""

import os
import sys
from collections import defaultdict
from statistics import median


class Releves:
    """Figures by name, one per round. Ratios are taken round by round, then their median."""

    def __init__(self) -> None:
        self._par_nom: dict[tuple, list[float]] = defaultdict(list)

    def noter(self, *nom: object, valeur: float) -> None:
        self._par_nom[nom].append(valeur)

    def mediane(self, *nom: object) -> float:
        return median(self._par_nom[nom])

    def etendue(self, *nom: object) -> str:
        return f"{min(self._par_nom[nom]):.0f}-{max(self._par_nom[nom]):.0f}"

    def rapport(self, haut: tuple, bas: tuple) -> float:
        """Median of the ratios of what was measured one right after the other."""
        paires = zip(self._par_nom[haut], self._par_nom[bas], strict=True)
        return median(a / b for a, b in paires)


def dire(texte: str = "") -> None:
    sys.stdout.write(f"{texte}\n")
    sys.stdout.flush()


def nombre(valeur: int) -> str:
    """1 000 000 rather than 1000000."""
    return f"{valeur:,}".replace(",", " ")


def charge_machine() -> str:
    """How busy the machine is: what else ran disturbs the figures."""
    charges = ", ".join(f"{charge:.1f}" for charge in os.getloadavg())
    return f"charge de la machine sur 1, 5 et 15 minutes : {charges} ({os.cpu_count()} cœurs)"
