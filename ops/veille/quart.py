"""Who is on watch: one machine at a time, relieved when it is silent for three minutes."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import redis

journal = logging.getLogger(__name__)
CLEF = "artjardin:veille:quart"
BAIL = 180.0  # seconds
TENU, LAISSE = "tenu", "laisse"
PRENDRE = """
local tenu = redis.call('GET', KEYS[1])
if tenu and tenu ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
RENDRE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"


class Quart:
    """A lease in Valkey. Without Valkey: whoever has it goes on, and another one begins once it has
    heard nothing for as long as the lease; two machines may then both tell, rather than none.

    The name under which a data folder takes it, and whether it had it last, are on its disk:
    started again, it waits for nobody. `partage`: False when the Valkey is of this machine only.
    """

    def __init__(self, dossier: Path, valkey: Callable[[], redis.Redis], *, partage: bool) -> None:
        self._fichier, self._valkey, self._partage = dossier / "quart", valkey, partage
        self._nom, self._tenu = self._lire()
        self._entendu = time.monotonic()

    def prendre(self) -> bool:
        """Whether this process is on watch, for one more lease."""
        if not self._partage:
            return True
        try:
            tenu = self._valkey().eval(PRENDRE, 1, CLEF, self._nom, int(BAIL * 1000))
        except redis.RedisError as erreur:
            muet = time.monotonic() - self._entendu
            if not self._tenu and muet >= BAIL:
                journal.warning("Valkey muet depuis %.0f s : la veille commence ici", muet)
                self._noter(tenu=True)
            journal.info("quart de veille sans Valkey : %s", erreur)
            return self._tenu
        self._entendu = time.monotonic()
        self._noter(tenu=bool(tenu))
        return self._tenu

    def rendre(self) -> None:
        """At the end: the next one need not wait for the lease."""
        if not (self._partage and self._tenu):
            return
        try:
            self._valkey().eval(RENDRE, 1, CLEF, self._nom)
        except redis.RedisError as erreur:
            journal.info("quart de veille non rendu : %s", erreur)

    def _lire(self) -> tuple[str, bool]:
        try:
            nom, tenu = self._fichier.read_text(encoding="ascii").split()
        except (OSError, ValueError):
            return uuid.uuid4().hex, False
        return nom, tenu == TENU

    def _noter(self, *, tenu: bool) -> None:
        """Not waited for on the disk: what it says wrongly after a crash costs three minutes."""
        if tenu != self._tenu or not self._fichier.exists():
            try:
                self._fichier.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._fichier.write_text(f"{self._nom} {TENU if tenu else LAISSE}", "ascii")
            except OSError as erreur:
                journal.info("quart de veille non noté sur le disque : %s", erreur)
        self._tenu = tenu
