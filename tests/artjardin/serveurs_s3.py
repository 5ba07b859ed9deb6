"""A proxy in front of the real S3 server, which lies, breaks or refuses as it is told."""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import unquote, urlsplit

ERREUR = "<Error><Code>{}</Code><Message>panne voulue</Message></Error>"


@dataclass
class Demande:
    """A request as it came."""

    methode: str
    chemin: str
    entetes: dict[str, str]
    corps: bytes

    @property
    def cle(self) -> str:
        return unquote(urlsplit(self.chemin).path).split("/", 2)[-1]

    def est(self, quoi: str) -> bool:
        """`PUT`, or `PUT retention`: a method, and a word of its query."""
        methode, _, mot = quoi.partition(" ")
        requete = urlsplit(self.chemin).query
        return self.methode == methode and (mot in requete if mot else "uploads" not in requete)


@dataclass
class Reponse:
    statut: int
    entetes: list[tuple[str, str]]
    corps: bytes

    @classmethod
    def erreur(cls, statut: int, code: str) -> Reponse:
        corps = ERREUR.format(code).encode()
        return cls(statut, [("Content-Type", "application/xml")], corps)


Transmettre = Callable[[Demande], Reponse]
Panne = Callable[[Demande, Transmettre], "Reponse | None"]


@dataclass
class Mandataire:
    """`pannes`: by kind of request, what is done instead; None hangs up."""

    amont: str
    url: str = ""
    pannes: dict[str, Panne] = field(default_factory=dict)
    demandes: list[Demande] = field(default_factory=list)

    def traiter(self, demande: Demande) -> Reponse | None:
        self.demandes.append(demande)
        for quoi, panne in self.pannes.items():
            if demande.est(quoi):
                return panne(demande, self.transmettre)
        return self.transmettre(demande)

    def transmettre(self, demande: Demande) -> Reponse:
        lien = http.client.HTTPConnection(urlsplit(self.amont).netloc, timeout=20)
        try:
            lien.request(demande.methode, demande.chemin, demande.corps, demande.entetes)
            recu = lien.getresponse()
            return Reponse(recu.status, recu.getheaders(), recu.read())
        finally:
            lien.close()


@contextmanager
def mandataire_s3(amont: str, pannes: dict[str, Panne] | None = None) -> Iterator[Mandataire]:
    """`mandataire_s3(adresse, {"PUT": erreur(503, "SlowDown")})`."""
    plan = Mandataire(amont, pannes=dict(pannes or {}))
    serveur = ThreadingHTTPServer(("127.0.0.1", 0), Passage)
    serveur.daemon_threads = True
    serveur.plan = plan  # type: ignore[attr-defined]
    plan.url = f"http://127.0.0.1:{serveur.server_address[1]}"
    fil = Thread(target=serveur.serve_forever, kwargs={"poll_interval": 0.02})
    fil.start()
    try:
        yield plan
    finally:
        serveur.shutdown()
        serveur.server_close()
        fil.join()


class Passage(BaseHTTPRequestHandler):
    """One connection: each request goes through the plan."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _passer(self) -> None:
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        corps = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        demande = Demande(self.command, self.path, dict(self.headers.items()), corps)
        reponse = self.server.plan.traiter(demande)  # type: ignore[attr-defined]
        if reponse is None:
            self.close_connection = True
        else:
            self._rendre(reponse)

    def _rendre(self, reponse: Reponse) -> None:
        self.send_response(reponse.statut)
        entetes = {nom.lower(): valeur for nom, valeur in reponse.entetes}
        entetes.setdefault("content-length", str(len(reponse.corps)))
        for nom, valeur in entetes.items():
            if nom not in {"transfer-encoding", "connection", "date", "server"}:
                self.send_header(nom, valeur)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reponse.corps)
            self.close_connection = int(entetes["content-length"]) > len(reponse.corps)

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = _passer  # noqa: N815

    def log_message(self, *_: object) -> None:
        """Quiet."""


def erreur(statut: int, code: str) -> Panne:
    return lambda _demande, _transmettre: Reponse.erreur(statut, code)


def couper(_demande: Demande, _transmettre: Transmettre) -> None:
    """Hang up without a word."""


def couper_apres(demande: Demande, transmettre: Transmettre) -> None:
    """Do it, and hang up before answering."""
    transmettre(demande)


def mentir(_demande: Demande, _transmettre: Transmettre) -> Reponse:
    """Say 200, store nothing."""
    return Reponse(200, [("ETag", '"menteur"'), ("x-amz-version-id", "mensonge")], b"")


def autres_octets(demande: Demande, transmettre: Transmettre) -> Reponse:
    """Give back a body of which one byte is not what was stored."""
    reponse = transmettre(demande)
    if reponse.statut == 200 and reponse.corps:
        reponse.corps = bytes([reponse.corps[0] ^ 1]) + reponse.corps[1:]
    return reponse


def tronquer(demande: Demande, transmettre: Transmettre) -> Reponse:
    """Announce the whole length, and give half of it."""
    reponse = transmettre(demande)
    reponse.corps = reponse.corps[: len(reponse.corps) // 2]
    return reponse


def sans_verrou(demande: Demande, transmettre: Transmettre) -> Reponse:
    """Take the object, drop its lock in silence."""
    gardes = {n: v for n, v in demande.entetes.items() if "object-lock" not in n.lower()}
    return transmettre(Demande(demande.methode, demande.chemin, gardes, demande.corps))


def refuser_le_verrou(demande: Demande, transmettre: Transmettre) -> Reponse:
    """As a bucket made without Object Lock does."""
    if any("object-lock" in nom.lower() for nom in demande.entetes):
        return Reponse.erreur(400, "InvalidRequest")
    return transmettre(demande)


def lentement(secondes: float) -> Panne:
    def panne(demande: Demande, transmettre: Transmettre) -> Reponse:
        time.sleep(secondes)
        return transmettre(demande)

    return panne


def une_fois(panne: Panne) -> Panne:
    """Only the first such request meets it."""
    faites: list[int] = []

    def seulement(demande: Demande, transmettre: Transmettre) -> Reponse | None:
        if faites:
            return transmettre(demande)
        faites.append(1)
        return panne(demande, transmettre)

    return seulement


def signe_par(demande: Demande) -> set[str]:
    """The headers that the signature covers."""
    trouve = re.search(r"SignedHeaders=([^,]+)", demande.entetes["Authorization"])
    return set(trouve.group(1).split(";")) if trouve else set()
