"""Where documents are served from: write-once files on this machine. Not legal WORM storage.

The folder always gets a document first; the sweep then copies it to the archive.
"""

from __future__ import annotations

import contextlib
import uuid
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from artjardin.storage.coffres.contrat import PANNES
from artjardin.storage.fichiers import balayer_les_provisoires, ecrire_une_fois, empreinte

__all__ = ["PANNES", "ecarter", "ecrire", "est_intact", "lire", "menage"]

ALTERES = ".alteres"


def ecrire(cle: str, contenu: bytes) -> None:
    """Store; when the key exists already, keep what is there (see `ecarter`)."""
    ecrire_une_fois(settings.DONNEES_DOCUMENTS, cle, contenu)


def lire(cle: str) -> bytes:
    """Raise FileNotFoundError when nothing lies under this key, OSError for other troubles."""
    return _fichier(cle).read_bytes()


def est_intact(cle: str, sha256: str) -> bool:
    """Whether the file is there, whole. Raise OSError when it cannot be read."""
    try:
        return empreinte(_fichier(cle)) == sha256
    except FileNotFoundError:
        return False


def ecarter(cle: str) -> Path | None:
    """Put what lies there aside, as evidence; where it lies now, None when nothing was there."""
    if not _fichier(cle).exists():
        return None
    ecarte = settings.DONNEES_DOCUMENTS / ALTERES / f"{cle}.{timezone.now():%Y%m%d}-{uuid.uuid4()}"
    ecarte.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        _fichier(cle).rename(ecarte)
        return ecarte
    return None


def menage() -> int:
    """Remove what killed writers left unfinished; how many."""
    return balayer_les_provisoires(settings.DONNEES_DOCUMENTS)


def _fichier(cle: str) -> Path:
    return settings.DONNEES_DOCUMENTS / cle
