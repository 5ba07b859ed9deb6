"""How far mail has left, kept outside the database: what tells a restored one from a living one.

Each hand-over has a number, committed in the database before the data leaves and written here just
after that commit, still before the data leaves: a mark above every number of the database means
that mail left which this database does not know. Two copies, in Valkey and in a file of DONNEES;
the later one counts, and none says nothing. `base` is the Message-ID of the first mail ever: a
backup has the same one, another database has its own.
"""

from __future__ import annotations

import logging
import os
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from redis.exceptions import RedisError

journal = logging.getLogger(__name__)


def lire(base: str) -> int:
    """The number of the last hand-over known outside the database `base`; 0 when nothing is."""
    return max(_dans_le_cache(base), _dans_le_fichier(base))


def avancer(base: str, remise: int, *, sur_le_disque: bool = False) -> None:
    """Write the number of a hand-over. A copy that cannot be written delays no mail.

    `sur_le_disque`: wait for the disk, at the end of a sweep.
    """
    try:
        _ecrire(_fichier(base), remise, sur_le_disque=sur_le_disque)
    except OSError as erreur:
        if sur_le_disque:  # once a sweep: a container may have no folder of its own
            journal.info("repère des envois non écrit dans DONNEES : %s", erreur)
    try:
        cache.set(_clef(base), remise, timeout=None)
    except RedisError as erreur:
        journal.warning("repère des envois non écrit dans Valkey : %s", erreur)


def _dans_le_cache(base: str) -> int:
    try:
        return int(cache.get(_clef(base)) or 0)
    except RedisError as erreur:
        journal.warning("repère des envois illisible dans Valkey : %s", erreur)
        return 0


def _dans_le_fichier(base: str) -> int:
    with suppress(OSError, ValueError):
        return int(_fichier(base).read_text(encoding="ascii"))
    return 0


def _clef(base: str) -> str:
    return f"repere-des-envois:{_nom(base)}"


def _fichier(base: str) -> Path:
    return Path(settings.DONNEES) / "reperes" / _nom(base)


def _nom(base: str) -> str:
    return sha256(base.encode()).hexdigest()[:32]


def _ecrire(fichier: Path, remise: int, *, sur_le_disque: bool) -> None:
    """Whole or not at all: a process that dies leaves the number of before."""
    fichier.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descripteur, provisoire = tempfile.mkstemp(dir=fichier.parent, prefix=".repere-")
    with os.fdopen(descripteur, "w", encoding="ascii") as sortie:
        sortie.write(f"{remise}\n")
        if sur_le_disque:
            sortie.flush()
            os.fsync(sortie.fileno())
    Path(provisoire).replace(fichier)
