"""The files of exports: whole or absent, for their owner only, and what to say when none fits."""

from __future__ import annotations

import errno
import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, NamedTuple

from django.conf import settings

from artjardin.erreurs import Indisponible
from artjardin.sauvegardes.depots import ecrire

PLEIN = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
REFUS = (PermissionError, NotADirectoryError, FileNotFoundError, FileExistsError)
RESTE = re.compile(r"export-(\d+)\D.*")


class Mesures(NamedTuple):
    """The size of a file in bytes, and its SHA-256."""

    taille: int
    sha256: str


def dossier() -> Path:
    return Path(settings.DONNEES_EXPORTS)


def fichier(numero: int) -> Path:
    """Where the file of an export lies: a name of its own, so that a new run replaces the old."""
    return dossier() / f"export-{numero}.fichier"


@contextmanager
def ecrire_en_entier(destination: Path) -> Iterator[IO[bytes]]:
    """A file that is complete, on the disk and closed to others, or is not there at all.

    Raise Indisponible when there is no room for it, or no right to write it.
    """
    with place_comptee(), ecrire(destination) as flux:
        yield flux


@contextmanager
def fichier_sans_nom() -> Iterator[IO[bytes]]:
    """A file that nobody else sees and that goes with whoever reads it; the reader closes it."""
    with place_comptee():
        dossier().mkdir(mode=0o700, parents=True, exist_ok=True)
        flux = TemporaryFile(dir=dossier())  # noqa: SIM115 - handed over
        try:
            yield flux
        except BaseException:
            flux.close()
            raise
        flux.seek(0)


@contextmanager
def place_comptee() -> Iterator[None]:
    """Say in French that the disk is full, or refuses."""
    try:
        yield
    except OSError as erreur:
        if erreur.errno in PLEIN:
            message = "Il n'y a plus assez de place sur le disque pour cet export : libérez-en."
            raise Indisponible(message, code="disque_plein") from erreur
        if isinstance(erreur, REFUS):
            message = f"L'export ne s'écrit pas dans {erreur.filename} : {erreur.strerror}."
            raise Indisponible(message, code="dossier_refuse") from erreur
        raise


def mesurer(chemin: Path) -> Mesures:
    """Read again from the disk, in flat memory."""
    with chemin.open("rb") as flux:
        calcul = hashlib.file_digest(flux, "sha256")
        return Mesures(flux.tell(), calcul.hexdigest())


def restes() -> Iterator[tuple[int, Path]]:
    """Every file of the folder, half-made ones included, with the number of its export."""
    for chemin in sorted(dossier().glob("export-*")):
        if trouve := RESTE.fullmatch(chemin.name):
            yield int(trouve[1]), chemin
