"""Who is on watch: one machine at a time, relieved when it is silent for three minutes."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable

import redis

journal = logging.getLogger(__name__)
CLEF = "artjardin:veille:quart"
BAIL = 180.0  # seconds
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

    `partage`: False on a machine that shares its Valkey with no other.
    """

    def __init__(self, valkey: Callable[[], redis.Redis], *, partage: bool) -> None:
        self._valkey, self._partage = valkey, partage
        self._nom = uuid.uuid4().hex
        self._tenu = not partage
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
                self._tenu = True
            journal.info("quart de veille sans Valkey : %s", erreur)
            return self._tenu
        self._entendu = time.monotonic()
        self._tenu = bool(tenu)
        return self._tenu

    def rendre(self) -> None:
        """At the end: the next one need not wait for the lease."""
        if not (self._partage and self._tenu):
            return
        try:
            self._valkey().eval(RENDRE, 1, CLEF, self._nom)
        except redis.RedisError as erreur:
            journal.info("quart de veille non rendu : %s", erreur)
