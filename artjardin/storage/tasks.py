"""Making a promised document at once, the minute sweep of the archive, one check."""

import logging

from celery import shared_task

from artjardin.erreurs import Conflit
from artjardin.storage import services
from artjardin.storage.models import Archive, Document
from artjardin.storage.verification import verifier

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


@shared_task
def verifier_document(document_id: int) -> None:
    """Both copies of one document, because a person asked."""
    archive, _ = Archive.objects.select_related("document").get_or_create(document_id=document_id)
    for anomalie in verifier(archive):
        journal.error("%s", anomalie)
