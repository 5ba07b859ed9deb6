"""File locks that the kernel releases when their holder dies, however it dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Verrou:
    """An flock on `chemin`; the methods say whether the lock was obtained."""

    def __init__(self, chemin: Path) -> None:
        chemin.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._descripteur = os.open(chemin, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def partager(self) -> None:
        fcntl.flock(self._descripteur, fcntl.LOCK_SH)

    def prendre(self) -> None:
        fcntl.flock(self._descripteur, fcntl.LOCK_EX)

    def essayer(self) -> bool:
        """Take it alone if nobody else holds it; a lock shared before is then lost or promoted."""
        try:
            fcntl.flock(self._descripteur, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def rendre(self) -> None:
        os.close(self._descripteur)


@contextmanager
def seul(chemin: Path) -> Iterator[None]:
    """One at a time: waits for its turn."""
    verrou = Verrou(chemin)
    try:
        verrou.prendre()
        yield
    finally:
        verrou.rendre()
