"""The documents as drawn from frozen content: no database, every part of every kind."""

import re
from decimal import Decimal
from html import unescape
from io import BytesIO

import pikepdf
import pytest
from django.template.loader import render_to_string

from facturation import rendu
from facturation.documents import contexte_devis, contexte_facture
from tests.facturation.dessins import (
    CLIENT,
    DECHETS,
    DEVIS,
    EMETTEUR,
    GRATUIT,
    ORIGINE,
    PRO,
    balance,
    deduction,
    devis,
    facture,
    ligne,
    releve,
)


def brut(contenu, **options):
    if "valide_jusqu_au" in contenu:
        return rendu.en_html("pdf/devis.html", contexte_devis(contenu))
    return rendu.en_html("pdf/facture.html", contexte_facture(contenu, **options))


def lisible(html):
    """The document as text, spaces of any width made plain."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def texte(contenu, **options):
    return lisible(brut(contenu, **options))


def mise_en_page(html):
    styles, polices = rendu._style()
    return rendu.SansNavigateur(string=html).render(stylesheets=styles, font_config=polices)


def textes(document):
    return [
        " ".join(getattr(boite, "text", "") for boite in page._page_box.descendants())
        for page in document.pages
    ]


@pytest.mark.parametrize(
    ("genre", "titre"),
    [
        ("facture", "Facture n° FAC-2026-0001"),
        ("acompte", "Facture d'acompte n° FAC-2026-0001"),
        ("situation", "Facture de situation n° FAC-2026-0001"),
        ("solde", "Facture de solde n° FAC-2026-0001"),
    ],
)
def test_each_type_has_its_title_and_names_its_quote(genre, titre):
    lu = texte(facture(type=genre, devis=DEVIS))
    assert titre in lu
    assert "Devis DEV-2026-0007 du 02/06/2026" in lu
    assert "À régler au plus tard le 22 décembre 2026 , par virement" in lu


def test_a_line_shows_quantity_unit_price_rate_and_total():
    assert "Taille de haie 2,5 m² 1 250,00 € 20 % 3 125,00 €" in texte(facture())


def test_optional_columns_come_with_their_first_value():
    lu = texte(facture())
    assert "Remise" not in lu
    assert "Avancement" not in lu
    lu = texte(facture(ligne(remise="7.50"), ligne(remise_montant="12.34", avancement="60.00")))
    assert "1 250,00 € 7,5 % 20 %" in lu
    assert "1 250,00 € −12,34 € 60 % 20 %" in lu


def test_sections_have_subtotals_when_there_are_several():
    seule = texte(facture(ligne(section="Taille"), ligne(section="Taille")))
    assert "Taille Taille de haie" in seule
    assert "Sous-total" not in seule
    lu = texte(facture(ligne(section="Taille"), ligne(section="Taille"), ligne()))
    assert "Sous-total Taille 6 250,00 €" in lu
    assert lu.count("Sous-total") == 1


def test_a_document_discount_stands_before_the_total():
    taux = [{"taux": "20.00", "montant": "156.25"}]
    lu = texte(facture(remise_taux="5.00", remises=taux))
    assert "Total HT avant remise 3 125,00 € Remise 5 % −156,25 € Total HT" in lu
    deux = [*taux, {"taux": "10.00", "montant": "10.00"}]
    lu = texte(facture(remise_montant="166.25", remises=deux))
    assert "Remise sur TVA 20 % −156,25 € Remise sur TVA 10 % −10,00 €" in lu


def test_each_rate_has_its_base_and_amount():
    tva = [
        {"taux": "20.00", "base": "100.00", "montant": "20.00"},
        {"taux": "5.50", "base": "200.00", "montant": "11.00"},
    ]
    lu = texte(facture(tva=tva, total_tva="31.00"))
    attendu = "TVA 20 % sur 100,00 € 20,00 € TVA 5,5 % sur 200,00 € 11,00 € Total TVA 31,00 €"
    assert attendu in lu


def test_a_balance_shows_what_it_deducts_apart():
    deduites = [deduction("FAC-2026-0002", "1000.00"), deduction("FAC-2026-0003", "125.00")]
    contenu = facture(ligne(section="Taille"), *deduites, type="solde", references=[ORIGINE])
    lu = texte(contenu)
    assert "Factures déjà émises : FAC-2026-0009 du 22/10/2026" in lu
    assert (
        "À déduire : factures déjà émises Acompte FAC-2026-0002 du 22/06/2026 20 % −1 000,00 €"
        in lu
    )
    assert "Total des travaux HT 3 125,00 € Factures déjà émises HT −1 125,00 €" in lu
    assert "Total HT 2 000,00 €" in lu


def test_a_kept_guarantee_is_taken_from_what_is_paid_now():
    lu = texte(facture(retenue={"taux": "5.00", "montant": "187.50"}))
    assert "Total TTC 3 750,00 € dont retenue de garantie 5 % : 187,50 €, exigible un an" in lu
    assert "Net à payer 3 562,50 €" in lu


def test_a_credit_note_names_its_invoice_and_asks_for_nothing():
    contenu = facture(type="avoir", echeance=None, references=[ORIGINE], motif="Deux charmes morts")
    lu = texte(contenu)
    assert "Facture d'origine FAC-2026-0009 du 22/10/2026" in lu
    assert "Cet avoir réduit la facture FAC-2026-0009 du 22/10/2026 : 3 125,00 € HT, 625,00" in lu
    assert "Motif : Deux charmes morts" in lu
    assert "Avoir TTC 3 750,00 €" in lu
    for absent in ("Échéance", "À régler", "IBAN", "annule et remplace", "déjà émises"):
        assert absent not in lu


@pytest.mark.parametrize("code", ["franchise", "autoliquidation"])
def test_without_vat_its_reason_is_framed_once_under_the_totals(code):
    raison = {"code": code, "texte": "Raison de l'absence de TVA"}
    contenu = facture(
        ligne(taux_tva="0.00"), exoneration=code, mentions=[GRATUIT, raison], total_ttc="3125.00"
    )
    html = brut(contenu)
    assert '<p class="exoneration">Raison de' in html
    lu = lisible(html)
    assert "1 250,00 € – 3 125,00 €" in lu
    assert "Total net de TVA 3 125,00 €" in lu
    assert lu.count("Raison de l'absence de TVA") == 1


def test_mentions_keep_their_order():
    codes = ["escompte", "penalites", "indemnite", "debits"]
    mentions = [{"code": code, "texte": f"Mention {code}."} for code in codes]
    lu = texte(facture(destinataire=PRO, mentions=mentions, conditions="Trois fois\nsans frais"))
    assert "Conditions Trois fois sans frais Mention escompte. Mention penalites." in lu
    assert "Votre SIRET 404 833 048 00022" in lu


def test_the_place_of_works_is_said_when_it_is_elsewhere():
    chez_lui = {champ: CLIENT[champ] for champ in ("adresse", "code_postal", "ville")}
    assert "Lieu des travaux" not in texte(facture(lieu=chez_lui | {"nom": "Maison"}))
    lu = texte(facture(lieu=chez_lui | {"nom": "", "ville": "Saumur"}))
    assert "Lieu des travaux : 3, rue Haute, 49000 Saumur" in lu


def test_the_order_and_the_day_of_the_work_are_said():
    lu = texte(facture(prestation_le="2026-11-20", reference_client="BC-77"))
    assert "Prestation du 20/11/2026" in lu
    assert "Votre commande BC-77" in lu


def test_the_foot_identifies_the_firm():
    lu = texte(facture())
    assert "SIRET 732 829 320 00074 · RCS Angers 732 829 320 · TVA FR44732829320" in lu


def test_a_paid_copy_is_stamped_and_asks_for_nothing():
    lu = texte(facture(), acquittee={"le": "2026-03-12", "moyens": "virement"})
    assert "Acquittée le 12/03/2026 par virement" in lu
    for absent in ("À régler", "IBAN"):
        assert absent not in lu


def test_a_transfer_code_is_there_when_something_is_due_on_an_account():
    code = 'alt="Code du virement"'
    assert code in brut(facture())
    sans = [
        facture(type="avoir", echeance=None, references=[ORIGINE]),
        facture(emetteur=EMETTEUR | {"iban": ""}),
        facture(total_ttc="0.00"),
    ]
    assert not any(code in brut(contenu) for contenu in sans)
    assert code not in brut(facture(), acquittee={"le": "2026-03-12", "moyens": ""})
    assert "Aucune somme n'est à régler." in texte(facture(total_ttc="0.00"))


def test_the_transfer_is_of_what_is_due_now():
    du = contexte_facture(facture())["net"]
    garde = contexte_facture(facture(retenue={"taux": "5.00", "montant": "187.50"}))["net"]
    assert (du, garde) == (Decimal("3750.00"), Decimal("3562.50"))


def test_the_firm_chooses_its_colour_and_the_text_on_it_stays_readable():
    jaune = brut(facture(emetteur=EMETTEUR | {"couleur": "#ffd400"}))
    assert "--firme: #ffd400; --sur: #1f2723;" in jaune
    assert "--firme: #2c5a3a; --sur: #ffffff;" in brut(facture())
    assert 'fill="#2c5a3a"' in brut(facture())


def test_the_logo_stands_for_the_mark(monkeypatch):
    monkeypatch.setattr(rendu.Logo, "uri", lambda pk: f"data:image/png;base64,AA{pk}")
    html = brut(facture(emetteur=EMETTEUR | {"logo": 7}))
    assert '<img src="data:image/png;base64,AA7" alt="Art &amp; Jardin">' in html
    assert "<svg" not in html


def test_text_of_the_office_is_never_markup():
    html = brut(facture(ligne(designation="<img src='http://exemple.fr/x.png'> & <b>gras</b>")))
    assert "&lt;img src=" in html
    assert "<b>" not in html


def test_options_are_numbered_bracketed_and_not_counted():
    option = ligne(designation="Arrosage", option=True, total_ht="640.00")
    lu = texte(devis(ligne(section="A"), option | {"section": "A"}, ligne(section="B"), option))
    assert "Option 1 Arrosage" in lu
    assert "( 640,00 € )" in lu or "(640,00 €)" in lu
    assert "Sous-total A 3 125,00 €" in lu
    assert "Options proposées : 1 280,00 € HT, non comprises dans le total" in lu
    assert "avec l'option 2 : 640,00 € HT" in lu
    assert "Total HT 6 250,00 €" in lu


def test_a_quote_has_validity_and_a_place_to_sign():
    lu = texte(devis(mentions=[GRATUIT]))
    assert "Devis n° DEV-2026-0008" in lu
    assert "valable jusqu'au 22 décembre 2026 inclus" in lu
    assert "Bon pour accord" in lu
    assert "Ce devis est gratuit." in lu
    for absent in ("Version", "Option", "déchets", "rétractation", "soussigné", "IBAN"):
        assert absent not in lu


def test_a_new_version_names_the_one_it_replaces():
    lu = texte(devis(version=2, remplace=DEVIS))
    assert "Version 2, remplace le devis DEV-2026-0007 du 02/06/2026" in lu


def test_waste_has_its_four_items():
    lu = texte(devis(dechets=DECHETS | {"quantite": "3 m³", "cout": "85,00 € HT"}))
    assert "Gestion des déchets du chantier" in lu
    assert "3 m³ – – 85,00 € HT" in lu


@pytest.mark.parametrize("conclusion", ["domicile", "distance"])
def test_a_consumer_away_from_the_shop_gets_the_withdrawal_form(conclusion):
    lu = texte(devis(conclusion=conclusion))
    assert "dans un délai de quatorze jours" in lu
    assert "Formulaire de rétractation" in lu
    assert "devis DEV-2026-0008 du 22/11/2026" in lu
    assert "commencent avant la fin du délai de rétractation" in lu
    assert "rétractation" not in texte(devis(conclusion=conclusion, destinataire=PRO))


def test_reduced_rates_are_certified_by_the_client():
    mentions = [
        {"code": "tva_10", "texte": "Je soussigné(e) certifie dix."},
        {"code": "tva_5_5", "texte": "Je soussigné(e) certifie cinq et demi."},
    ]

    lu = texte(devis(mentions=mentions))

    assert "certifie dix. Je soussigné(e) certifie cinq et demi. Adresse des locaux" in lu
    assert lu.count("certifie dix") == 1
    assert "certification du client" in texte(facture(mentions=mentions[:1]))
    assert "certification du client" not in texte(facture())


def test_a_statement_opens_moves_and_closes():
    lu = texte_de("pdf/releve_compte.html", releve())
    assert "01/01/2026 Solde à l'ouverture 120,00 €" in lu
    assert "03/02/2026 FAC-2026-0001 Facture 100,00 € 220,00 €" in lu
    assert "Totaux de la période 100,00 € 0,00 €" in lu
    assert "Solde dû au 22/11/2026 220,00 €" in lu
    assert "IBAN" in lu
    assert "reçus d'avance" not in lu


def test_a_statement_in_credit_asks_for_nothing():
    lu = texte_de("pdf/releve_compte.html", releve(cloture="-30.00", avances="30.00"))
    assert "Solde en votre faveur au 22/11/2026 30,00 €" in lu
    assert "30,00 € reçus d'avance" in lu
    assert "IBAN" not in lu


def texte_de(gabarit, contexte):
    return lisible(rendu.en_html(gabarit, contexte))


def test_an_aged_balance_leaves_zeros_blank():
    lu = texte_de("pdf/balance.html", balance())
    assert "Balance âgée au 22 novembre 2026" in lu
    assert "C-0001 Mme Dupont 120,00 € 100,00 € 20,00 € Total 120,00 €" in lu


def test_an_aged_balance_lies_on_its_side_and_repeats_its_head():
    document = mise_en_page(rendu.en_html("pdf/balance.html", balance(60)))
    assert len(document.pages) > 1
    assert all(page.width > page.height for page in document.pages)
    assert all("Plus de 90 jours" in lu for lu in textes(document))


def test_long_statements_repeat_their_head():
    document = mise_en_page(rendu.en_html("pdf/releve_compte.html", releve(60)))
    assert all("Libellé" in lu for lu in textes(document) if "FAC-2026-0001" in lu)


def test_two_hundred_lines_are_an_archivable_document():
    contexte = contexte_facture(facture(*[ligne()] * 200))
    with pikepdf.open(BytesIO(rendu.html_en_pdf("pdf/facture.html", contexte))) as pdf:
        assert len(pdf.pages) == 7
        assert pdf.open_metadata().pdfa_status == "3B"


def test_totals_never_stand_alone_and_heads_are_repeated():
    for nombre in range(16, 22):
        lignes = [ligne(section="Taille")] * nombre + [deduction("FAC-2026-0002", "10.00")]
        lus = textes(mise_en_page(brut(facture(*lignes, ligne(section="Gazon")))))
        assert "À déduire" in next(lu for lu in lus if "Total TTC" in lu)
        assert all("Désignation" in lu for lu in lus if "Taille de haie" in lu)


def test_a_section_keeps_its_head_and_its_subtotal():
    for nombre in (11, 12, 13, 29):
        lignes = [ligne(section=f"Lot {rang // 3}") for rang in range(nombre)]
        for page in mise_en_page(brut(devis(*lignes))).pages:
            rangees = rangees_de(page)
            assert rangees[0] != "sous-total"
            assert rangees[-1] != "section"


def rangees_de(page):
    """The classes of the rows of a page that hold a whole line, a section or a subtotal."""
    rangees = [b.element for b in page._page_box.descendants() if b.element_tag == "tr"]
    return [
        rangee.get("class", "")
        for rangee in rangees
        if rangee.get("class") in {"section", "sous-total"} or rangee[0].get("class") == "texte"
    ]


def test_a_long_description_runs_over_pages():
    longue = ligne(designation="\n".join(["- plantation"] * 150))
    document = mise_en_page(brut(facture(longue, ligne(designation="x" * 2000))))
    assert 4 <= len(document.pages) <= 5


def test_the_address_shows_in_the_window_of_the_envelope():
    long = CLIENT | {"nom": "Syndicat des copropriétaires de la résidence Les Tilleuls " * 2}
    page = mise_en_page(brut(facture(destinataire=long))).pages[0]
    adresse = next(
        boite
        for boite in page._page_box.descendants()
        if boite.element is not None and boite.element.get("class") == "destinataire"
    )
    millimetre = 96 / 25.4
    assert adresse.position_x / millimetre == pytest.approx(108, abs=0.5)
    assert adresse.position_y / millimetre == pytest.approx(50, abs=0.5)


def test_a_document_of_before_the_colours_still_draws():
    contexte = releve() | {"le": "2026-11-22", "lignes": [], "total": "0.00"}
    assert "Récapitulatif" in lisible(render_to_string("pdf/releve.html", contexte))
