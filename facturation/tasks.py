"""Recurring work on devis."""

from celery import shared_task
from django.utils import timezone

from facturation import services


@shared_task
def expirer_les_devis() -> None:
    """Expire what was valid until yesterday, Paris time."""
    services.expirer_devis(au=timezone.localdate())
