"""The PDFs of invoices, quotes and accounts. Imported by workers, never by the web."""

from __future__ import annotations

from typing import Any

from artjardin.storage.models import Document
from facturation.anciens import completer
from facturation.contenu import contenu_devis, contenu_facture
from facturation.documents import contexte_devis, contexte_facture
from facturation.facturx.pdf import incorporer
from facturation.facturx.xml import xml_de
from facturation.models import Devis, Facture
from facturation.rendu import html_en_pdf


def pdf_facture(document: Document) -> bytes:
    """The Factur-X of an issued invoice or credit note: PDF/A-3b with its XML inside."""
    contenu = _contenu(document)
    pdf = html_en_pdf("pdf/facture.html", contexte_facture(contenu))
    return incorporer(
        pdf,
        xml_de(contenu),
        titre=f"{Facture.Type(contenu['type']).label} {contenu['numero']}",
        auteur=contenu["emetteur"]["nom"],
        sujet=contenu["objet"],
    )


def pdf_acquittee(document: Document) -> bytes:
    """The copy of a paid invoice, stamped: `contexte` has the day (`le`) and the `moyens`."""
    contexte = contexte_facture(_contenu(document), acquittee=document.contexte)
    return html_en_pdf("pdf/facture.html", contexte)


def pdf_devis(document: Document) -> bytes:
    """The PDF of a finalised quote."""
    devis = Devis.tous.select_related("remplace").prefetch_related("lignes")
    contenu = contenu_devis(devis.get(pk=document.objet_id))
    return html_en_pdf("pdf/devis.html", contexte_devis(contenu))


def pdf_releve(document: Document) -> bytes:
    """The PDF of a statement of due invoices: everything is in the frozen context."""
    return html_en_pdf("pdf/releve.html", document.contexte)


def pdf_releve_compte(document: Document) -> bytes:
    """The PDF of the movements of an account: everything is in the frozen context."""
    return html_en_pdf("pdf/releve_compte.html", document.contexte)


def pdf_balance(document: Document) -> bytes:
    """The PDF of an aged balance: everything is in the frozen context."""
    return html_en_pdf("pdf/balance.html", document.contexte)


def _contenu(document: Document) -> dict[str, Any]:
    factures = Facture.tous.select_related("devis", "retenue", "prelevement").prefetch_related(
        "lignes", "tva"
    )
    facture = factures.get(pk=document.objet_id)
    contenu = contenu_facture(facture)
    return contenu if facture.empreinte else completer(contenu)
