"""A clock that never goes back, and that a clock set right, or summer time, does not disturb."""

from __future__ import annotations

import time
from collections.abc import Callable


class Horloge:
    """Seconds since the epoch at the start, then seconds that really went by.

    Taken up again after a restart from what was saved: never before it.
    """

    def __init__(
        self,
        *,
        murale: Callable[[], float] = time.time,
        ecoulee: Callable[[], float] = time.monotonic,
    ) -> None:
        self._murale, self._ecoulee = murale, ecoulee
        self._depart, self._origine = murale(), ecoulee()

    def reprendre(self, *, au_moins: float) -> None:
        """Go on from the time saved by whoever watched before, if this clock is behind it."""
        self._depart += max(0.0, au_moins - self.maintenant())

    def maintenant(self) -> float:
        return self._depart + self._ecoulee() - self._origine

    def heure(self, instant: float) -> float:
        """When it was, as the wall clock counts now."""
        return instant + self._murale() - self.maintenant()
