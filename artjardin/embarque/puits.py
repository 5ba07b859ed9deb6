"""The mail sink seen as a service: its process is `artjardin.embarque.courriels`."""

import socket
import sys
from pathlib import Path

from artjardin.embarque import adresses
from artjardin.embarque.service import RACINE, Service


class Puits(Service):
    """Listens on loopback; its port is remembered from one run to the next."""

    nom = "courriels"

    @property
    def fichier_pid(self) -> Path:
        return self.donnees / "courriels.pid"

    def commande(self) -> list[str]:
        return [sys.executable, "-m", "artjardin.embarque.courriels", str(self.donnees)]

    def cwd(self) -> Path:
        """Where the package is found; the sink then moves into its own folder."""
        return RACINE

    def repond(self) -> bool:
        """Another program may have taken the port: the answer counts only if the sink runs."""
        if self.pid() is None:
            return False
        try:
            port = adresses.port_smtp(self.donnees)
            with socket.create_connection(("127.0.0.1", port), timeout=2) as prise:
                return prise.recv(3) == b"220"
        except OSError:
            return False

    def preparer(self) -> None:
        super().preparer()
        self.fichier_pid.unlink(missing_ok=True)
