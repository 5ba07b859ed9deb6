"""Files written once: complete or absent, fsynced, read-only, never replaced."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

TRANCHE = 2**18
PROVISOIRES = ".provisoires"  # same file system as the files, so that a link is atomic
OUBLI = 86_400  # seconds after which what a killed process left is removed


class Flux(Protocol):
    """Anything that gives its bytes a slice at a time, none at its end."""

    def read(self, taille: int = ..., /) -> bytes | None: ...


def tranches(source: bytes | Path | Flux) -> Iterator[bytes]:
    """The bytes, never more than a slice of a file in memory."""
    if isinstance(source, bytes):
        yield source
    elif isinstance(source, Path):
        with source.open("rb") as flux:
            yield from tranches(flux)
    else:
        while morceau := source.read(TRANCHE):
            yield morceau


def empreinte(source: bytes | Path | Flux) -> str:
    """SHA-256, in hexadecimal."""
    calcul = hashlib.sha256()
    for morceau in tranches(source):
        calcul.update(morceau)
    return calcul.hexdigest()


@contextlib.contextmanager
def provisoire(racine: Path, source: bytes | Path) -> Iterator[Path]:
    """A complete read-only copy on disk, of no name yet; gone at the end."""
    dossier = racine / PROVISOIRES
    dossier.mkdir(parents=True, exist_ok=True)
    fichier = dossier / str(uuid.uuid4())
    try:
        descripteur = os.open(fichier, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
        with os.fdopen(descripteur, "wb") as flux:
            for morceau in tranches(source):
                flux.write(morceau)
            flux.flush()
            os.fsync(flux.fileno())
        yield fichier
    finally:
        fichier.unlink(missing_ok=True)


def ecrire_une_fois(racine: Path, cle: str, contenu: bytes) -> bool:
    """Store under this key; False, and nothing changes, when something is there already."""
    fichier = racine / cle
    with provisoire(racine, contenu) as complet:
        fichier.parent.mkdir(parents=True, exist_ok=True)
        try:
            fichier.hardlink_to(complet)  # atomic, and never replaces
        except FileExistsError:
            if not fichier.parent.is_dir():
                raise
            return False
    synchroniser(fichier.parent)
    return True


def synchroniser(dossier: Path) -> None:
    """Have the names of a folder reach the disk."""
    descripteur = os.open(dossier, os.O_RDONLY)
    try:
        os.fsync(descripteur)
    finally:
        os.close(descripteur)


def balayer_les_provisoires(racine: Path) -> int:
    """Remove what killed processes left behind; how many."""
    vieux = [
        fichier
        for fichier in (racine / PROVISOIRES).glob("*")
        if time.time() - fichier.stat().st_mtime > OUBLI
    ]
    for fichier in vieux:
        fichier.unlink(missing_ok=True)
    return len(vieux)
