"""The XML of each kind of document: what it says, and that the official rules accept it."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from lxml import etree

from facturation.facturx.codes import SUJETS
from facturation.facturx.coherence import coherence
from facturation.facturx.verification import verifier_xml
from facturation.facturx.xml import xml_de
from tests.facturation.contenus import B2B, CLIENTS, EMETTEUR, LIEU, contenu, ligne

NOMS = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
    "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
    "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
}
TROIS_TAUX = [
    ligne("12.345000", "3.5000", taux="20.00"),
    ligne("80.000000", "2.0000", taux="10.00", unite="m2"),
    ligne("33.330000", "1.0000", taux="5.50", unite="forfait"),
]
DEDUIT = ligne("30.000000", "-1.0000", unite="forfait", designation="Acompte FAC-2026-0001")
EXEMPLES = {
    "facture": contenu(),
    "facture d'un particulier": contenu(client="particulier"),
    "facture d'un syndic": contenu(client="syndic"),
    "acompte": contenu(type="acompte", echeance="2026-11-01"),
    "situation": contenu(type="situation"),
    "solde": contenu(ligne(), DEDUIT, type="solde", reliquat="-0.01"),
    "avoir": contenu(type="avoir"),
    "avoir d'un particulier": contenu(type="avoir", client="particulier"),
    "trois taux": contenu(*TROIS_TAUX),
    "franchise": contenu(ligne(taux="0.00"), exoneration="franchise", client="particulier"),
    "franchise entre professionnels": contenu(ligne(taux="0.00"), exoneration="franchise"),
    "autoliquidation": contenu(ligne(taux="0.00"), exoneration="autoliquidation"),
    "solde négatif": contenu(
        ligne(),
        ligne("30.000000", "-1.0000", taux="0.00"),
        type="solde",
        exoneration="autoliquidation",
    ),
    "remises": contenu(
        ligne("12.345000", "3.5000", remise="7.50"),
        ligne("50.000000", remise_montant="5.00"),
        ligne(taux="10.00"),
        remises={"20.00": "4.25", "10.00": "5.00"},
    ),
    "sans IBAN": contenu(emetteur=EMETTEUR | {"iban": "", "bic": "", "tva_debits": True}),
    "complet": contenu(
        ligne(designation="Taille de haie\nDeux faces"),
        lieu=LIEU,
        prestation_le="2026-11-20",
        reference_client="BC 2026/17",
        conditions="Paiement à 30 jours.",
        retenue={"taux": "5.00", "montant": "6.00"},
    ),
    "caractères": contenu(ligne(designation='A & B <x> "é" \x0b xsi:nil="true"')),
}
XMLS = {nom: xml_de(un) for nom, un in EXEMPLES.items()}


@pytest.fixture(scope="module")
def fautes():
    return dict(zip(EXEMPLES, verifier_xml(list(XMLS.values())), strict=True))


@pytest.mark.parametrize("nom", EXEMPLES)
def test_every_example_is_valid_to_the_cent(nom, fautes):
    assert fautes[nom] == []
    assert coherence(XMLS[nom]) == []


def lire(nom: str, chemin: str) -> list[str]:
    """Texts at a path; `//ram:…` is searched everywhere."""
    return [str(un) for un in etree.fromstring(XMLS[nom]).xpath(chemin, namespaces=NOMS)]


def notes(nom: str) -> list[tuple[str, str]]:
    racine = etree.fromstring(XMLS[nom])
    return [
        (note.findtext("ram:SubjectCode", "", NOMS), note.findtext("ram:Content", "", NOMS))
        for note in racine.iterfind(".//ram:IncludedNote", NOMS)
    ]


@pytest.mark.parametrize(
    ("nom", "code", "cadre"),
    [
        ("facture", "380", "S1"),
        ("situation", "380", "S1"),
        ("solde", "380", "S4"),
        ("acompte", "386", "S1"),
        ("avoir", "381", "S1"),
    ],
)
def test_the_type_and_the_frame(nom, code, cadre):
    contexte = "//rsm:ExchangedDocumentContext/ram"
    assert lire(nom, "//rsm:ExchangedDocument/ram:TypeCode/text()") == [code]
    assert lire(
        nom, f"{contexte}:BusinessProcessSpecifiedDocumentContextParameter/ram:ID/text()"
    ) == [cadre]
    assert lire(nom, f"{contexte}:GuidelineSpecifiedDocumentContextParameter/ram:ID/text()") == [
        "urn:cen.eu:en16931:2017"
    ]


def test_a_facture_without_lines_has_no_xml():
    with pytest.raises(ValueError, match="BR-16"):
        xml_de(contenu(lignes=[]))


def test_the_parties():
    vendeur, acheteur = "//ram:SellerTradeParty", "//ram:BuyerTradeParty"

    assert lire("facture", f"{vendeur}/ram:Description/text()") == [
        "SARL au capital de 20 000 €, Angers 732 829 320"
    ]
    assert lire("facture", f"{vendeur}//*[@schemeID]/text()") == [
        "732829320", "732829320", "FR44732829320",
    ]  # fmt: skip
    assert lire("facture", f"{vendeur}//@schemeID") == ["0002", "0225", "VA"]
    assert lire("facture", f"{vendeur}//ram:LineTwo/text()") == ["Bâtiment B"]
    assert lire("facture", f"{acheteur}//*[@schemeID]/text()") == [
        "443061841", "443061841", "FR64443061841",
    ]  # fmt: skip
    assert lire("facture", f"{acheteur}//@schemeID") == ["0002", "0225", "VA"]
    assert lire("facture d'un particulier", f"{acheteur}//@schemeID") == ["EM"]
    assert lire("facture d'un syndic", f"{acheteur}//@schemeID") == ["0002", "EM", "VA"]


def test_a_buyer_without_email_has_no_electronic_address():
    client = CLIENTS["particulier"] | {"email": ""}
    xml = xml_de(contenu(client="particulier", destinataire=client))

    assert b"BuyerTradeParty" in xml
    assert b'schemeID="EM"' not in xml


def test_a_third_line_of_address_keeps_the_rest():
    emetteur = EMETTEUR | {"adresse": "Un\nDeux\n\nTrois\nQuatre"}
    xml = etree.fromstring(xml_de(contenu(emetteur=emetteur)))

    lignes = xml.xpath("//ram:SellerTradeParty//ram:LineThree/text()", namespaces=NOMS)
    assert lignes == ["Trois, Quatre"]


def test_the_notes_between_professionals_are_coded_once():
    attendus = {SUJETS[mention["code"]]: mention["texte"] for mention in B2B}
    codes = [code for code, _ in notes("facture") if code]

    assert dict(notes("facture")) == {"": "Entretien du parc", "BAR": "B2B"} | attendus
    assert sorted(codes) == ["AAB", "BAR", "PMD", "PMT"]


def test_an_avoir_between_professionals_says_that_the_notes_have_no_object():
    codees = {code: texte for code, texte in notes("avoir") if code}

    assert codees.keys() == {"AAB", "BAR", "PMD", "PMT"}
    assert {codees[code] for code in ("AAB", "PMD", "PMT")} == {"Sans objet sur un avoir."}
    assert ("", "Haie non taillée") in notes("avoir")


@pytest.mark.parametrize("nom", ["facture d'un particulier", "facture d'un syndic"])
def test_the_others_have_no_coded_note(nom):
    assert {code for code, _ in notes(nom)} == {""}


def test_the_franchise_is_exempt_with_its_reason():
    taxe = "//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax"

    assert lire("franchise", f"{taxe}/ram:CategoryCode/text()") == ["E"]
    assert lire("franchise", f"{taxe}/ram:ExemptionReasonCode/text()") == ["VATEX-FR-FRANCHISE"]
    assert lire("franchise", f"{taxe}/ram:ExemptionReason/text()") == [
        "TVA non applicable, article 293 B du CGI"
    ]
    assert lire("franchise", "//ram:SellerTradeParty//ram:ID[@schemeID='FC']/text()") == [
        "732829320"
    ]


def test_the_autoliquidation_is_a_reverse_charge():
    taxe = "//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax"

    assert lire("autoliquidation", "//ram:CategoryCode/text()") == ["AE", "AE"]
    assert lire("autoliquidation", f"{taxe}/ram:ExemptionReasonCode/text()") == ["VATEX-EU-AE"]


def test_a_negative_zero_is_a_zero():
    taxe = "//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax"

    negatif = EXEMPLES["solde négatif"]
    premiere, nulle = negatif["tva"]
    contenu = negatif | {"tva": [premiere, nulle | {"montant": "-0.00"}]}

    xml = etree.fromstring(xml_de(contenu))

    montants = xml.xpath(f"{taxe}/ram:CalculatedAmount/text()", namespaces=NOMS)
    assert montants == ["20.00", "0.00"]


def test_three_rates_make_three_breakdowns():
    taxe = "//ram:ApplicableHeaderTradeSettlement/ram:ApplicableTradeTax"

    assert lire("trois taux", f"{taxe}/ram:RateApplicablePercent/text()") == [
        "20.00", "10.00", "5.50",
    ]  # fmt: skip
    assert lire("trois taux", f"{taxe}/ram:CalculatedAmount/text()") == ["8.64", "16.00", "1.83"]
    assert lire("trois taux", "//ram:BilledQuantity/@unitCode") == ["C62", "MTK", "LS"]
    assert lire("trois taux", "//ram:BilledQuantity/text()") == ["3.5", "2", "1"]


def test_the_vat_is_due_on_payment_or_on_debit():
    assert lire("facture", "//ram:DueDateTypeCode/text()") == ["72"]
    assert lire("sans IBAN", "//ram:DueDateTypeCode/text()") == ["5"]


def test_discounts_of_a_line_and_of_the_document():
    ligne_a, ligne_b, _ = etree.fromstring(XMLS["remises"]).findall(
        ".//ram:IncludedSupplyChainTradeLineItem", NOMS
    )
    entete = "//ram:ApplicableHeaderTradeSettlement/ram:SpecifiedTradeAllowanceCharge"

    assert ligne_a.findtext(".//ram:NetPriceProductTradePrice/ram:ChargeAmount", "", NOMS) == (
        "12.345"
    )
    assert ligne_a.findtext(".//ram:ActualAmount", "", NOMS) == "3.24"
    assert ligne_b.findtext(".//ram:ActualAmount", "", NOMS) == "5.00"
    assert lire("remises", f"{entete}/ram:ActualAmount/text()") == ["4.25", "5.00"]
    assert lire("remises", f"{entete}/ram:Reason/text()") == ["Remise", "Remise"]
    assert lire("remises", "//ram:AllowanceTotalAmount/text()") == ["9.25"]


def test_a_solde_deducts_by_a_negative_quantity_and_names_what_it_follows():
    assert lire("solde", "//ram:BilledQuantity/text()") == ["1", "-1"]
    assert lire("solde", "//ram:NetPriceProductTradePrice/ram:ChargeAmount/text()") == [
        "100.00", "30.00",
    ]  # fmt: skip
    assert lire("solde", "//ram:InvoiceReferencedDocument/ram:IssuerAssignedID/text()") == [
        "FAC-2026-0001"
    ]
    assert lire("solde", "//ram:InvoiceReferencedDocument//qdt:DateTimeString/text()") == [
        "20260930"
    ]


def test_an_avoir_is_positive_and_asks_for_no_payment():
    assert lire("avoir", "//ram:DuePayableAmount/text()") == ["120.00"]
    assert lire("avoir", "//ram:SpecifiedTradePaymentTerms//text()[normalize-space()]") == [
        "Avoir sur FAC-2026-0001"
    ]
    assert lire("avoir", "//ram:SpecifiedTradeSettlementPaymentMeans/ram:TypeCode/text()") == ["1"]
    assert lire("avoir", "//ram:IBANID/text()") == []


def test_what_is_paid_how_and_when():
    moyen = "//ram:SpecifiedTradeSettlementPaymentMeans"

    assert lire("facture", f"{moyen}/ram:TypeCode/text()") == ["58"]
    assert lire("facture", "//ram:IBANID/text()") == [EMETTEUR["iban"]]
    assert lire("facture", "//ram:BICID/text()") == ["AGRIFRPP"]
    assert lire("facture", "//ram:DueDateDateTime/udt:DateTimeString/text()") == ["20261222"]
    assert lire("sans IBAN", f"{moyen}/ram:TypeCode/text()") == ["1"]


def test_the_order_the_place_the_day_and_the_terms():
    livraison = "//ram:ApplicableHeaderTradeDelivery"

    assert lire("complet", "//ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID/text()") == [
        "BC 2026/17"
    ]
    assert lire("complet", f"{livraison}//ram:Name/text()") == ["Parc du château"]
    assert lire("complet", f"{livraison}//ram:CityName/text()") == ["Angers"]
    assert lire("complet", f"{livraison}//udt:DateTimeString/text()") == ["20261120"]
    assert lire("complet", "//ram:SpecifiedTradePaymentTerms/ram:Description/text()") == [
        "Paiement à 30 jours.\nRetenue de garantie de 5.00 % : 6.00 € TTC."
    ]
    assert lire("complet", "//ram:SpecifiedTradeProduct/*/text()") == [
        "Taille de haie", "Deux faces",
    ]  # fmt: skip


def test_characters_that_xml_refuses_are_dropped_and_the_others_kept():
    assert lire("caractères", "//ram:SpecifiedTradeProduct/ram:Name/text()") == [
        'A & B <x> "é"  xsi:nil="true"'
    ]


def remplacer(nom: str, motif: str, par: str) -> bytes:
    xml, fois = re.subn(motif, par, XMLS[nom].decode(), count=1, flags=re.DOTALL)
    assert fois == 1
    return xml.encode()


ABIMES = {
    "BR-CO-15": remplacer("facture", r"<ram:GrandTotalAmount>120\.00", "<ram:GrandTotalAmount>121"),
    "BR-CO-10": remplacer("remises", r"(SettlementHeader.*?LineTotalAmount>)[0-9.]+", r"\g<1>1.00"),
    "BR-06": remplacer("facture", r"(<ram:SellerTradeParty>\s*)<ram:Name>[^<]*", r"\1<ram:Name>"),
    "BR-FR-05_BT-22_PMT": remplacer("facture", ">PMT<", ">AAI<"),
    "BR-FR-10_BT-30": remplacer("facture", '(<ram:ID schemeID="0002">)732829320', r"\1AB2829320"),
    "BR-FR-12_BT-49": remplacer(
        "facture", r"(<ram:BuyerTradeParty>.*?)<ram:URIUniv.*?</ram:URIUniv\w+>", r"\1"
    ),
    "BR-AE-02": remplacer(
        "autoliquidation",
        r"(<ram:BuyerTradeParty>.*?)<ram:SpecifiedLegal.*?</ram:SpecifiedLegal\w+>"
        r"(.*?)<ram:SpecifiedTax.*?</ram:SpecifiedTax\w+>",
        r"\1\2",
    ),
    "BR-E-10": remplacer(
        "franchise",
        r"<ram:ExemptionReason>.*?</ram:ExemptionReason>(.*?)<ram:ExemptionReasonCode>"
        r".*?</ram:ExemptionReasonCode>",
        r"\1",
    ),
    "FX-SCH-A-000556": remplacer("facture", "urn:cen.eu:en16931:2017", "urn:cen.eu:autre"),
    "XSD": remplacer("facture", r"<ram:IssueDateTime>.*?</ram:IssueDateTime>", ""),
    "XML": b"<facture>",
}


@pytest.fixture(scope="module")
def degats():
    return dict(zip(ABIMES, verifier_xml(list(ABIMES.values())), strict=True))


@pytest.mark.parametrize("regle", ABIMES)
def test_a_damaged_xml_is_refused_by_name(regle, degats):
    assert [faute for faute in degats[regle] if faute.startswith(f"{regle} : ")]


def test_the_caller_may_say_where_the_french_rules_apply():
    lot = [XMLS["facture d'un particulier"], ABIMES["BR-FR-05_BT-22_PMT"]]

    a_tort, sans = verifier_xml(lot, professionnels=[True, False])

    assert "BR-FR-05_BT-22_PMT" in [faute.partition(" : ")[0] for faute in a_tort]
    assert sans == []


def test_ninety_cents_of_vat_pass_en16931_and_not_us():
    fausse = XMLS["facture"]
    for juste, faux in ((b">20.00</ram:Calc", b">20.90</ram:Calc"), (b">120.00<", b">120.90<")):
        fausse = fausse.replace(juste, faux)
    fausse = fausse.replace(b'"EUR">20.00<', b'"EUR">20.90<')

    assert verifier_xml([fausse]) == [[]]
    assert coherence(fausse) == ["BR-CO-17 : TVA à 20.00 % de 20.90 au lieu de 20.00."]


def test_a_remainder_is_for_documents_that_follow_others():
    def avec(nom: str, reliquat: str) -> list[str]:
        return coherence(xml_de(contenu(type=nom, reliquat=reliquat)))

    assert avec("avoir", "0.05") == avec("solde", "-0.05") == []
    assert [faute[:8] for faute in avec("avoir", "0.06")] == ["BR-CO-17"]
    assert [faute[:8] for faute in avec("facture", "0.01")] == ["BR-CO-17"]


@pytest.mark.parametrize(
    ("regle", "xml"),
    [
        ("BT-131", remplacer("facture", r"(<ram:NetPrice.*?ChargeAmount>)100\.00", r"\g<1>99.99")),
        ("BR-CO-11", remplacer("remises", r"(<ram:AllowanceTotalAmount>)9\.25", r"\g<1>9.26")),
        ("BR-CO-13", remplacer("facture", r"(<ram:TaxBasisTotalAmount>)100\.00", r"\g<1>100.01")),
        ("BR-CO-14", remplacer("facture", r'("EUR">)20\.00', r"\g<1>20.01")),
        ("BR-CO-16", remplacer("facture", r"(<ram:DuePayableAmount>)120\.00", r"\g<1>119.99")),
        ("BR-S-08", remplacer("facture", r"(<ram:BasisAmount>)100\.00", r"\g<1>100.01")),
        ("Montants", remplacer("facture", r"<ram:GrandTotalAmount>.*?</ram:GrandTotal\w+>", "")),
        ("Montants", remplacer("facture", r"(<ram:DuePayableAmount>)120\.00", r"\1cent")),
        ("Montants", b"<facture/>"),
        ("Montants", b"facture"),
    ],
)
def test_our_sums_are_exact(regle, xml):
    assert regle in [faute.partition(" : ")[0] for faute in coherence(xml)]


def test_a_batch_of_nothing_starts_no_process():
    assert verifier_xml([]) == []


def test_the_xml_holds_the_totals_of_the_content():
    un = EXEMPLES["trois taux"]

    assert lire("trois taux", "//ram:GrandTotalAmount/text()") == [un["total_ttc"]]
    assert Decimal(lire("trois taux", "//ram:LineTotalAmount/text()")[-1]) == Decimal(
        un["total_ht"]
    )
