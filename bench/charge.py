"""A bounded load over keep-alive connections, in processes apart from what they measure.

Plain sockets and one loop per process: a request costs the client some 30 µs, far less than
`http.client`, so that on a small machine it leaves the cores to the servers.
"""

import selectors
import socket
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from statistics import median

PROCESSUS = 2
# Granian's workers share one listening socket: with eight connections per process in all,
# each worker gets more than its threads can serve at once, however the kernel deals them out.
CONNEXIONS = 8


@dataclass(frozen=True)
class Cible:
    """A GET of `chemin` on a local port."""

    port: int
    chemin: str
    jeton: str = ""

    @property
    def requete(self) -> bytes:
        autorisation = f"Authorization: Bearer {self.jeton}\r\n" if self.jeton else ""
        return (
            f"GET {self.chemin} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Accept: application/json\r\n{autorisation}\r\n"
        ).encode()


@dataclass(frozen=True)
class Debit:
    """Requests per second, and the median time that one waits, in seconds."""

    par_seconde: float
    attente: float


class Charge:
    """The pool of load processes, kept from one measure to the next."""

    def __init__(self) -> None:
        self._processus = ProcessPoolExecutor(PROCESSUS)

    def __enter__(self) -> "Charge":
        return self

    def __exit__(self, *_: object) -> None:
        self._processus.shutdown(cancel_futures=True)

    def mesurer(self, cible: Cible, *, duree: float) -> Debit:
        """Load `cible` for `duree` seconds from every process at once."""
        parts = list(self._processus.map(charger, [cible] * PROCESSUS, [duree] * PROCESSUS))
        return Debit(
            sum(len(part) for part in parts) / duree,
            median(attente for part in parts for attente in part),
        )


def charger(cible: Cible, duree: float) -> list[float]:
    """Load from this process; how long each request waited, in seconds."""
    attentes: list[float] = []
    with selectors.DefaultSelector() as lecteur:
        prises = [socket.create_connection(("127.0.0.1", cible.port), 5) for _ in range(CONNEXIONS)]
        for prise in prises:
            prise.sendall(cible.requete)
            lecteur.register(prise, selectors.EVENT_READ, time.perf_counter())
        fin = time.perf_counter() + duree
        while (maintenant := time.perf_counter()) < fin:
            for cle, _ in lecteur.select(fin - maintenant):
                prise = next(p for p in prises if p.fileno() == cle.fd)
                lire_reponse(prise)
                arrivee = time.perf_counter()
                attentes.append(arrivee - cle.data)
                prise.sendall(cible.requete)
                lecteur.modify(prise, selectors.EVENT_READ, arrivee)
        fermer(prises)
    return attentes


def lire_reponse(prise: socket.socket) -> bytes:
    """Body of one answer, which must be a 200 that gives its length."""
    recu = b""
    while b"\r\n\r\n" not in recu:
        recu += recevoir(prise)
    entete, _, corps = recu.partition(b"\r\n\r\n")
    if not entete.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(entete.decode(errors="replace") + corps.decode(errors="replace"))
    _, _, suite = entete.lower().partition(b"content-length:")
    longueur = int(suite.split(b"\r\n")[0])
    morceaux, manque = [corps], longueur - len(corps)
    while manque > 0:
        morceaux.append(recevoir(prise))
        manque -= len(morceaux[-1])
    return b"".join(morceaux)


def recevoir(prise: socket.socket) -> bytes:
    recu = prise.recv(262_144)
    if not recu:
        raise ConnectionResetError("Le serveur a fermé la connexion.")
    return recu


def fermer(prises: Iterable[socket.socket]) -> None:
    for prise in prises:
        prise.close()


def demander(cible: Cible) -> bytes:
    """One request, one body."""
    with socket.create_connection(("127.0.0.1", cible.port), 5) as prise:
        prise.settimeout(30)
        prise.sendall(cible.requete)
        return lire_reponse(prise)
