"""The minute sweep: make the promised documents, then send what is due."""

from celery import shared_task

from artjardin.outbox.services import envoyer_les_courriels
from artjardin.storage.services import produire_les_promis


@shared_task
def balayer() -> None:
    produire_les_promis()
    envoyer_les_courriels()
