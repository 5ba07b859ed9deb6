"""Housekeeping of the API."""

from celery import shared_task
from django.utils import timezone

from artjardin.api.models import DUREE, Clef


@shared_task
def oublier_clefs() -> None:
    """Forget idempotency keys older than 24 h."""
    Clef.objects.filter(cree_le__lt=timezone.now() - DUREE).delete()
