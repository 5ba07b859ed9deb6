"""The PDFs of invoices, quotes and account statements. Imported by workers, never by the web."""

from __future__ import annotations

from artjardin.storage.models import Document
from facturation.documents import contexte_devis, contexte_facture
from facturation.models import Devis, Facture
from facturation.rendu import html_en_pdf


def pdf_facture(document: Document) -> bytes:
    """The PDF of an issued invoice or credit note."""
    factures = Facture.tous.select_related("origine", "devis").prefetch_related("lignes", "tva")
    return html_en_pdf("pdf/facture.html", contexte_facture(factures.get(pk=document.objet_id)))


def pdf_devis(document: Document) -> bytes:
    """The PDF of a finalised quote."""
    devis = Devis.tous.prefetch_related("lignes").get(pk=document.objet_id)
    return html_en_pdf("pdf/devis.html", contexte_devis(devis))


def pdf_releve(document: Document) -> bytes:
    """The PDF of an account statement: everything is in the frozen context."""
    return html_en_pdf("pdf/releve.html", document.contexte)
