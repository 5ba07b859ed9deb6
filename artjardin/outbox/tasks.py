"""The minute sweep: make the promised documents, and send what is due as they come."""

import time

from celery import shared_task

from artjardin.outbox.services import envoyer_les_courriels
from artjardin.storage.services import produire_les_promis

DUREE = 50.0  # seconds; the next minute goes on
TRANCHE = 20  # documents made between two looks at the mail


@shared_task
def balayer() -> None:
    fin = time.monotonic() + DUREE
    while True:
        faits = produire_les_promis(limite=TRANCHE)
        envoyer_les_courriels()
        if not faits["produits"] or time.monotonic() > fin:
            return
