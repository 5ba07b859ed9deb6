"""python -m bench.relais PORT LEDGER SECONDS: an SMTP server that is slow, and remembers on disk.

Each message accepted is a line of the ledger, its Message-ID and its recipients, on the disk before
the sender hears 250: whatever is killed next, the ledger says what a client received. Half of the
slowness (SECONDS in all, on average) comes before that line, half between it and the answer.
"""

import os
import random
import re
import socketserver
import sys
import time
from pathlib import Path
from typing import NamedTuple

IDENTIFIANT = re.compile(rb"^Message-ID:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


class Accepte(NamedTuple):
    """A message that the server answered for, or was about to."""

    message_id: str
    destinataires: tuple[str, ...]


def lire_le_registre(registre: Path) -> list[Accepte]:
    if not registre.exists():
        return []
    lignes = registre.read_text(encoding="utf-8").splitlines()
    champs = (ligne.split("\t") for ligne in lignes)
    return [Accepte(identifiant, tuple(autres)) for identifiant, *autres in champs]


class Relais(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, registre: Path, lenteur: float) -> None:
        super().__init__(("127.0.0.1", port), Conversation)
        self.lenteur = lenteur
        self._descripteur = os.open(registre, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def noter(self, accepte: Accepte) -> None:
        """One write, so that a kill leaves a whole line or none; then on the disk."""
        ligne = "\t".join([accepte.message_id, *accepte.destinataires])
        os.write(self._descripteur, f"{ligne}\n".encode())
        os.fsync(self._descripteur)

    def tarder(self) -> None:
        time.sleep(random.uniform(0, self.lenteur))


class Conversation(socketserver.StreamRequestHandler):
    server: Relais
    timeout = 60

    def handle(self) -> None:
        self._dire("220 relais")
        self._destinataires: list[str] = []
        while ligne := self.rfile.readline():
            mot = ligne[:4].lower()
            if mot == b"quit":
                return self._dire("221 au revoir")
            if mot == b"data":
                self._recevoir()
            else:
                self._suivre(mot, ligne)
        return None

    def _suivre(self, mot: bytes, ligne: bytes) -> None:
        if mot in {b"mail", b"rset"}:
            self._destinataires = []
        if mot == b"rcpt":
            self._destinataires.append(ligne.decode().partition("<")[2].partition(">")[0])
        self._dire("250-relais\r\n250 8BITMIME" if mot == b"ehlo" else "250 ok")

    def _recevoir(self) -> None:
        self._dire("354 allez")
        lignes = []
        while (ligne := self.rfile.readline()) != b".\r\n":
            if not ligne:  # the sender was killed in the middle: nothing was accepted
                return
            lignes.append(ligne)
        self.server.tarder()
        trouve = IDENTIFIANT.search(b"".join(lignes))
        identifiant = trouve[1].decode() if trouve else ""
        self.server.noter(Accepte(identifiant, tuple(self._destinataires)))
        self.server.tarder()
        self._dire("250 2.0.0 pris")

    def _dire(self, texte: str) -> None:
        self.wfile.write(f"{texte}\r\n".encode())


if __name__ == "__main__":
    with Relais(int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])) as relais:
        relais.serve_forever()
