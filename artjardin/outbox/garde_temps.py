"""A bound on a whole conversation: a server that drips bytes must not outlive a lease. Pure."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from typing import Protocol

PAS = 1.0  # seconds between two looks


class Connexion(Protocol):
    sock: socket.socket | None


class GardeTemps:
    """Cuts the connection it watches when the time allowed is over; the reader sees it closed.

    Timeouts of a socket start again at every byte: only another thread sees the whole.
    """

    def __init__(self) -> None:
        self._connexion: Connexion | None = None
        self._terme = 0.0
        self._fin = Event()
        self._fil: Thread | None = None

    @contextmanager
    def limiter(self, secondes: float) -> Iterator[None]:
        self._terme = time.monotonic() + secondes
        try:
            yield
        finally:
            self._terme = 0.0

    def surveiller(self, connexion: Connexion) -> None:
        self._connexion = connexion
        if self._fil is None:
            self._fil = Thread(target=self._veiller, name="garde-temps", daemon=True)
            self._fil.start()

    def arreter(self) -> None:
        self._fin.set()
        if self._fil is not None:
            self._fil.join()
            self._fil = None

    def _veiller(self) -> None:
        while not self._fin.wait(PAS):
            if self._terme and time.monotonic() > self._terme:
                self._couper()

    def _couper(self) -> None:
        prise = self._connexion.sock if self._connexion else None
        if prise is not None:
            with suppress(OSError):  # the plain method: TLS is not asked, it may be stuck
                socket.socket.shutdown(prise, socket.SHUT_RDWR)
