"""The 9:00 run, its catching up, and the thank-yous."""

import logging

from celery import shared_task

from artjardin.erreurs import Conflit
from relances import services

journal = logging.getLogger(__name__)


@shared_task
def relancer_du_jour() -> None:
    try:
        services.relancer_du_jour()
    except Conflit as refus:
        journal.info("%s", refus.message)


@shared_task
def envoyer_l_apercu() -> None:
    services.envoyer_l_apercu()


@shared_task
def remercier() -> None:
    services.remercier()
