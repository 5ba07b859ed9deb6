"""`make verify-facturx FILE=…`: says whether a PDF or an XML is a valid Factur-X."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from facturation.facturx.pdfa import extraire_xml
from facturation.facturx.schematron import analyser, est_entre_professionnels
from facturation.facturx.verification import verifier_facture, verifier_pdf

PANNES = {
    FileNotFoundError: "le fichier n'existe pas",
    IsADirectoryError: "c'est un dossier",
    PermissionError: "l'accès est refusé",
}
USAGE = "Indiquez un fichier : make verify-facturx FILE=facture.pdf (ou .xml)"


def principal(arguments: list[str]) -> int:
    """Print "conforme" and what was checked (0), or the faults, or why it cannot be read (1)."""
    if len(arguments) != 1 or not arguments[0]:
        return _refuser(USAGE)
    chemin = Path(arguments[0])
    try:
        contenu = chemin.read_bytes()
    except OSError as erreur:
        panne = PANNES.get(type(erreur), "la lecture a échoué")
        return _refuser(f"Impossible de lire {chemin} : {panne}.")
    est_un_pdf = contenu[:1024].lstrip().startswith(b"%PDF")
    fautes = verifier_pdf(contenu) if est_un_pdf else verifier_facture(contenu)
    if fautes:
        return _refuser(f"{chemin} : non conforme.", *(f"- {faute}" for faute in fautes))
    controles = [*_controles(extraire_xml(contenu) if est_un_pdf else contenu)]
    if est_un_pdf:
        controles.append("points PDF/A-3 et Factur-X")
    sys.stdout.write(f"{chemin} : conforme ({', '.join(controles)}).\n")
    return 0


def _controles(xml: bytes | None) -> Iterator[str]:
    yield from ("XSD", "schematron EN 16931", "montants au centime")
    if xml is not None and est_entre_professionnels(analyser(xml)):
        yield "schematron BR-FR"


def _refuser(*lignes: str) -> int:
    sys.stderr.write("\n".join(lignes) + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(principal(sys.argv[1:]))
