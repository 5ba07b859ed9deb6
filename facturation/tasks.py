"""Recurring work: expire devis."""

import logging

from celery import shared_task
from django.utils import timezone

from artjardin.audit.services import suivre_du_jour
from artjardin.erreurs import Conflit
from facturation import services

journal = logging.getLogger(__name__)


@shared_task
def expirer_les_devis() -> None:
    """Expire what was valid until yesterday, Paris time; once a day."""
    try:
        with suivre_du_jour("devis.expiration") as execution:
            expires = services.expirer_devis(au=timezone.localdate())
            execution.compteurs = {"expires": expires}
    except Conflit as refus:
        journal.info("%s", refus.message)
