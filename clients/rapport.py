"""What an import found, line by line, and how it is shown: JSON, and a CSV of what was refused."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import islice
from typing import Any

from clients.lecture import FORMULES, Feuille, Ligne, Refus

LOT = 1000


class Action(StrEnum):
    """What becomes of a row."""

    CREER = "creer"
    MODIFIER = "modifier"
    INCHANGE = "inchange"
    REJET = "rejet"
    DOUBLON = "doublon"


ACCEPTEES = {Action.CREER, Action.MODIFIER, Action.INCHANGE}
REFUSEES = {Action.REJET, Action.DOUBLON}


@dataclass(frozen=True, slots=True)
class Changement:
    """One field of a row that differs from what we hold; both values as text."""

    champ: str
    libelle: str
    avant: str
    apres: str

    def __str__(self) -> str:
        return f"{self.libelle} : « {self.avant} » → « {self.apres} »"


@dataclass(frozen=True, slots=True)
class Constat:
    """What becomes of one row. `cellules` is kept for the refused ones only."""

    ligne: int
    cle: str
    action: Action
    raison: str = ""
    message: str = ""
    changements: tuple[Changement, ...] = ()
    cellules: tuple[str, ...] = ()
    soldee: bool = False


@dataclass(frozen=True)
class Rapport:
    """A whole import, or its dry run (`essai`: nothing was written)."""

    fichier: str
    essai: bool
    entetes: tuple[str, ...]
    colonnes_ignorees: tuple[str, ...]
    constats: tuple[Constat, ...]

    def ceux(self, *actions: Action) -> list[Constat]:
        return [constat for constat in self.constats if constat.action in actions]

    @property
    def refuses(self) -> list[Constat]:
        return self.ceux(*REFUSEES)

    @property
    def acceptes(self) -> list[Constat]:
        return self.ceux(*ACCEPTEES)

    @property
    def ne_change_rien(self) -> bool:
        return not self.ceux(Action.CREER, Action.MODIFIER)

    def compter(self) -> dict[str, int]:
        """How many rows were created, changed, unchanged, refused, repeated."""
        nombre = Counter(constat.action for constat in self.constats)
        return {
            "crees": nombre[Action.CREER],
            "modifies": nombre[Action.MODIFIER],
            "inchanges": nombre[Action.INCHANGE],
            "rejetes": nombre[Action.REJET],
            "doublons": nombre[Action.DOUBLON],
        }

    @property
    def phrase(self) -> str:
        """The outcome in one sentence."""
        if not self.constats:
            return "Le fichier ne contient aucune ligne."
        if self.ne_change_rien:
            return "Rien n'a changé."
        return "Essai : rien n'est enregistré." if self.essai else "Import enregistré."

    def en_json(self) -> dict[str, Any]:
        """Counts, changes, each row's fate, and the refused rows as CSV when there are any."""
        corps = {
            "fichier": self.fichier,
            "essai": self.essai,
            "message": self.phrase,
            **self.compter(),
            "colonnes_ignorees": list(self.colonnes_ignorees),
            "changements": [_en_json(c) for c in self.ceux(Action.MODIFIER)],
            "lignes": [_ligne_en_json(constat) for constat in self.constats],
        }
        return corps | ({"rejets_csv": self.rejets_csv()} if self.refuses else {})

    def rejets_csv(self) -> str:
        """The refused rows as they were, with `Ligne` and `Raison`, to correct and import again."""
        sortie = io.StringIO()
        ecrivain = csv.writer(sortie, delimiter=";", lineterminator="\r\n")
        ecrivain.writerow(inoffensive(entete) for entete in (*self.entetes, "Ligne", "Raison"))
        for constat in self.refuses:
            largeur = len(self.entetes)
            cellules = constat.cellules + ("",) * (largeur - len(constat.cellules))
            surplus = [cellule for cellule in cellules[largeur:] if cellule]
            rangee = (*cellules[:largeur], str(constat.ligne), constat.message, *surplus)
            ecrivain.writerow(inoffensive(cellule) for cellule in rangee)
        return sortie.getvalue()


def inoffensive(cellule: str) -> str:
    """A cell that no spreadsheet takes for a formula (OWASP, CSV injection).

    >>> inoffensive("=1+1"), inoffensive("Angers")
    ("'=1+1", 'Angers')
    """
    return f"'{cellule}" if cellule.startswith(FORMULES) else cellule


def dresser(
    feuille: Feuille,
    traiter: Callable[[Sequence[Ligne]], Iterable[Constat]],
    *,
    fichier: str,
    essai: bool,
) -> Rapport:
    """Hand the rows over by batches, so that memory does not grow with the file."""
    return Rapport(
        fichier=fichier,
        essai=essai,
        entetes=feuille.entetes,
        colonnes_ignorees=feuille.ignorees,
        constats=tuple(constat for lot in _lots(feuille.lignes()) for constat in traiter(lot)),
    )


def _lots(lignes: Iterator[Ligne]) -> Iterator[list[Ligne]]:
    while lot := list(islice(lignes, LOT)):
        yield lot


def rejeter(ligne: Ligne, cle: str, refus: Sequence[Refus]) -> Constat:
    """Refuse a row: the first reason is its code, all of them are told."""
    return Constat(
        ligne.numero,
        cle,
        Action.REJET,
        raison=refus[0].code,
        message=" ".join(r.message for r in refus),
        cellules=ligne.cellules,
    )


def refus_de_forme(ligne: Ligne) -> list[Refus]:
    """A row whose cells do not fall under the headings would be read askew."""
    if ligne.est_complete:
        return []
    return [Refus("colonnes", "La ligne n'a pas autant de cellules que l'en-tête.")]


def _ligne_en_json(constat: Constat) -> dict[str, Any]:
    ligne = {"ligne": constat.ligne, "cle": constat.cle, "action": str(constat.action)}
    refusee = {"raison": constat.raison, "message": constat.message}
    return ligne | (refusee if constat.action in REFUSEES else {})


def _en_json(constat: Constat) -> dict[str, Any]:
    return {
        "ligne": constat.ligne,
        "cle": constat.cle,
        "champs": [asdict(changement) for changement in constat.changements],
    }
