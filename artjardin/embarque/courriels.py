"""Local mail sink: keeps every message it accepts as a file and never relays anything.

Run as `python -m artjardin.embarque.courriels DATA_FOLDER`, listens on 127.0.0.1 only.
"""

import asyncio
import os
import signal
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from aiosmtpd.smtp import SMTP, Envelope, Session

from artjardin.embarque import adresses

HOTE = "127.0.0.1"
TAILLE_MAX = 25 * 2**20


class Depot:
    """aiosmtpd handler: the file is on disk before the sender hears 250."""

    def __init__(self, dossier: Path) -> None:
        self.dossier = dossier

    async def handle_DATA(self, _serveur: SMTP, _session: Session, enveloppe: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        contenu = enveloppe.original_content or b""
        nom = f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{uuid4()}.eml"
        await asyncio.to_thread(ecrire, self.dossier / nom, entetes(enveloppe) + contenu)
        return "250 2.0.0 Message conservé"


def entetes(enveloppe: Envelope) -> bytes:
    """The envelope as headers on top: the only place where a BCC can be seen."""
    lignes = [
        f"X-Envelope-From: {enveloppe.mail_from or '<>'}",
        f"X-Envelope-To: {', '.join(enveloppe.rcpt_tos)}",
    ]
    return "".join(f"{ligne}\r\n" for ligne in lignes).encode("utf-8")


def ecrire(chemin: Path, contenu: bytes) -> None:
    """Whole and on disk, or not there under its name."""
    provisoire = chemin.with_name(f".{chemin.name}.partiel")
    with provisoire.open("xb") as fichier:
        fichier.write(contenu)
        fichier.flush()
        os.fsync(fichier.fileno())
    provisoire.rename(chemin)
    descripteur = os.open(chemin.parent, os.O_RDONLY)
    try:
        os.fsync(descripteur)
    finally:
        os.close(descripteur)


def ouvrir_port(donnees: Path) -> socket.socket:
    """The port of last time when it is still free, else any; written for the clients."""
    prise = socket.socket()
    prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        prise.bind((HOTE, adresses.port_smtp(donnees)))
    except (OSError, OverflowError):
        prise.bind((HOTE, 0))
    prise.listen(128)
    _publier(adresses.fichier_port_smtp(donnees), prise.getsockname()[1])
    return prise


async def servir(donnees: Path) -> None:
    dossier = donnees / "courriels"
    prise = ouvrir_port(donnees)
    depot = Depot(dossier)
    boucle = asyncio.get_running_loop()
    fin = asyncio.Event()
    for signe in (signal.SIGTERM, signal.SIGINT):
        boucle.add_signal_handler(signe, fin.set)
    serveur = await boucle.create_server(
        lambda: SMTP(
            depot,
            hostname="localhost",
            data_size_limit=TAILLE_MAX,
            enable_SMTPUTF8=True,
            loop=boucle,
        ),
        sock=prise,
    )
    _publier(donnees / "courriels.pid", os.getpid())
    await fin.wait()
    serveur.close()


def _publier(chemin: Path, nombre: int) -> None:
    provisoire = chemin.with_name(f".{chemin.name}.{os.getpid()}")
    provisoire.write_text(f"{nombre}\n", encoding="ascii")
    provisoire.rename(chemin)


def main() -> None:
    donnees = Path(sys.argv[1]).resolve()
    dossier = donnees / "courriels"
    dossier.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.chdir(dossier)
    for reste in dossier.glob(".*.partiel"):
        reste.unlink()
    asyncio.run(servir(donnees))


if __name__ == "__main__":
    main()
