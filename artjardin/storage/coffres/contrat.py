"""What every store of archives does: written once, dated, listed, read back."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

PANNES = (OSError,)  # the store is out of reach, full, or refuses


class DejaDepose(Exception):
    """Something lies under this key; nothing was written."""

    def __init__(self, cle: str) -> None:
        super().__init__(f"La clef {cle} est déjà prise.")
        self.cle = cle


class AutreContenu(DejaDepose):
    """What lies under this key is not what was to be put there."""


@dataclass(frozen=True)
class Etat:
    """What the store says of an object; `sha256` is what was noted when it was put."""

    cle: str
    taille: int
    sha256: str
    metadonnees: Mapping[str, str]
    verrouille_jusqu_au: datetime | None
    version: str
    modifie_le: datetime


@dataclass(frozen=True, order=True)
class Objet:
    """A line of a listing: one version of a key, or the marker that hides it."""

    cle: str
    version: str
    taille: int
    modifie_le: datetime
    est_marqueur: bool = False
    est_courant: bool = True


class Lecture(io.RawIOBase):
    """The bytes of an object as they come, and what the store says of it."""

    def __init__(self, lire: Callable[[int], bytes], etat: Etat) -> None:
        super().__init__()
        self._lire = lire
        self.etat = etat

    def readable(self) -> bool:
        return True

    def readinto(self, tampon: Any) -> int:
        morceau = self._lire(len(tampon))
        tampon[: len(morceau)] = morceau
        return len(morceau)


class Coffre(Protocol):
    """Absent: FileNotFoundError. Any other trouble: OSError (PANNES)."""

    verrouille: bool  # the place itself refuses to delete before the date
    date: bool  # the place notes, at least, until when an object is kept
    description: str

    def deposer(
        self,
        cle: str,
        source: bytes | Path,
        *,
        jusqu_au: datetime | None,
        metadonnees: Mapping[str, str],
        type_mime: str = "application/pdf",
    ) -> str:
        """Put an object that is kept until this date; its version, "" where there is none.

        A Path is streamed. The SHA-256 is added to the metadata. Raise DejaDepose, and write
        nothing, when the key is taken.
        """

    def remplacer(
        self,
        cle: str,
        source: bytes | Path,
        *,
        jusqu_au: datetime | None,
        metadonnees: Mapping[str, str],
        type_mime: str = "application/pdf",
    ) -> str:
        """Put over what lies there and is altered; its version. Never for documents.

        What was there is kept as evidence where the place can: an older version, a file aside.
        """

    def etat(self, cle: str, version: str = "") -> Etat:
        """What is known of an object, without its bytes."""

    def lire(self, cle: str, version: str = "") -> bytes:
        """All the bytes."""

    def ouvrir(self, cle: str, version: str = "") -> AbstractContextManager[Lecture]:
        """The bytes as a stream."""

    def lister(self, prefixe: str) -> Iterator[Objet]:
        """All versions and markers below a prefix, in the order of the keys."""

    def prolonger(self, cle: str, version: str, jusqu_au: datetime) -> None:
        """Keep it longer; a date before the present one changes nothing."""

    def supprimer(self, cle: str, version: str) -> None:
        """Delete one version. Raise PermissionError while it is locked. Never for documents."""

    def eprouver(self) -> datetime:
        """The store's own clock. Raise OSError when it does not answer."""

    def defaut_de_verrou(self) -> str:
        """Why what is put here would not be locked as asked, in French; "" when it would be, or
        when the place never locks."""

    def menage(self) -> int:
        """Remove what killed writers left unfinished; how many."""
