"""Whether an XML or a PDF is a valid Factur-X: XSD, schematrons, exact sums, PDF/A points."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from facturation.facturx.coherence import coherence
from facturation.facturx.pdfa import extraire_xml, fautes_pdf

__all__ = ["coherence", "verifier_facture", "verifier_pdf", "verifier_xml"]

RACINE = Path(__file__).resolve().parents[2]
MODULE = "facturation.facturx.schematron"
DELAI = 600  # seconds, for a batch of thousands


def verifier_xml(
    xmls: Sequence[bytes], *, professionnels: Sequence[bool] | None = None
) -> list[list[str]]:
    """Faults of each XML, in order, as "BR-CO-15 : sentence": XSD, EN 16931, BR-FR between
    professionals. One process for the whole batch, about a second plus 20 ms an XML.

    `professionnels` says where BR-FR applies; without it each XML tells by its notes (BAR, PMT,
    PMD, AAB). Raise RuntimeError when the process fails, ValueError on unequal lengths.
    """
    if not xmls:
        return []
    if professionnels is None:
        quand = [""] * len(xmls)
    else:
        quand = ["oui" if un else "non" for un in professionnels]
    lot = [[xml.decode("latin-1"), br] for xml, br in zip(xmls, quand, strict=True)]
    fini = subprocess.run(  # noqa: S603 - this Python, this package, nothing from outside
        [sys.executable, "-m", MODULE],
        input=json.dumps(lot),
        capture_output=True,
        text=True,
        cwd=RACINE,
        timeout=DELAI,
        check=False,
    )
    if fini.returncode:
        raise RuntimeError(f"La vérification s'est arrêtée : {fini.stderr.strip()[-500:]}")
    reponse: list[list[str]] = json.loads(fini.stdout)
    return reponse


def verifier_facture(xml: bytes) -> list[str]:
    """Faults of one XML: those of `verifier_xml`, then the sums that are wrong by some cents."""
    fautes = verifier_xml([xml])[0]
    connues = {_regle(faute) for faute in fautes}
    if connues & {"XML", "XSD"}:
        return fautes
    return fautes + [faute for faute in coherence(xml) if _regle(faute) not in connues]


def verifier_pdf(pdf: bytes) -> list[str]:
    """Faults of a Factur-X PDF: its PDF/A-3 points, then those of the XML that it carries."""
    fautes, xml = fautes_pdf(pdf), extraire_xml(pdf)
    return fautes if xml is None else fautes + verifier_facture(xml)


def _regle(faute: str) -> str:
    return faute.partition(" : ")[0]
