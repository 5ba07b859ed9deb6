"""What makes a PDF a Factur-X (Factur-X 1.09 §6, ISO 19005-3), read with pikepdf."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pikepdf
from lxml import etree

from facturation.facturx.schematron import analyser

NOM = "factur-x.xml"
URN = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
PDFAID = "{http://www.aiim.org/pdfa/ns/id/}"
SCHEMA = "{http://www.aiim.org/pdfa/ns/schema#}"
PROPRIETE = "{http://www.aiim.org/pdfa/ns/property#}"
# The properties of the fx schema, and what an invoice of the EN 16931 profile says
CHAMPS = {
    "DocumentType": "INVOICE",
    "DocumentFileName": NOM,
    "Version": "1.0",
    "ConformanceLevel": "EN 16931",
}
RELATIONS = {"/Data", "/Source", "/Alternative"}
CHIFFRE = "PDF/A : le document est chiffré."
# What pikepdf raises on objects that are not of the expected shape
ILLISIBLE = (pikepdf.PdfError, TypeError, ValueError, KeyError, AttributeError)
Controle = Callable[[pikepdf.Pdf], Iterator[str]]
POLICES = ("/FontFile", "/FontFile2", "/FontFile3")


def fautes_pdf(pdf: bytes) -> list[str]:
    """Faults of the container, as "PDF/A : sentence" or "Factur-X : sentence"; not of the XML."""
    try:
        with pikepdf.open(BytesIO(pdf)) as document:
            return [faute for controle in _CONTROLES for faute in _appliquer(controle, document)]
    except pikepdf.PasswordError:
        return [CHIFFRE]
    except pikepdf.PdfError:
        return ["PDF : ce fichier n'est pas un PDF lisible."]


def extraire_xml(pdf: bytes) -> bytes | None:
    """The embedded `factur-x.xml`, or None."""
    try:
        with pikepdf.open(BytesIO(pdf)) as document:
            return document.attachments[NOM].get_file().read_bytes()
    except (pikepdf.PasswordError, *ILLISIBLE):
        return None


def _appliquer(controle: Controle, document: pikepdf.Pdf) -> list[str]:
    try:
        return list(controle(document))
    except ILLISIBLE as erreur:
        return [f"PDF : structure illisible ({erreur})."]


def _chiffrement(document: pikepdf.Pdf) -> Iterator[str]:
    if document.is_encrypted:
        yield CHIFFRE


def _identifiant(document: pikepdf.Pdf) -> Iterator[str]:
    if "/ID" not in document.trailer:
        yield "PDF/A : le fichier n'a pas d'identifiant (/ID)."


def _couleurs(document: pikepdf.Pdf) -> Iterator[str]:
    profils = [
        intention
        for intention in _liste(document.Root.get("/OutputIntents"))
        if intention.get("/S") == "/GTS_PDFA1" and "/DestOutputProfile" in intention
    ]
    if not profils:
        yield "PDF/A : il manque le profil de couleurs (OutputIntent)."


def _polices(document: pikepdf.Pdf) -> Iterator[str]:
    for objet in _dictionnaires(document):
        if objet.get("/Type") != "/Font" or objet.get("/Subtype") in {"/Type0", "/Type3"}:
            continue
        descripteur = objet.get("/FontDescriptor")
        if descripteur is None or not any(clef in descripteur for clef in POLICES):
            yield f"PDF/A : la police {objet.get('/BaseFont', '?')} n'est pas incorporée."


def _images(document: pikepdf.Pdf) -> Iterator[str]:
    """ISO 19005-3, 6.2.8: an image is never interpolated by the viewer."""
    for objet in _dictionnaires(document):
        if objet.get("/Subtype") == "/Image" and objet.get("/Interpolate", False):
            yield "PDF/A : une image demande à être interpolée (/Interpolate)."
            return


def _actions(document: pikepdf.Pdf) -> Iterator[str]:
    for objet in _dictionnaires(document):
        if objet.get("/S") == "/JavaScript" or "/JS" in objet:
            yield "PDF/A : le document contient du JavaScript."
            return


def _attachement(document: pikepdf.Pdf) -> Iterator[str]:
    """EmbeddedFiles, /AF, AFRelationship and Subtype of the XML."""
    fichier = _fichier(document)
    if fichier is None:
        yield f"Factur-X : {NOM} n'est pas dans les fichiers joints (EmbeddedFiles)."
        return
    if fichier.objgen not in [lien.objgen for lien in _liste(document.Root.get("/AF"))]:
        yield f"Factur-X : le catalogue ne lie pas {NOM} (/AF)."
    if fichier.get("/AFRelationship") not in RELATIONS:
        yield "Factur-X : la relation du fichier joint (AFRelationship) n'est pas celle attendue."
    if [str(fichier.get(clef)) for clef in ("/F", "/UF")] != [NOM, NOM]:
        yield f"Factur-X : le fichier joint ne s'appelle pas {NOM} (/F, /UF)."
    if fichier.EF.F.get("/Subtype") != "/text/xml":
        yield "Factur-X : le type du fichier joint (Subtype) n'est pas text/xml."


def _metadonnees(document: pikepdf.Pdf) -> Iterator[str]:
    """XMP: PDF/A identification, extension schema and fields of Factur-X."""
    if "/Metadata" not in document.Root:
        yield "PDF/A : il manque les métadonnées XMP."
        return
    xmp = analyser(document.Root.Metadata.read_bytes())
    if _valeur(xmp, f"{PDFAID}part") != "3":
        yield "PDF/A : les métadonnées n'annoncent pas la partie 3 (pdfaid:part)."
    if _valeur(xmp, f"{PDFAID}conformance") not in {"A", "B", "U"}:
        yield "PDF/A : le niveau de conformité manque (pdfaid:conformance)."
    for champ, attendu in CHAMPS.items():
        if (lu := _valeur(xmp, f"{{{URN}}}{champ}")) != attendu:
            yield f"Factur-X : fx:{champ} vaut « {lu or ''} » au lieu de « {attendu} »."
    declares = {nom.text for nom in _schema(xmp).iter(f"{PROPRIETE}name")}
    if not declares >= CHAMPS.keys():
        yield "PDF/A : le schéma d'extension XMP de Factur-X manque ou est incomplet."


_CONTROLES: tuple[Controle, ...] = (
    _chiffrement,
    _identifiant,
    _couleurs,
    _polices,
    _images,
    _actions,
    _attachement,
    _metadonnees,
)


def _liste(objet: Any) -> list[Any]:
    return [] if objet is None else list(objet)


def _dictionnaires(document: pikepdf.Pdf) -> Iterator[Any]:
    for objet in document.objects:
        if isinstance(objet, pikepdf.Dictionary | pikepdf.Stream):
            yield objet


def _fichier(document: pikepdf.Pdf) -> Any | None:
    return document.attachments[NOM].obj if NOM in document.attachments else None


def _valeur(xmp: etree._Element, nom: str) -> str | None:
    """A simple XMP property, written as an element or as an attribute of rdf:Description."""
    if (element := next(xmp.iter(nom), None)) is not None:
        return (element.text or "").strip()
    descriptions = xmp.iter(f"{RDF}Description")
    return next((une.get(nom) for une in descriptions if une.get(nom) is not None), None)


def _schema(xmp: etree._Element) -> etree._Element:
    """The pdfaExtension entry whose namespace is the one of Factur-X; empty when absent."""
    for espace in xmp.iter(f"{SCHEMA}namespaceURI"):
        if (espace.text or "").strip() == URN and (parent := espace.getparent()) is not None:
            return parent
    return etree.Element("absent")
