"""The two copies of a backup: whole files of this machine, and the vault elsewhere."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from django.conf import settings

from artjardin.embarque.verrous import Verrou
from artjardin.erreurs import Conflit
from artjardin.sauvegardes.manifeste import DUMP, MANIFESTE, Manifeste, cle, nom_de
from artjardin.sauvegardes.tuyaux import MORCEAU, Lisible

journal = logging.getLogger(__name__)
PARTIEL = ".partiel"


def dossier() -> Path:
    return Path(settings.DONNEES_SAUVEGARDES)


def fichier(nom: str, suffixe: str = DUMP) -> Path:
    return dossier() / cle(nom, suffixe)


@contextmanager
def seul() -> Iterator[None]:
    """One writer at a time on this machine, before a migration too. Raise Conflit."""
    verrou = Verrou(dossier() / ".verrou")
    try:
        if not verrou.essayer():
            raise Conflit("Une sauvegarde est en cours.", code="execution_en_cours")
        yield
    finally:
        verrou.rendre()


@contextmanager
def ecrire(destination: Path) -> Iterator[IO[bytes]]:
    """A file that is whole, on the disk, and only its owner's, or is not there at all."""
    destination.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    provisoire = destination.with_name(f"{destination.name}{PARTIEL}")
    provisoire.unlink(missing_ok=True)
    descripteur = os.open(provisoire, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descripteur, "wb", buffering=MORCEAU) as flux:
            yield flux
            flux.flush()
            os.fsync(flux.fileno())
        provisoire.replace(destination)
        _sur_le_disque(destination.parent)
    finally:
        provisoire.unlink(missing_ok=True)


def ecrire_le_manifeste(manifeste: Manifeste) -> None:
    """Last of all: a dump without its manifest does not count."""
    with ecrire(fichier(manifeste.nom, MANIFESTE)) as flux:
        flux.write(manifeste.en_json())


def manifestes() -> Iterator[Manifeste]:
    """Of the complete local copies; a damaged one hides no other."""
    for chemin in sorted(dossier().glob(f"*/*/*{MANIFESTE}")):
        nom = nom_de(chemin.name)
        if nom and fichier(nom).exists():
            try:
                yield Manifeste.lire(chemin.read_bytes(), nom=nom)
            except (OSError, ValueError):
                journal.exception("%s est illisible", chemin)


def nettoyer() -> list[str]:
    """Remove what a killed run left: half files, and dumps without manifest. Say which.

    Only while nobody else writes (`seul`).
    """
    restes = [*dossier().glob(f"*/*/*{PARTIEL}")]
    restes += [
        dump
        for dump in dossier().glob(f"*/*/*{DUMP}")
        if not dump.with_name(dump.name.removesuffix(DUMP) + MANIFESTE).exists()
    ]
    for reste in restes:
        reste.unlink()
    return sorted(reste.name for reste in restes)


def ecarter(nom: str) -> None:
    """Put an altered copy aside, as evidence: it no longer counts."""
    chemin = fichier(nom)
    if chemin.exists():
        chemin.replace(chemin.with_name(f"{chemin.name}.altere-{time.time_ns()}"))


def reprendre(manifeste: Manifeste, source: Lisible) -> None:
    """The local copy again, from another one. Raise OSError when that one is not right either."""
    with ecrire(fichier(manifeste.nom)) as flux:
        calcul = hashlib.sha256()
        while morceau := source.read(MORCEAU):
            calcul.update(morceau)
            flux.write(morceau)
        if calcul.hexdigest() != manifeste.sha256:
            raise OSError(f"{manifeste.nom} : l'autre copie n'est pas la bonne non plus")
    ecrire_le_manifeste(manifeste)


def supprimer(nom: str) -> None:
    """The local copy, the manifest first: what is left of a kill is a leftover."""
    fichier(nom, MANIFESTE).unlink(missing_ok=True)
    fichier(nom).unlink(missing_ok=True)


def empreinte(flux: Lisible) -> str:
    """SHA-256 of a stream, in flat memory."""
    calcul = hashlib.sha256()
    while morceau := flux.read(MORCEAU):
        calcul.update(morceau)
    return calcul.hexdigest()


def place_libre() -> int:
    """Bytes free where the local copies lie."""
    existant = next(un for un in (dossier(), *dossier().parents) if un.exists())
    return shutil.disk_usage(existant).free


def _sur_le_disque(chemin: Path) -> None:
    descripteur = os.open(chemin, os.O_RDONLY)
    try:
        os.fsync(descripteur)
    finally:
        os.close(descripteur)
