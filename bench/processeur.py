"""Processor time per request, which a busy machine disturbs less than rates."""

import os
from dataclasses import dataclass
from pathlib import Path

TICS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Couts:
    """Milliseconds of processor per request."""

    serveur: float
    base: float


class Processeur:
    """Counts from its creation on what a server and the PostgreSQL of a folder consume."""

    def __init__(self, serveur: int, dossier: Path) -> None:
        """`serveur`: pid of granian."""
        self._racines = serveur, postmaster(dossier)
        self._debut = self._lire()

    def depuis(self, requetes: float) -> Couts:
        serveur, base = self._lire()
        return Couts(
            (serveur - self._debut[0]) / TICS / requetes * 1000,
            (base - self._debut[1]) / TICS / requetes * 1000,
        )

    def _lire(self) -> tuple[int, int]:
        """Ticks of each of the two families, children included."""
        serveur, base = self._racines
        familles = {serveur: 0, base: 0}
        for chemin in Path("/proc").glob("[0-9]*/stat"):
            try:
                champs = chemin.read_text().rpartition(")")[2].split()
            except OSError:  # it ended meanwhile
                continue
            for racine in (int(chemin.parent.name), int(champs[1])):
                if racine in familles:
                    familles[racine] += int(champs[11]) + int(champs[12])
        return familles[serveur], familles[base]


def postmaster(dossier: Path) -> int:
    return int((dossier / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
