"""Serving PDFs: a promised one is asked of the worker, and waited for a moment."""

from __future__ import annotations

import time
from collections.abc import Collection

from django.db import models
from django.http import HttpResponse
from kombu.exceptions import OperationalError

from artjardin.erreurs import Conflit, Indisponible
from artjardin.storage.models import Document
from artjardin.storage.services import lire
from artjardin.storage.tasks import produire_document

PATIENCE = 10.0  # seconds; past that the answer is 503 with Retry-After


def pdf_de(objet: models.Model, *, genre: str) -> HttpResponse:
    """The PDF of an object. Raise Conflit while it is a draft, Indisponible while promised."""
    document = Document.objects.de(objet).filter(type=genre).first()
    if document is None:
        raise Conflit("Ce document n'a pas encore de PDF : il naît à l'émission.", code="sans_pdf")
    return servir(document)


def servir(document: Document) -> HttpResponse:
    """The bytes, checked against their SHA-256."""
    preparer([document])
    reponse = HttpResponse(lire(document), content_type="application/pdf")
    reponse["Content-Disposition"] = f'inline; filename="{document.nom}"'
    reponse["ETag"] = f'"{document.sha256}"'
    return reponse


def preparer(documents: Collection[Document]) -> None:
    """Have those still promised made, and wait for them together. Raise Indisponible past that.

    The worker is asked, since WeasyPrint belongs in processes, not in the threads of the web.
    """
    promis = [document for document in documents if not document.est_produit]
    try:
        for document in promis:
            produire_document.delay(document.pk)
    except OperationalError as erreur:
        raise Indisponible("Le service de production des PDF ne répond pas.") from erreur
    fin = time.monotonic() + PATIENCE
    while promis and time.monotonic() < fin:
        time.sleep(0.1)
        for document in promis:
            document.refresh_from_db()
        promis = [document for document in promis if not document.est_produit]
    if promis:
        raise Indisponible("Des documents sont en préparation, réessayez dans un instant.")
