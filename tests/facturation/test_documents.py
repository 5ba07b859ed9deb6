"""The PDFs of invoices, quotes and statements: right mentions, frozen data, sound pages."""

import json
import re
from datetime import date
from decimal import Decimal
from html import unescape
from io import BytesIO

import pikepdf
import pytest
from django.template.loader import render_to_string
from PIL import Image
from weasyprint import HTML
from weasyprint.urls import FatalURLFetchingError

from artjardin.accounts.auteur import systeme
from artjardin.storage.models import Document
from artjardin.storage.services import lire, produire
from facturation import rendu
from facturation.contenu import contenu_devis, contenu_facture
from facturation.documents import (
    contexte_devis,
    contexte_facture,
    promettre_releve,
)
from facturation.facturx.verification import verifier_pdf
from facturation.models import Entreprise, Facture
from facturation.pdf import pdf_devis, pdf_facture, pdf_releve
from facturation.services import (
    changer_le_logo,
    emettre_facture,
    faire_un_avoir,
    finaliser_devis,
    preparer_devis,
    preparer_facture,
)
from facturation.templatetags.presentation import date_longue, euros
from tests.clients.factories import creer_client

pytestmark = pytest.mark.django_db

PAR = systeme("test")
LE = date(2026, 10, 22)
SIRET = "73282932000074"
FIRME = {
    "forme": "SARL au capital de 10 000 €",
    "adresse": "14, rue des Lices",
    "code_postal": "49000",
    "siret": SIRET,
    "tva_intracom": "FR44732829320",
    "iban": "FR7630006000011234567890189",
    "bic": "AGRIFRPP",
    "mediateur": "CM2C, Paris",
    "assurance": "",
}


@pytest.fixture(autouse=True)
def _firme(db, time_machine):
    time_machine.move_to("2026-11-22T09:00:00+01:00")
    Entreprise.objects.filter(pk=1).update(**FIRME)


def ligne(**champs):
    defaut = {
        "designation": "Taille de haie",
        "quantite": Decimal("2.5"),
        "unite": "m2",
        "prix_unitaire": Decimal(1250),
    }
    return defaut | champs


def facture(*lignes, client=None, **champs):
    brouillon = preparer_facture(
        par=PAR,
        client=client or creer_client(),
        objet="Entretien d'automne",
        lignes=lignes or [ligne()],
        **champs,
    )
    return emettre_facture(brouillon, par=PAR, le=LE)


def avoir(origine):
    piece = faire_un_avoir(origine, motif="Geste commercial", lignes=[ligne()], par=PAR)
    return emettre_facture(piece, par=PAR, le=LE)


def devis(*lignes, client=None):
    brouillon = preparer_devis(
        par=PAR, client=client or creer_client(), objet="Massif", lignes=lignes or [ligne()]
    )
    return finaliser_devis(brouillon, par=PAR, le=LE)


def professionnel(**champs):
    defaut = {"raison_sociale": "Hôtel des Tilleuls", "siret": "40483304800022"}
    return creer_client(type="professionnel", **(defaut | champs))


def html(piece):
    """The document as text, spaces of any width made plain."""
    if isinstance(piece, Facture):
        brut = rendu.en_html("pdf/facture.html", contexte_facture(contenu_facture(piece)))
    else:
        brut = rendu.en_html("pdf/devis.html", contexte_devis(contenu_devis(piece)))
    return lisible(brut)


def lisible(brut):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", brut)))


def pages(pdf):
    with pikepdf.open(BytesIO(pdf)) as lu:
        return len(lu.pages)


def test_an_issued_invoice_becomes_a_stored_pdf_a():
    piece = facture()
    document = produire(Document.objects.de(piece).get())
    pdf = lire(document)
    assert pages(pdf) == 1
    assert verifier_pdf(pdf) == []
    with pikepdf.open(BytesIO(pdf)) as lu, lu.open_metadata() as metadonnees:
        assert metadonnees["dc:title"] == "Facture FAC-2026-0001"
        assert metadonnees["dc:creator"] == ["Art & Jardin"]
        assert str(lu.Root.Lang).startswith("fr")


def test_an_invoice_shows_parties_lines_and_totals_in_french():
    client = creer_client(civilite="Mme", prenom="Claire", nom="Dupont")
    texte = html(facture(client=client))
    assert "n° FAC-2026-0001" in texte
    assert "Date d'émission 22/10/2026" in texte
    assert "Échéance 21/11/2026" in texte
    assert "Mme Claire Dupont" in texte
    assert "Objet : Entretien d'automne" in texte
    assert "Taille de haie 2,5 m² 1 250,00 € 20 % 3 125,00 €" in texte
    assert "Total HT 3 125,00 € TVA 20 % sur 3 125,00 € 625,00 € Total TTC 3 750,00 €" in texte
    assert "au plus tard le 21 novembre 2026 , par virement" in texte
    assert "FR76 3000 6000 0112 3456 7890 189" in texte
    assert "SIRET 732 829 320 00074" in texte
    assert "SARL au capital de 10 000 €" in texte


def test_a_professional_is_told_of_discount_penalties_and_40_euros():
    texte = html(facture(client=professionnel()))
    assert "Escompte pour paiement anticipé : néant." in texte
    assert "majoré de 10 points de pourcentage" in texte
    assert "indemnité forfaitaire pour frais de recouvrement de 40 €" in texte
    assert "404 833 048 00022" in texte
    assert "CM2C" not in texte


@pytest.mark.parametrize("genre", ["particulier", "syndic"])
def test_a_consumer_is_told_of_the_mediator_only(genre):
    texte = html(facture(client=creer_client(type=genre, raison_sociale="Les Tilleuls")))
    assert "CM2C, Paris" in texte
    for interdit in ("40 €", "Escompte", "pénalités", "L. 441-10"):
        assert interdit not in texte


def test_a_missing_setting_leaves_no_trace():
    facultatifs = ("iban", "bic", "assurance", "telephone", "sap")
    Entreprise.objects.filter(pk=1).update(**dict.fromkeys(facultatifs, ""))
    texte = html(facture())
    for absent in ("IBAN", "BIC", "par virement", "décennale", "Tél.", "services à la personne"):
        assert absent not in texte


def test_an_invoice_never_changes_with_client_or_firm():
    piece = facture(client=creer_client(ville="Avrillé"))
    avant = html(piece)
    piece.client.ville = "Saumur"
    piece.client.save()
    Entreprise.objects.filter(pk=1).update(nom="Autre", siret="")
    assert html(Facture.tous.get(pk=piece.pk)) == avant


def test_each_vat_rate_has_its_base_and_amount():
    taux = [Decimal(20), Decimal(10), Decimal("5.5")]
    texte = html(facture(*[ligne(taux_tva=t, justification_tva="Allée d'accès") for t in taux]))
    assert "TVA 20 % sur 3 125,00 € 625,00 €" in texte
    assert "TVA 10 % sur 3 125,00 € 312,50 €" in texte
    assert "TVA 5,5 % sur 3 125,00 € 171,88 €" in texte
    assert "Total TVA 1 109,38 €" in texte


def test_the_discount_column_exists_only_with_a_discount():
    assert "Remise" not in html(facture())
    texte = html(facture(ligne(remise=Decimal("7.5"))))
    assert "Remise" in texte
    assert "1 250,00 € 7,5 % 20 % 2 890,63 €" in texte


def test_a_firm_without_vat_number_refers_to_article_293_b():
    mention = "TVA non applicable, article 293 B du CGI"
    assert mention not in html(facture())
    Entreprise.objects.filter(pk=1).update(tva_intracom="", franchise=True)
    assert mention in html(facture(ligne(taux_tva=Decimal(0)), exoneration="franchise"))


def test_a_credit_note_refers_to_its_invoice_and_asks_for_nothing():
    texte = html(avoir(facture(client=professionnel())))
    assert "n° AVO-2026-0001" in texte
    assert "Cet avoir réduit la facture FAC-2026-0001 du 22/10/2026" in texte
    assert "Motif : Geste commercial" in texte
    assert "Avoir TTC 3 750,00 €" in texte
    for absent in ("Échéance", "À régler", "IBAN", "40 €", "annule et remplace"):
        assert absent not in texte


def test_a_quote_has_validity_waste_and_a_place_to_sign():
    texte = html(devis())
    assert "n° DEV-2026-0001" in texte
    assert "valable jusqu'au 21 novembre 2026 inclus" in texte
    assert "Gestion des déchets du chantier" in texte
    assert "Bon pour accord" in texte
    assert "quatorze jours" in texte


def test_a_professional_quote_has_no_consumer_text():
    texte = html(devis(client=professionnel()))
    for absent in ("quatorze jours", "gratuitement", "CM2C"):
        assert absent not in texte


def test_text_of_the_office_is_never_markup():
    piece = facture(ligne(designation="<img src='http://exemple.fr/x.png'> & <b>gras</b>"))
    brut = rendu.en_html("pdf/facture.html", contexte_facture(contenu_facture(piece)))
    assert "&lt;img src=" in brut
    assert "<b>" not in brut
    assert pages(pdf_facture(Document.objects.de(piece).get())) == 1


@pytest.mark.parametrize(("nombre", "attendu"), [(1, 1), (25, 2), (200, 7)])
def test_pages_follow_the_number_of_lines(nombre, attendu):
    piece = facture(*[ligne() for _ in range(nombre)])
    assert pages(pdf_facture(Document.objects.de(piece).get())) == attendu


def test_a_long_description_runs_over_pages():
    longue = "\n".join(["- plantation"] * 150)
    piece = facture(ligne(designation=longue), ligne(designation="x" * 2000))
    assert pages(pdf_facture(Document.objects.de(piece).get())) == 5


def test_totals_never_stand_alone_on_a_page():
    styles, polices = rendu._style()
    for nombre in (15, 18, 19, 20, 21, 22):
        contenu = contenu_facture(facture(*[ligne() for _ in range(nombre)]))
        html = rendu.en_html("pdf/facture.html", contexte_facture(contenu))
        document = HTML(string=html).render(stylesheets=styles, font_config=polices)
        textes = [
            " ".join(getattr(boite, "text", "") for boite in page._page_box.descendants())
            for page in document.pages
        ]
        avec_total = next(texte for texte in textes if "Total TTC" in texte)
        assert "Taille de haie" in avec_total
        assert all("Désignation" in texte for texte in textes if "Taille de haie" in texte)


def test_a_quote_becomes_a_pdf():
    pdf = pdf_devis(Document.objects.de(devis()).get())
    assert pages(pdf) == 2  # the withdrawal form is a sheet of its own


def test_a_statement_is_frozen_when_promised():
    client = creer_client(nom="Dupont", prenom="Claire")
    piece = facture(client=client)
    factures = list(Facture.objects.avec_solde().filter(pk=piece.pk))
    document = promettre_releve(client, le=date(2026, 11, 25), factures=factures, nom="R-1")
    client.nom = "Autre"
    client.save()
    document.refresh_from_db()
    assert json.loads(json.dumps(document.contexte)) == document.contexte
    assert document.contexte["client"]["nom"] == "Mme Claire Dupont"
    assert document.contexte["total"] == "3750.00"
    assert document.contexte["lignes"] == [
        {
            "numero": "FAC-2026-0001",
            "date": "2026-10-22",
            "echeance": "2026-11-21",
            "objet": "Entretien d'automne",
            "total_ttc": "3750.00",
            "regle": "0.00",
            "solde": "3750.00",
            "retard": 4,
        }
    ]
    assert pages(pdf_releve(document)) == 1


def test_a_statement_says_that_it_replaces_no_invoice():
    client = creer_client()
    facture(client=client)
    factures = list(Facture.objects.avec_solde().filter(client=client))
    document = promettre_releve(client, le=date(2026, 11, 25), factures=factures, nom="R-2")
    texte = lisible(render_to_string("pdf/releve.html", document.contexte))
    assert "Arrêté au 25/11/2026" in texte
    assert "résume des factures déjà émises et ne les remplace pas" in texte
    assert "4 j de retard" in texte
    assert "Total dû au 25/11/2026 3 750,00 €" in texte


@pytest.mark.parametrize(
    "adresse",
    [
        "http://127.0.0.1:9/x.png",
        "https://example.org/x.css",
        "ftp://example.org/x",
        "file:///etc/passwd",
        f"{rendu.POLICES.as_uri()}/../../../settings.py",
    ],
)
def test_a_pdf_reads_nothing_from_outside(adresse):
    with pytest.raises(FatalURLFetchingError):
        rendu.SansReseau().fetch(adresse)


def test_the_fonts_are_read_from_the_repository():
    reponse = rendu.SansReseau().fetch(f"{rendu.POLICES.as_uri()}/SourceSansPro-Regular.ttf")
    assert reponse.read(4) == b"\x00\x01\x00\x00"


def test_emoji_are_left_out_of_a_pdf_and_letters_never():
    lettres = "Éœ Σύλλογος 漢字 Žižka م ½ 20 °C n° € ™ ©"
    emoji = "\U0001f333 \u2702\ufe0f \U0001f469\u200d\U0001f33e \U0001f44d\U0001f3fd"

    assert rendu.sans_pictogrammes(lettres) == lettres
    assert rendu.sans_pictogrammes(emoji).strip() == ""


def test_no_page_shows_an_empty_box_for_an_emoji():
    piece = facture(ligne(designation="Haie \U0001f333\ufe0f du fond, \U0001f469\u200d\U0001f33e"))

    with pikepdf.open(BytesIO(pdf_facture(Document.objects.de(piece).get()))) as pdf:
        dictionnaires = [un for un in pdf.objects if isinstance(un, pikepdf.Dictionary)]
        noms = {str(un.BaseFont) for un in dictionnaires if "/BaseFont" in un}
    assert noms
    assert {re.sub(r"^/([A-Z]{6}.)?", "", nom).partition("-")[0] for nom in noms} == {"Source"}


def test_dates_and_amounts_are_written_in_french():
    assert date_longue("2026-03-01") == "1er\u00a0mars\u00a02026"
    assert euros(Decimal("-1234567.5")) == "-1\u202f234\u202f567,50\u00a0€"


def test_images_keep_a_document_within_pdf_a():
    """The firm's logo and the transfer code: no viewer is asked to interpolate them."""
    tampon = BytesIO()
    Image.new("RGB", (60, 30), "green").save(tampon, "PNG")
    changer_le_logo(tampon.getvalue(), par=PAR)
    piece = facture()

    pdf = pdf_facture(Document.objects.de(piece).get())

    assert verifier_pdf(pdf) == []
    with pikepdf.open(BytesIO(pdf)) as lu:
        images = [
            o for o in lu.objects if getattr(o, "get", None) and o.get("/Subtype") == "/Image"
        ]
        assert len(images) >= 2
        images[0].Interpolate = True
        copie = BytesIO()
        lu.save(copie)
    assert "PDF/A : une image demande à être interpolée (/Interpolate)." in verifier_pdf(
        copie.getvalue()
    )
