"""The PDF that carries the XML: PDF/A-3 and Factur-X points, and `make verify-facturx`."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from pdf_oxide import PdfDocument
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from weasyprint import HTML

from facturation.facturx.__main__ import principal
from facturation.facturx.pdf import incorporer
from facturation.facturx.pdfa import extraire_xml, fautes_pdf
from facturation.facturx.verification import verifier_pdf, verifier_xml
from facturation.facturx.xml import xml_de
from tests.facturation.contenus import contenu

RACINE = Path(__file__).resolve().parents[2]
POLICE = RACINE / "artjardin/static/artjardin/polices/SourceSansPro-Regular.ttf"
PAGE = f"""<html lang="fr"><head><title>Facture</title><style>
@font-face {{ font-family: Maison; src: url({POLICE.as_uri()}) }}
body {{ font-family: Maison }}
</style></head><body><h1>Facture FAC-2026-0002</h1><p>120,00 €</p></body></html>"""


@pytest.fixture(scope="module")
def xml() -> bytes:
    return xml_de(contenu())


@pytest.fixture(scope="module")
def nu() -> bytes:
    return HTML(string=PAGE).write_pdf(pdf_variant="pdf/a-3b")


@pytest.fixture(scope="module")
def facture(nu, xml) -> bytes:
    sujet = "Facture FAC-2026-0002 du 22/11/2026"
    return incorporer(nu, xml, titre="Facture FAC-2026-0002", auteur="Art & Jardin", sujet=sujet)


def test_the_embedded_pdf_is_valid_and_gives_the_xml_back(facture, xml, tmp_path):
    (tmp_path / "facture.pdf").write_bytes(facture)

    assert verifier_pdf(facture) == []
    assert extraire_xml(facture) == xml
    assert PdfDocument(str(tmp_path / "facture.pdf")).validate_pdf_a("3b")["errors"] == []


def test_the_embedded_pdf_is_titled_in_french(facture):
    with pikepdf.open(BytesIO(facture)) as document:
        assert str(document.docinfo.Title) == "Facture FAC-2026-0002"
        assert str(document.docinfo.Author) == "Art & Jardin"
        assert str(document.docinfo.Subject) == "Facture FAC-2026-0002 du 22/11/2026"
        assert str(document.Root.Lang) == "fr-FR"


def test_a_pdf_without_xml_is_no_facturx(nu):
    assert "n'est pas dans les fichiers joints" in "\n".join(verifier_pdf(nu))
    assert extraire_xml(nu) is None


def test_a_pdf_with_a_wrong_xml_is_refused_by_the_rule(nu, xml):
    faux = xml.replace(b"<ram:GrandTotalAmount>120.00", b"<ram:GrandTotalAmount>121.00")

    fautes = verifier_pdf(incorporer(nu, faux, titre="", auteur="", sujet=""))

    regles = [faute.partition(" : ")[0] for faute in fautes]
    assert regles.count("BR-CO-15") == 1


@pytest.mark.parametrize("contenu_du_fichier", [b"", b"%PDF-1.7", b"rien", b"\x00" * 2000])
def test_what_is_no_pdf_is_said_so(contenu_du_fichier):
    assert [faute.partition(" : ")[0] for faute in verifier_pdf(contenu_du_fichier)] == ["PDF"]


def _jointe(document: Pdf) -> Dictionary:
    return document.Root.Names.EmbeddedFiles.Names[1]


def _metadonnees(avant: bytes, apres: bytes) -> Callable[[Pdf], None]:
    def changer(document: Pdf) -> None:
        lues = document.Root.Metadata.read_bytes()
        assert avant in lues
        document.Root.Metadata.write(lues.replace(avant, apres))

    return changer


def _police_absente(document: Pdf) -> None:
    document.Root.Police = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)
    document.Root.Police = document.make_indirect(document.Root.Police)


def _javascript(document: Pdf) -> None:
    action = Dictionary(S=Name.JavaScript, JS="app.alert(1)")
    document.Root.OpenAction = document.make_indirect(action)


def _renommer(document: Pdf) -> None:
    _jointe(document).F = _jointe(document).UF = "facture.xml"


def _sans(*chemin: str) -> Callable[[Pdf], None]:
    def oter(document: Pdf) -> None:
        objet = document.Root
        for clef in chemin[:-1]:
            objet = objet[clef]
        del objet[chemin[-1]]

    return oter


DEGATS = [
    ("(OutputIntent)", _sans("/OutputIntents")),
    ("(EmbeddedFiles)", _sans("/Names", "/EmbeddedFiles")),
    ("(/AF)", _sans("/AF")),
    ("(/AF)", lambda document: setattr(document.Root, "AF", Array([]))),
    ("(AFRelationship)", lambda document: setattr(_jointe(document), "AFRelationship", Name.Autre)),
    ("(Subtype)", lambda document: setattr(_jointe(document).EF.F, "Subtype", Name.Autre)),
    ("(/F, /UF)", _renommer),
    ("métadonnées XMP", _sans("/Metadata")),
    ("XML illisible", lambda document: document.Root.Metadata.write(b"<x")),
    ("(pdfaid:part)", _metadonnees(b"part>3<", b"part>1<")),
    ("(pdfaid:conformance)", _metadonnees(b"conformance>B<", b"conformance>Z<")),
    ("fx:DocumentType", _metadonnees(b"DocumentType>INVOICE", b"DocumentType>ORDER")),
    ("fx:ConformanceLevel", _metadonnees(b">EN 16931<", b">MINIMUM<")),
    ("fx:Version", _metadonnees(b"Version>1.0<", b"Version>2.0<")),
    ("schéma d'extension", _metadonnees(b"namespaceURI>urn", b"namespaceURI>nru")),
    ("/Helvetica n'est pas incorporée", _police_absente),
    ("JavaScript", _javascript),
]


@pytest.mark.parametrize(("phrase", "abimer"), DEGATS)
def test_each_point_of_the_container_is_checked(phrase, abimer, facture):
    with pikepdf.open(BytesIO(facture)) as document:
        abimer(document)
        sortie = BytesIO()
        document.save(sortie, fix_metadata_version=False)

    assert phrase in "\n".join(fautes_pdf(sortie.getvalue()))


def test_an_encrypted_pdf_is_refused(facture):
    sorties = []
    for mot_de_passe in ("", "secret"):
        with pikepdf.open(BytesIO(facture)) as document:
            sortie = BytesIO()
            document.save(sortie, encryption=pikepdf.Encryption(owner="x", user=mot_de_passe))
        sorties.append(sortie.getvalue())

    ouvert, ferme = (fautes_pdf(sortie) for sortie in sorties)
    assert "PDF/A : le document est chiffré." in ouvert
    assert ferme == ["PDF/A : le document est chiffré."]
    assert verifier_pdf(sorties[1]) == ferme


def test_a_pdf_without_identifier_is_refused(facture):
    debut = facture.rindex(b"/ID")
    fin = facture.index(b"]", debut) + 1

    assert "PDF/A : le fichier n'a pas d'identifiant (/ID)." in fautes_pdf(
        facture[:debut] + b" " * (fin - debut) + facture[fin:]
    )


def test_xmp_properties_may_be_attributes(facture):
    with pikepdf.open(BytesIO(facture)) as document:
        xmp = document.Root.Metadata.read_bytes()
        for nom, valeur in (("part", "3"), ("conformance", "B")):
            element = f"<pdfaid:{nom}>{valeur}</pdfaid:{nom}>".encode()
            assert element in xmp
            xmp = xmp.replace(element, b"")
        attributs = b'<rdf:Description pdfaid:part="3" pdfaid:conformance="B">'
        xmp = xmp.replace(b"<rdf:Description>", attributs, 1)
        document.Root.Metadata = Stream(document, xmp)
        sortie = BytesIO()
        document.save(sortie)

    assert fautes_pdf(sortie.getvalue()) == []


def test_an_xml_with_a_doctype_is_refused(xml):
    bombe = xml.replace(b"<rsm:Cross", b'<!DOCTYPE x [<!ENTITY a "b">]><rsm:Cross', 1)

    assert verifier_xml([bombe]) == [["XML : XML refusé : il porte un DOCTYPE."]]


def commande(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "facturation.facturx", *arguments],
        cwd=RACINE,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_says_what_it_checked(facture, tmp_path):
    chemin = tmp_path / "facture.pdf"
    chemin.write_bytes(facture)

    fini = commande(str(chemin))

    assert (fini.returncode, fini.stderr) == (0, "")
    assert fini.stdout == (
        f"{chemin} : conforme (XSD, schematron EN 16931, montants au centime, schematron BR-FR, "
        "points PDF/A-3 et Factur-X).\n"
    )


def test_the_command_lists_the_faults(xml, tmp_path):
    chemin = tmp_path / "facture.xml"
    chemin.write_bytes(xml.replace(b">PMT<", b">AAI<"))

    fini = commande(str(chemin))

    assert (fini.returncode, fini.stdout) == (1, "")
    assert fini.stderr.startswith(f"{chemin} : non conforme.\n- BR-FR-05_BT-22_PMT : La mention")


def test_the_command_reads_an_xml_for_a_particulier(tmp_path, capsys):
    chemin = tmp_path / "facture.xml"
    chemin.write_bytes(xml_de(contenu(client="particulier")))

    assert principal([str(chemin)]) == 0
    assert "BR-FR" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        ([], "make verify-facturx FILE=facture.pdf"),
        ([""], "make verify-facturx FILE=facture.pdf"),
        (["absent.pdf"], "Impossible de lire absent.pdf : le fichier n'existe pas."),
        (["."], "Impossible de lire . : c'est un dossier."),
    ],
)
def test_the_command_explains_what_it_cannot_read(arguments, phrase, capsys):
    assert principal(arguments) == 1
    assert phrase in capsys.readouterr().err
