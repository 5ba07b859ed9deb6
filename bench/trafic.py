"""Clients of the product who read and write without a pause; what became of each request."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from threading import Event, Thread
from typing import Any

HOTE = "127.0.0.1"
PAUSE = 0.02  # seconds
CLIENTS = "/api/v1/clients/"


class SansReponse(Exception):
    """A request of the scenario was refused or lost: the rest of it has no sense."""


class Trafic:
    """`perdues`: requests whose connection was taken and that got no answer, or a fault.
    `refusees`: nobody was at the door. `ecrits`: names of the clients that were created."""

    def __init__(self, port: int, jeton: str, *, voies: int = 4) -> None:
        self._port = port
        self._entetes = {"Authorization": f"Bearer {jeton}", "Content-Type": "application/json"}
        self._fin = Event()
        self._fils = [Thread(target=self._courir, args=(rang,)) for rang in range(voies)]
        self.reussies, self.refusees, self.la_plus_lente = 0, 0, 0.0
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

    def scenario(self, connexion: http.client.HTTPConnection, nom: str) -> None:
        """What one visitor does, again and again. Raise SansReponse."""
        self.demander(connexion, "POST", CLIENTS, client(nom))
        self.ecrits.append(nom)
        self.demander(connexion, "GET", CLIENTS)

    def demander(
        self, connexion: http.client.HTTPConnection, methode: str, chemin: str, corps: Any = None
    ) -> Any:
        """One request, counted; what it answered. Raise SansReponse."""
        debut = time.monotonic()
        envoye = None if corps is None else json.dumps(corps)
        try:
            connexion.request(methode, chemin, envoye, self._entetes)
            reponse = connexion.getresponse()
            lu = reponse.read()
        except (OSError, http.client.HTTPException) as erreur:
            connexion.close()
            if isinstance(erreur, ConnectionRefusedError):
                self.refusees += 1
            else:
                self.perdues.append(f"{methode} {chemin} {type(erreur).__name__}")
            raise SansReponse from erreur
        if reponse.status >= http.client.BAD_REQUEST:
            self.perdues.append(f"{methode} {chemin} {reponse.status} {lu[:200]!r}")
            raise SansReponse
        self.reussies += 1
        self.la_plus_lente = max(self.la_plus_lente, time.monotonic() - debut)
        time.sleep(PAUSE)
        return json.loads(lu)

    def _courir(self, rang: int) -> None:
        """Half of them keep their connection."""
        connexion = http.client.HTTPConnection(HOTE, self._port, timeout=30)
        for numero in count():
            if self._fin.is_set():
                break
            if rang % 2:
                connexion.close()
            with suppress(SansReponse):
                self.scenario(connexion, f"site {rang} {numero}")
            time.sleep(PAUSE)
        connexion.close()


def client(nom: str) -> dict[str, Any]:
    return {"type": "particulier", "nom": nom, "prenom": "Jean"}
