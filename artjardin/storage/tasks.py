"""Making a promised document at once, in a worker process (WeasyPrint dislikes threads)."""

from celery import shared_task

from artjardin.storage import services
from artjardin.storage.models import Document


@shared_task
def produire_document(document_id: int) -> None:
    services.produire(Document.objects.get(pk=document_id))
