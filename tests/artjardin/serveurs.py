"""What the tests start: an SMTP server with scripted faults, an S3 server, threads."""

from __future__ import annotations

import os
import socket
import socketserver
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from threading import Barrier, Event, Thread
from typing import Any

import boto3
from django.db import connections

COUPER = "couper"  # the server drops the connection instead of answering
MUET = "muet"  # the server never answers
GOUTTE_A_GOUTTE = "goutte"  # the server sends its answer byte by byte, without an end


def en_parallele(*travaux: Callable[[], Any]) -> list[Any]:
    """Run each in a thread and connection of its own, started together; what each gave."""
    depart = Barrier(len(travaux))
    resultats: list[Any] = [None] * len(travaux)

    def courir(rang: int, travail: Callable[[], Any]) -> None:
        depart.wait()
        try:
            resultats[rang] = travail()
        except Exception as erreur:  # noqa: BLE001 - the test looks at it
            resultats[rang] = erreur
        finally:
            connections.close_all()

    fils = [Thread(target=courir, args=paire) for paire in enumerate(travaux)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join(timeout=30)
    assert not any(fil.is_alive() for fil in fils)
    return resultats


@dataclass(frozen=True)
class Recu:
    """A message as the server got it."""

    expediteur: str
    destinataires: tuple[str, ...]
    octets: bytes

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.octets, policy=default)


@dataclass
class ServeurSmtp:
    """Answers as told, by step: `accueil auth mail rcpt rcpt:<address> data fin`.

    A script is one answer for ever, or a list of answers for the first times. `recus` holds every
    message whose data came in whole, whatever was answered then.
    """

    script: dict[str, str | list[str]] = field(default_factory=dict)
    recus: list[Recu] = field(default_factory=list)
    commandes: list[str] = field(default_factory=list)
    lignes: list[str] = field(default_factory=list)
    extensions: list[str] = field(default_factory=lambda: ["8BITMIME"])
    connexions: int = 0
    silences: int = 0
    lenteur: float = 0.0
    arret: Event = field(default_factory=Event)
    url: str = ""

    def reponse(self, etape: str, defaut: str) -> str:
        prevu = self.script.get(etape, defaut)
        if isinstance(prevu, list):
            return prevu.pop(0) if prevu else defaut
        return prevu


@contextmanager
def serveur_smtp(
    extensions: Sequence[str] = ("8BITMIME",), **script: str | list[str]
) -> Iterator[ServeurSmtp]:
    serveur = ServeurSmtp({etape.replace("__", ":"): dit for etape, dit in script.items()})
    serveur.extensions = list(extensions)
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Conversation) as tcp:
        tcp.daemon_threads = True
        tcp.block_on_close = False
        tcp.plan = serveur
        serveur.url = f"smtp://127.0.0.1:{tcp.server_address[1]}"
        fil = Thread(target=tcp.serve_forever, kwargs={"poll_interval": 0.02})
        fil.start()
        try:
            yield serveur
        finally:
            serveur.arret.set()
            tcp.shutdown()
            fil.join()


class _Coupe(Exception):
    """The script says to hang up."""


class _Conversation(socketserver.StreamRequestHandler):
    timeout = 30
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.plan: ServeurSmtp = self.server.plan  # type: ignore[attr-defined]
        self.plan.connexions += 1
        self.enveloppe: list[str] = []
        try:
            self._dire("accueil", "220 bonjour")
            while ligne := self.rfile.readline():
                self._traiter(ligne.decode().strip())
        except (_Coupe, OSError):
            return

    def _traiter(self, ligne: str) -> None:
        mot = self._noter(ligne)
        faire = {"ehlo": self._ehlo, "auth": self._auth, "mail": self._mail, "rcpt": self._rcpt}
        faire |= {"data": self._data, "quit": self._quit}
        faire.get(mot, self._autre)(ligne)

    def _ehlo(self, _ligne: str) -> None:
        self._ecrire("\r\n250-".join(["250-localhost", *self.plan.extensions]) + "\r\n250 HELP")

    def _auth(self, _ligne: str) -> None:
        self._dire("auth", "235 ok")

    def _mail(self, ligne: str) -> None:
        if self.enveloppe:
            self._ecrire("503 une transaction est ouverte")
        elif self._dire("mail", "250 ok").startswith("250"):
            self.enveloppe = [_adresse(ligne)]

    def _quit(self, _ligne: str) -> None:
        self._ecrire("221 au revoir")
        raise _Coupe

    def _autre(self, _ligne: str) -> None:
        self.enveloppe = []
        self._ecrire("250 ok")

    def _noter(self, ligne: str) -> str:
        self.plan.lignes.append(ligne)
        self.plan.commandes.append(ligne[:4].lower())
        return self.plan.commandes[-1]

    def _rcpt(self, ligne: str) -> None:
        adresse = _adresse(ligne)
        etape = f"rcpt:{adresse}" if f"rcpt:{adresse}" in self.plan.script else "rcpt"
        if self._dire(etape, "250 ok").startswith("250"):
            self.enveloppe.append(adresse)

    def _data(self, _ligne: str) -> None:
        if not self._dire("data", "354 allez").startswith("354"):
            self.enveloppe = []
            return
        lignes = []
        while (ligne := self.rfile.readline()) != b".\r\n":
            if not ligne:
                raise _Coupe
            lignes.append(ligne.removeprefix(b".") if ligne.startswith(b"..") else ligne)
        time.sleep(self.plan.lenteur)
        recu = Recu(self.enveloppe[0], tuple(self.enveloppe[1:]), b"".join(lignes))
        self.plan.recus.append(recu)
        self.enveloppe = []
        self._dire("fin", "250 2.0.0 conserve")

    def _dire(self, etape: str, defaut: str) -> str:
        texte = self.plan.reponse(etape, defaut)
        if texte == COUPER:
            raise _Coupe
        if texte == MUET:
            self.plan.silences += 1
            self.plan.arret.wait(20)
            raise _Coupe
        if texte == GOUTTE_A_GOUTTE:
            self._goutter()
        self._ecrire(texte)
        if texte.startswith("421"):
            raise _Coupe
        return texte

    def _goutter(self) -> None:
        while not self.plan.arret.wait(0.05):
            self.wfile.write(b"2")
        raise _Coupe

    def _ecrire(self, texte: str) -> None:
        self.wfile.write(f"{texte}\r\n".encode())


def _adresse(ligne: str) -> str:
    return ligne[ligne.index("<") + 1 : ligne.index(">")]


def port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return prise.getsockname()[1]


@contextmanager
def serveur_s3(dossier: str) -> Iterator[str]:
    """A real S3 server on loopback that enforces Object Lock; yields its address."""
    port = port_libre()
    environnement = os.environ | {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "SERVICES": "s3",
        "TMPDIR": dossier,
        "HOME": dossier,
    }
    processus = subprocess.Popen(
        [sys.executable, "-m", "ministack"],
        env=environnement,
        cwd=dossier,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _attendre(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        processus.terminate()
        processus.wait(timeout=10)


def client_s3(adresse: str) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=adresse,
        region_name="fr-par",
        aws_access_key_id="essai",
        aws_secret_access_key="essai",
    )


def _attendre(port: int) -> None:
    fin = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            if time.monotonic() > fin:
                raise
            time.sleep(0.05)
        else:
            return
