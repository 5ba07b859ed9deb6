"""Making promised documents, in worker processes (WeasyPrint dislikes threads)."""

from celery import shared_task

from artjardin.storage import services
from artjardin.storage.models import Document


@shared_task
def produire_document(document_id: int) -> None:
    services.produire(Document.objects.get(pk=document_id))


@shared_task
def balayer_documents() -> None:
    services.produire_les_promis()
