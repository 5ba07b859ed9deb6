"""What `make run` shows: every line with the name of who wrote it, in colour on a terminal."""

import sys
from pathlib import Path

from artjardin.embarque.service import tourner

LARGEUR = 9
COULEURS = {"web": 32, "worker": 34, "beat": 35, "postgres": 36, "valkey": 33, "courriels": 33}
ROUTINE = " LOG:  "  # PostgreSQL's everyday remarks stay in its file


def afficher(nom: str, ligne: str) -> None:
    """One line on the standard output; a reader that went away stops nothing."""
    prefixe = f"{nom:<{LARGEUR}} |"
    if sys.stdout.isatty():
        prefixe = f"\033[{COULEURS.get(nom, 1)}m{prefixe}\033[0m"
    ecrire(f"{prefixe} {ligne}\n")


def ecrire(texte: str) -> None:
    try:
        sys.stdout.write(texte)
        sys.stdout.flush()
    except BrokenPipeError:
        return


class Lignes:
    """Cuts a stream of bytes into whole lines, keeping the unfinished one for later."""

    def __init__(self) -> None:
        self._reste = b""

    def ajouter(self, octets: bytes) -> list[str]:
        *entieres, self._reste = (self._reste + octets).split(b"\n")
        return [ligne.decode(errors="replace").rstrip("\r") for ligne in entieres]


class Suivi:
    """Shows what a service adds to its log file, and keeps that file small."""

    def __init__(self, nom: str, journal: Path) -> None:
        self._nom = nom
        self._journal = journal
        self._lignes = Lignes()
        self._position = self._taille()

    def sauter(self) -> None:
        """What is written so far is no news."""
        self._position = self._taille()

    def montrer(self) -> None:
        if self._taille() < self._position:
            self._position = 0
        if self._taille() == self._position:
            return
        with self._journal.open("rb") as fichier:
            fichier.seek(self._position)
            octets = fichier.read(2**16)
        self._position += len(octets)
        for ligne in self._lignes.ajouter(octets):
            if ROUTINE not in ligne:
                afficher(self._nom, ligne)
        tourner(self._journal)

    def _taille(self) -> int:
        return self._journal.stat().st_size if self._journal.exists() else 0
