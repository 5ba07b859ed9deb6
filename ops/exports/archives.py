"""The ZIP of an export: entries written as they come, each hashed, and a manifest of them all."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import orjson
from django.utils import timezone

MANIFESTE = "manifest.json"
MODE = 0o600 << 16  # of the files, once unzipped


class Entree:
    """One file of the ZIP, being written; `dits` is what the manifest says of it besides."""

    def __init__(self, flux: IO[bytes]) -> None:
        self._flux = flux
        self._calcul = hashlib.sha256()
        self.taille = 0
        self.dits: dict[str, Any] = {}

    def write(self, octets: bytes) -> None:
        self._flux.write(octets)
        self._calcul.update(octets)
        self.taille += len(octets)

    @property
    def sha256(self) -> str:
        return self._calcul.hexdigest()


class Archive:
    """A ZIP written to a stream, ZIP64 when it must be; memory grows with the entries only."""

    def __init__(self, flux: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(flux, "w")
        self._heure = timezone.localtime().timetuple()[:6]
        self.entrees: list[dict[str, Any]] = []

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_erreur: object) -> None:
        self._zip.close()

    @contextmanager
    def entree(self, nom: str, *, comprimee: bool = True) -> Iterator[Entree]:
        """A new file, of a size not known yet; one at a time."""
        info = zipfile.ZipInfo(nom, self._heure)
        info.compress_type = zipfile.ZIP_DEFLATED if comprimee else zipfile.ZIP_STORED
        info.external_attr = MODE
        with self._zip.open(info, "w", force_zip64=True) as flux:
            entree = Entree(flux)
            yield entree
        mesures = {"nom": nom, "taille": entree.taille, "sha256": entree.sha256}
        self.entrees.append(mesures | entree.dits)

    def ajouter(self, nom: str, octets: bytes, *, comprimee: bool = True) -> None:
        with self.entree(nom, comprimee=comprimee) as entree:
            entree.write(octets)

    def clore(self, **dits: Any) -> None:
        """Write the manifest: what is said of the whole, then every file with its SHA-256."""
        contenu = orjson.dumps({**dits, "fichiers": self.entrees}, option=orjson.OPT_INDENT_2)
        with self.entree(MANIFESTE) as entree:
            entree.write(contenu)
