"""Work that may hang, such as asking a frozen database: waited for within a bound, in a thread."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

from django.db import connections

Fait = TypeVar("Fait")


class Occupe(Exception):
    """It has not ended within its bound, or the one before has not yet."""


class APart:
    """One at a time: what hangs is never started a second time beside itself."""

    def __init__(self) -> None:
        self._fil: Thread | None = None

    def faire(self, travail: Callable[[], Fait], *, borne: float) -> Fait:
        """Raise Occupe past `borne` seconds, or what it raises itself."""
        if self._fil is not None and self._fil.is_alive():
            raise Occupe("le travail précédent n'est pas fini")
        essai = _Essai(travail)
        self._fil = Thread(target=essai.courir, name="veille-base", daemon=True)
        self._fil.start()
        self._fil.join(borne)
        return essai.resultat(borne)


class _Essai(Generic[Fait]):
    def __init__(self, travail: Callable[[], Fait]) -> None:
        self._travail = travail
        self._faits: list[Fait] = []
        self._fautes: list[Exception] = []

    def courir(self) -> None:
        try:
            self._faits.append(self._travail())
        except Exception as erreur:  # noqa: BLE001 - raised again by whoever waits
            self._fautes.append(erreur)
        finally:
            connections.close_all()

    def resultat(self, borne: float) -> Fait:
        if self._fautes:
            raise self._fautes[0]
        if not self._faits:
            raise Occupe(f"rien en {borne:.0f} s")
        return self._faits[0]
