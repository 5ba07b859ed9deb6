"""Making a promised document at once, and the minute sweep of the archive."""

import logging

from celery import shared_task

from artjardin.erreurs import Conflit
from artjardin.storage import services
from artjardin.storage.models import Document

journal = logging.getLogger(__name__)


@shared_task
def produire_document(document_id: int) -> None:
    """In a worker process: WeasyPrint dislikes threads."""
    services.produire(Document.objects.get(pk=document_id))


@shared_task
def archiver() -> None:
    try:
        services.archiver_les_documents()
    except Conflit as refus:
        journal.info("%s", refus.message)
