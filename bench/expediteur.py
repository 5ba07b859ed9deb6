"""One sender: `python -m bench.expediteur PORT` promises reminders, then sends them both ways."""

import random
import resource
import smtplib
import sys
import time
from datetime import date, timedelta
from typing import Any

import django

from artjardin import settings
from bench.ouvriers import Ordre, servir

OCTETS = 30_000  # of a PDF
DOCUMENTS = 200
CLIENT = 1
CODE = "BCD\n002\n1\nSCT\nAGRIFRPP\nArt & Jardin\nFR7630006000011234567890189\nEUR512.40\n\n\nFAC-1"
PHRASE = "Votre facture échue le 12 mars reste impayée ; merci de la régler avant le 20 avril. "


def pdf(document: Any) -> bytes:
    """What stands for a PDF: as many bytes, as little compressible."""
    return b"%PDF-1.7\n" + random.Random(document.cle).randbytes(OCTETS)


def promettre_un_lot(combien: int, *, code: bool) -> list[Any]:
    """So many reminders, each with a text, its HTML and a document."""
    from django.db import transaction  # noqa: PLC0415 - once Django is set up

    from artjardin.accounts.models import User  # noqa: PLC0415
    from artjardin.outbox.services import Contenu, promettre  # noqa: PLC0415
    from artjardin.storage.services import produire, promettre_document  # noqa: PLC0415

    objet = User(pk=1)
    documents = [
        produire(
            promettre_document(
                objet, genre="banc", nom=f"banc-{rang}", le=date(2026, 4, 1), client=CLIENT
            )
        )
        for rang in range(min(combien, DOCUMENTS))
    ]
    html = f"<p>{PHRASE * 20}</p>" + ('<p><img src="cid:virement"></p>' if code else "")
    contenu = Contenu("Facture impayée", PHRASE * 20, html, {"virement": CODE} if code else {})
    with transaction.atomic():
        return [
            promettre(
                genre="banc",
                a=[f"client{rang}@example.org"],
                contenu=contenu,
                client=CLIENT,
                pieces=[documents[rang % len(documents)]],
            )
            for rang in range(combien)
        ]


def envoyer_nu(enveloppes: list[Any], port: int) -> None:
    """The bare limit: the same bytes and addresses, one connection, nothing noted."""
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        smtp.ehlo()
        for enveloppe in enveloppes:
            smtp.sendmail(enveloppe.expediteur, [*enveloppe.a, *enveloppe.bcc], enveloppe.message)


def mesurer(ordre: Ordre, port: int) -> Ordre:
    """Messages per second of each way, and the memory and processor that the product took."""
    from artjardin.outbox.message import rediger  # noqa: PLC0415 - once Django is set up
    from artjardin.outbox.services import envoyer_les_courriels  # noqa: PLC0415

    courriels = promettre_un_lot(ordre["combien"], code=ordre["code"])
    mesures = {}
    if ordre["nu"]:
        enveloppes = [rediger(courriel) for courriel in courriels]
        depart = time.perf_counter()
        envoyer_nu(enveloppes, port)
        mesures["nu"] = len(courriels) / (time.perf_counter() - depart)
        del enveloppes
    depart, calcul = time.perf_counter(), time.process_time()
    comptes = envoyer_les_courriels(duree=timedelta(hours=1), voies=ordre["voies"])
    mesures["produit"] = len(courriels) / (time.perf_counter() - depart)
    mesures["calcul"] = (time.process_time() - calcul) / len(courriels) * 1000
    if comptes != {"envoye": len(courriels)}:
        raise RuntimeError(f"{dict(comptes)}, {len(courriels)} attendus.")
    return mesures | {"memoire": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


if __name__ == "__main__":
    port_du_serveur = int(sys.argv[1])
    settings.EMAIL_URL = f"smtp://127.0.0.1:{port_du_serveur}"
    settings.DOCUMENT_PRODUCTEURS = {"banc": "bench.expediteur.pdf"}  # type: ignore[attr-defined]
    django.setup()
    servir(lambda ordre: mesurer(ordre, port_du_serveur))
