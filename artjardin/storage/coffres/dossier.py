"""A folder that plays S3: written once, dated, read-only. Not legal WORM storage.

Each object `a/b.pdf` has its metadata beside it, `a/b.pdf.meta.json`, there before it is: an object
without metadata was tampered with. The owner of the machine can remove anything.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.utils import timezone

from artjardin.embarque.verrous import seul
from artjardin.storage.coffres.contrat import DejaDepose, Etat, Lecture, Objet
from artjardin.storage.fichiers import (
    balayer_les_provisoires,
    empreinte,
    provisoire,
    synchroniser,
)

FICHE = ".meta.json"


class Dossier:
    """One store of archives in a folder."""

    verrouille = False
    date = True

    def __init__(self, racine: Path) -> None:
        self.racine = racine
        self.description = f"dossier {racine} : écriture unique, sans valeur d'archivage légal"

    def deposer(
        self,
        cle: str,
        source: bytes | Path,
        *,
        jusqu_au: datetime | None,
        metadonnees: Mapping[str, str],
        type_mime: str = "application/pdf",
    ) -> str:
        fichier = self._fichier(cle)
        if fichier.exists():
            raise DejaDepose(cle)
        with provisoire(self.racine, source) as complet:
            notes = dict(metadonnees) | {"sha256": empreinte(complet)}
            fiche = {"metadonnees": notes, "type": type_mime, "jusqu_au": _texte(jusqu_au)}
            with seul(self.racine / ".verrou"):
                if fichier.exists():
                    raise DejaDepose(cle)
                fichier.parent.mkdir(parents=True, exist_ok=True)
                self._ecrire_la_fiche(fichier, fiche)
                fichier.hardlink_to(complet)
        synchroniser(fichier.parent)
        return ""

    def remplacer(
        self,
        cle: str,
        source: bytes | Path,
        *,
        jusqu_au: datetime | None,
        metadonnees: Mapping[str, str],
        type_mime: str = "application/pdf",
    ) -> str:
        fichier = self._fichier(cle)
        with seul(self.racine / ".verrou"):
            if fichier.exists():  # a name with a dot is listed nowhere
                fichier.rename(fichier.with_name(f".{fichier.name}.altere-{time.time_ns()}"))
        return self.deposer(
            cle, source, jusqu_au=jusqu_au, metadonnees=metadonnees, type_mime=type_mime
        )

    def etat(self, cle: str, version: str = "") -> Etat:
        fichier = self._fichier(cle)
        pose, fiche = fichier.stat(), self._fiche(fichier)
        return Etat(
            cle=cle,
            taille=pose.st_size,
            sha256=fiche["metadonnees"].get("sha256", ""),
            metadonnees=fiche["metadonnees"],
            verrouille_jusqu_au=_instant(fiche["jusqu_au"]),
            version="",
            modifie_le=datetime.fromtimestamp(pose.st_mtime, UTC),
        )

    def lire(self, cle: str, version: str = "") -> bytes:
        return self._fichier(cle).read_bytes()

    @contextmanager
    def ouvrir(self, cle: str, version: str = "") -> Iterator[Lecture]:
        etat = self.etat(cle)
        with self._fichier(cle).open("rb") as flux:
            yield Lecture(flux.read, etat)

    def lister(self, prefixe: str) -> Iterator[Objet]:
        dossier = prefixe[: prefixe.rfind("/") + 1]
        if ".." in dossier.split("/") or dossier.startswith("/"):
            raise ValueError(f"Préfixe refusé : {prefixe}")
        for cle, fichier in self._parcourir(dossier):
            if cle.startswith(prefixe):
                pose = fichier.stat()
                yield Objet(cle, "", pose.st_size, datetime.fromtimestamp(pose.st_mtime, UTC))

    def prolonger(self, cle: str, version: str, jusqu_au: datetime) -> None:
        fichier = self._fichier(cle)
        with seul(self.racine / ".verrou"):
            etat, fiche = self.etat(cle), self._fiche(fichier)
            if etat.verrouille_jusqu_au is None or etat.verrouille_jusqu_au < jusqu_au:
                self._ecrire_la_fiche(fichier, fiche | {"jusqu_au": _texte(jusqu_au)})

    def supprimer(self, cle: str, version: str) -> None:
        fichier = self._fichier(cle)
        with seul(self.racine / ".verrou"):
            date = self.etat(cle).verrouille_jusqu_au
            if date is not None and date > timezone.now():
                raise PermissionError(f"{cle} est verrouillé jusqu'au {date:%d/%m/%Y}.")
            fichier.unlink()
            self._nom_de_la_fiche(fichier).unlink(missing_ok=True)
        synchroniser(fichier.parent)

    def eprouver(self) -> datetime:
        self.racine.mkdir(parents=True, exist_ok=True)
        return timezone.now()

    def defaut_de_verrou(self) -> str:
        return ""

    def menage(self) -> int:
        return balayer_les_provisoires(self.racine)

    def _fichier(self, cle: str) -> Path:
        morceaux = cle.split("/")
        if any(not nom or nom.startswith(".") for nom in morceaux) or cle.endswith(FICHE):
            raise ValueError(f"Clef refusée : {cle}")
        return self.racine / cle

    def _nom_de_la_fiche(self, fichier: Path) -> Path:
        return fichier.with_name(f"{fichier.name}{FICHE}")

    def _ecrire_la_fiche(self, fichier: Path, fiche: Mapping[str, Any]) -> None:
        with provisoire(self.racine, json.dumps(fiche, ensure_ascii=False).encode()) as complet:
            doublure = complet.with_suffix(".fiche")
            doublure.hardlink_to(complet)
            doublure.replace(self._nom_de_la_fiche(fichier))
        synchroniser(fichier.parent)

    def _fiche(self, fichier: Path) -> dict[str, Any]:
        """Its metadata; empty when they are lost or altered, which a check then tells."""
        try:
            fiche = json.loads(self._nom_de_la_fiche(fichier).read_bytes())
            return {"metadonnees": dict(fiche["metadonnees"]), "jusqu_au": str(fiche["jusqu_au"])}
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return {"metadonnees": {}, "jusqu_au": ""}

    def _parcourir(self, prefixe: str) -> Iterator[tuple[str, Path]]:
        """Files in the order of their keys: a folder counts with the slash that follows it."""
        dossier = self.racine / prefixe
        if not dossier.is_dir():
            return
        with os.scandir(dossier) as entrees:
            noms = [e.name + "/" * e.is_dir() for e in entrees if not e.name.startswith(".")]
        for nom in sorted(noms):
            if nom.endswith("/"):
                yield from self._parcourir(f"{prefixe}{nom}")
            elif not nom.endswith(FICHE):
                yield f"{prefixe}{nom}", dossier / nom


def _texte(instant: datetime | None) -> str:
    return instant.isoformat() if instant else ""


def _instant(texte: str) -> datetime | None:
    try:
        return datetime.fromisoformat(texte)
    except ValueError:
        return None
