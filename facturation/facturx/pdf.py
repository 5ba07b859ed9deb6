"""The XML put inside the PDF: a Factur-X, still PDF/A-3. Pure."""

from __future__ import annotations

from facturx import generate_from_binary


def incorporer(pdf: bytes, xml: bytes, *, titre: str, auteur: str, sujet: str) -> bytes:
    """Embed the XML as `factur-x.xml` (AFRelationship Data) in a PDF/A-3.

    `titre`, `auteur` and `sujet` are the metadata of the PDF, in French. The input must be PDF/A-3
    already, its fonts and colour profile are kept. Nothing is checked here: see `verification`.
    """
    return generate_from_binary(
        pdf,
        xml,
        flavor="factur-x",
        level="en16931",
        check_xsd=False,
        check_schematron=False,
        pdf_metadata={"title": titre, "author": auteur, "subject": sujet, "keywords": "Factur-X"},
        lang="fr-FR",
        afrelationship="data",
    )
