"""Clients of the product who read and write without a pause; what became of each request."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from threading import Event, Thread

HOTE = "127.0.0.1"
PAUSE = 0.02  # seconds


class Trafic:
    """`perdues`: requests whose connection was taken and that got no answer, or a fault.
    `refusees`: nobody was at the door. `ecrits`: names of the clients that were created."""

    def __init__(self, port: int, jeton: str, *, voies: int = 4, genre: str = "site") -> None:
        self._port, self._genre = port, genre
        self._entetes = {"Authorization": f"Bearer {jeton}", "Content-Type": "application/json"}
        self._fin = Event()
        self._fils = [Thread(target=self._courir, args=(rang,)) for rang in range(voies)]
        self.reussies, self.refusees = 0, 0
        self.perdues: list[str] = []
        self.ecrits: list[str] = []

    @contextmanager
    def passer(self) -> Iterator[Trafic]:
        for fil in self._fils:
            fil.start()
        try:
            yield self
        finally:
            self.finir()

    def finir(self) -> None:
        """Once all have had their last answer."""
        self._fin.set()
        for fil in self._fils:
            fil.join(40)

    def _courir(self, rang: int) -> None:
        """Half of them keep their connection."""
        connexion = http.client.HTTPConnection(HOTE, self._port, timeout=30)
        for numero in count():
            if self._fin.is_set():
                break
            if rang % 2:
                connexion.close()
            self._demander(connexion, rang, numero)
            time.sleep(PAUSE)
        connexion.close()

    def _demander(self, connexion: http.client.HTTPConnection, rang: int, numero: int) -> None:
        nom = f"{self._genre} {rang} {numero}"
        corps = json.dumps({"type": "particulier", "nom": nom, "prenom": "Jean"})
        methode, chemin = [("POST", "/api/v1/clients/"), ("GET", "/api/v1/clients/")][numero % 2]
        try:
            connexion.request(methode, chemin, corps if methode == "POST" else None, self._entetes)
            reponse = connexion.getresponse()
            lu = reponse.read()
        except ConnectionRefusedError:
            self.refusees += 1
            connexion.close()
            return
        except (OSError, http.client.HTTPException) as erreur:
            self.perdues.append(f"{methode} {type(erreur).__name__}")
            connexion.close()
            return
        if reponse.status >= 400:
            self.perdues.append(f"{methode} {reponse.status} {lu[:200]!r}")
            return
        self.reussies += 1
        if methode == "POST":
            self.ecrits.append(nom)
