"""An SMTP server that counts: `python -m bench.receveur` writes its port, then what it received.

Order `{}`: how many messages came, how many distinct Message-IDs, since the last order.
"""

import asyncio
import json
import sys
from email.parser import BytesHeaderParser

from aiosmtpd.smtp import SMTP, Envelope, Session

LECTEUR = BytesHeaderParser()


class Compteur:
    """aiosmtpd handler: remembers the Message-IDs."""

    def __init__(self) -> None:
        self.recus: list[str] = []

    async def handle_DATA(self, _serveur: SMTP, _session: Session, enveloppe: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        entetes = (enveloppe.original_content or b"").partition(b"\r\n\r\n")[0]
        self.recus.append(str(LECTEUR.parsebytes(entetes)["Message-ID"]))
        return "250 2.0.0 compte"

    def rendre(self) -> dict[str, int]:
        recus, self.recus = self.recus, []
        return {"messages": len(recus), "distincts": len(set(recus))}


async def servir() -> None:
    compteur, boucle = Compteur(), asyncio.get_running_loop()
    serveur = await boucle.create_server(
        lambda: SMTP(compteur, hostname="localhost", loop=boucle), "127.0.0.1", 0
    )
    ecrire({"port": serveur.sockets[0].getsockname()[1]})
    while await boucle.run_in_executor(None, sys.stdin.readline):
        ecrire(compteur.rendre())
    serveur.close()


def ecrire(reponse: dict[str, int]) -> None:
    sys.stdout.write(json.dumps(reponse) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(servir())
