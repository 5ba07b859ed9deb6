"""The embedded services as a whole: started by the first who needs them, stopped by the last."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from artjardin import settings
from artjardin.embarque.postgres import Postgres
from artjardin.embarque.puits import Puits
from artjardin.embarque.service import Service
from artjardin.embarque.valkey import Valkey
from artjardin.embarque.verrous import Verrou, seul


class Occupation:
    """One user of a data folder's services.

    Each user shares the lock `usage`; who leaves and can take it alone is the last, and stops
    what runs. Starting and stopping take turns on the lock `demarrage`.
    """

    def __init__(self, donnees: Path, *, rapide: bool = False) -> None:
        self.services = embarques(donnees, rapide=rapide)
        self._demarrage = donnees / "verrous" / "demarrage"
        self._usage = Verrou(donnees / "verrous" / "usage")

    def entrer(self) -> None:
        self._usage.partager()
        self.demarrer()

    def demarrer(self) -> None:
        """Start what does not answer; what runs already is adopted."""
        with seul(self._demarrage):
            for service in self.services:
                service.lancer()
            for service in self.services:
                service.attendre()

    def sortir(self, *, presse: bool = False) -> bool:
        """Leave; says whether this was the last user and the services are stopped."""
        with seul(self._demarrage):
            dernier = self._usage.essayer()
            if dernier:
                self._arreter(presse=presse)
            self._usage.rendre()
        return dernier

    def _arreter(self, *, presse: bool) -> None:
        for service in reversed(self.services):
            service.arreter(presse=presse)


def embarques(donnees: Path, *, rapide: bool = False) -> list[Service]:
    """Those whose real counterpart is not configured, in the order of starting."""
    choix: list[tuple[str, type[Service]]] = [
        (settings.DATABASE_URL, Postgres),
        (settings.EMAIL_URL, Puits),
        (settings.REDIS_URL, Valkey),
    ]
    return [classe(donnees, rapide=rapide) for url, classe in choix if not url]


@contextmanager
def assurer(*, rapide: bool = False) -> Iterator[None]:
    """Run the block with every embedded service up, shared with whoever else uses them."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    occupation = Occupation(settings.DONNEES, rapide=rapide)
    try:
        occupation.entrer()
        yield
    finally:
        occupation.sortir()
