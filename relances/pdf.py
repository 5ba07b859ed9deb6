"""The PDFs of the reminders. Imported by workers, never by the web."""

from __future__ import annotations

from artjardin.storage.models import Document
from facturation.rendu import html_en_pdf
from relances.documents import contexte_a_dessiner


def pdf_lettre(document: Document) -> bytes:
    """The PDF of a reminder letter: everything is in the frozen context."""
    return html_en_pdf("pdf/lettre.html", contexte_a_dessiner(document.contexte))


def pdf_decompte(document: Document) -> bytes:
    """The PDF of a statement of interest and indemnities: all is in the frozen context."""
    return html_en_pdf("pdf/decompte.html", document.contexte)
