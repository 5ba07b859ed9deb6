"""One data folder with its own services, migrated and filled: what `make run` would have."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from artjardin.embarque import adresses
from artjardin.embarque.services import Occupation
from bench import donnees

RACINE = Path(__file__).resolve().parent.parent
REELS = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "S3_ENDPOINT_URL")


class Banc:
    """`factures` invoices in the folder `dossier`."""

    def __init__(self, dossier: Path, factures: int) -> None:
        self.dossier = dossier
        self.factures = factures

    @property
    def environnement(self) -> dict[str, str]:
        """For a child process: this folder, and no real service whatever the caller has set."""
        garde = {cle: valeur for cle, valeur in os.environ.items() if cle not in REELS}
        return garde | {
            "DONNEES": str(self.dossier),
            "DJANGO_SETTINGS_MODULE": "artjardin.settings",
            "API_PAR_MINUTE": "1000000000",
            "JOURNAL_NIVEAU": "WARNING",
        }

    def python(self, *arguments: str) -> str:
        """Run a Python command on this data; its standard output."""
        commande = [sys.executable, *arguments]
        fait = subprocess.run(
            commande,
            cwd=RACINE,
            env=self.environnement,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return fait.stdout


@contextmanager
def ouvrir(dossier: Path, factures: int) -> Iterator[Banc]:
    """Start the services of a new folder, load the data; stop the services at the end."""
    banc = Banc(dossier, factures)
    occupation = Occupation(dossier)
    try:
        occupation.entrer()
        banc.python("manage.py", "migrate", "--no-input", "--verbosity", "0")
        superutilisateur = adresses.SUPERUTILISATEUR
        donnees.remplir(adresses.url_postgres(dossier, role=superutilisateur), factures)
        yield banc
    finally:
        occupation.sortir(presse=True)
