"""An IMAP server of one mailbox on loopback, for the reading of bounces."""

from __future__ import annotations

import re
import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from threading import Thread

SECRET = "p@sse d'ici"


@dataclass
class Boite:
    """Mail by uid, and the uids seen, or flagged. `refus`: what a login is answered."""

    messages: dict[int, bytes] = field(default_factory=dict)
    vus: set[int] = field(default_factory=set)
    drapeaux: set[int] = field(default_factory=set)
    refus: str = ""
    url: str = ""

    def deposer(self, octets: bytes) -> int:
        uid = len(self.messages) + 1
        self.messages[uid] = octets
        return uid


@contextmanager
def serveur_imap() -> Iterator[Boite]:
    boite = Boite()
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Conversation) as tcp:
        tcp.daemon_threads, tcp.block_on_close, tcp.boite = True, False, boite
        boite.url = f"imap://nous:p%40sse%20d%27ici@127.0.0.1:{tcp.server_address[1]}/INBOX"
        fil = Thread(target=tcp.serve_forever, kwargs={"poll_interval": 0.02})
        fil.start()
        try:
            yield boite
        finally:
            tcp.shutdown()
            fil.join()


class _Conversation(socketserver.StreamRequestHandler):
    timeout = 30
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.boite: Boite = self.server.boite  # type: ignore[attr-defined]
        self._dire("* OK bonjour")
        try:
            while ligne := self.rfile.readline().decode().strip():
                marque, _, ordre = ligne.partition(" ")
                self._dire(f"{marque} {self._obeir(ordre)} fait")
        except OSError:
            return

    def _obeir(self, ordre: str) -> str:
        mot = ordre.upper().removeprefix("UID ").split()[0]
        verbes = {"LOGIN": self._login, "SEARCH": self._chercher, "FETCH": self._rendre}
        verbes |= {"STORE": self._marquer, "SELECT": self._ouvrir, "CAPABILITY": self._capacites}
        return verbes.get(mot, lambda _ordre: "OK")(ordre)

    def _capacites(self, _ordre: str) -> str:
        self._dire("* CAPABILITY IMAP4rev1")
        return "OK"

    def _login(self, ordre: str) -> str:
        if self.boite.refus:
            return f"NO {self.boite.refus} {ordre}"  # a server that repeats what it was told
        return "OK" if SECRET in ordre else "NO"

    def _ouvrir(self, _ordre: str) -> str:
        self._dire(f"* {len(self.boite.messages)} EXISTS")
        return "OK [READ-WRITE]"

    def _chercher(self, ordre: str) -> str:
        """RFC 3501: the text occurs in that header, whatever its case and its folding."""
        trouve = re.fullmatch(r'UID SEARCH UNSEEN HEADER (\S+) "([^"]+)"', ordre)
        assert trouve, ordre
        nom, texte = trouve.groups()
        uids = [
            str(uid)
            for uid, octets in self.boite.messages.items()
            if uid not in self.boite.vus
            and texte.lower() in str(message_from_bytes(octets)[nom]).lower()
        ]
        self._dire(" ".join(["* SEARCH", *uids]))
        return "OK"

    def _rendre(self, ordre: str) -> str:
        uid = int(re.findall(r"\d+", ordre)[0])
        octets = self.boite.messages[uid]
        self.wfile.write(f"* 1 FETCH (UID {uid} BODY[] {{{len(octets)}}}\r\n".encode())
        self.wfile.write(octets + b")\r\n")
        return "OK"

    def _marquer(self, ordre: str) -> str:
        uid = int(re.findall(r"\d+", ordre)[0])
        self.boite.vus.add(uid)
        if r"\Flagged" in ordre:
            self.boite.drapeaux.add(uid)
        return "OK"

    def _dire(self, texte: str) -> None:
        self.wfile.write(f"{texte}\r\n".encode())
