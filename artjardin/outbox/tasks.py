"""The minute sweep: make the promised documents, and send what is due as they come."""

from time import monotonic, sleep

from celery import shared_task
from django.conf import settings

from artjardin.outbox.boite import relever_les_rebonds
from artjardin.outbox.services import envoyer_les_courriels
from artjardin.outbox.services.envoi import COMPLET
from artjardin.storage.services import produire_les_promis

DUREE = 50.0  # seconds; the next minute goes on
TRANCHE = 20  # documents made between two looks at the mail
PAUSE = 2.0  # seconds, for a place in the relay's rate


@shared_task
def balayer() -> None:
    fin = monotonic() + DUREE
    while True:
        faits = produire_les_promis(limite=TRANCHE)
        comptes = envoyer_les_courriels(voies=settings.COURRIEL_CONNEXIONS)
        complet = comptes[COMPLET]
        if not (faits["produits"] or complet) or monotonic() > fin:
            return
        if complet and not faits["produits"]:
            sleep(PAUSE)


@shared_task
def relever() -> None:
    relever_les_rebonds()
