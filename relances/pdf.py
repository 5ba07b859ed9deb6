"""The PDF of a reminder letter. Imported by workers, never by the web."""

from __future__ import annotations

from artjardin.storage.models import Document
from facturation.rendu import html_en_pdf


def pdf_lettre(document: Document) -> bytes:
    """The PDF of a reminder letter: everything is in the frozen context."""
    return html_en_pdf("pdf/lettre.html", document.contexte)
