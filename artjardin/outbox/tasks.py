"""The minute sweep of the outbox."""

from celery import shared_task

from artjardin.outbox import services


@shared_task
def balayer_courriels() -> None:
    services.envoyer_les_courriels()
