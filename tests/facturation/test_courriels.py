"""The wording of emails: tone by level, mentions by client type, readable as text."""

import re
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from django.template.loader import render_to_string

RELANCES = ["relance_amicale", "relance_ferme", "relance_mise_en_demeure"]
ENTREPRISE = {
    "nom": "Art & Jardin",
    "adresse": "14, rue des Lices",
    "code_postal": "49000",
    "ville": "Angers",
    "siret": "73282932000074",
    "telephone": "02 41 00 00 00",
    "email": "bureau@art-jardin.example",
    "iban": "FR7630006000011234567890189",
    "bic": "AGRIFRPP",
}
CLIENT = {"type": "particulier", "nom": "Mme Claire O'Brien & fils"}
PRO = {"type": "professionnel", "nom": "Hôtel des Tilleuls"}


def ligne(numero, solde="1234.56"):
    return {
        "numero": numero,
        "date": date(2026, 9, 1),
        "echeance": date(2026, 10, 1),
        "objet": "Taille de l'if <grand>",
        "total_ttc": Decimal("1234.56"),
        "solde": Decimal(solde),
        "retard": 52,
    }


def relance(gabarit, *lignes, client=CLIENT, entreprise=ENTREPRISE):
    lignes = lignes or (ligne("FAC-2026-0001"),)
    contexte = {
        "lignes": lignes,
        "total": sum(li["solde"] for li in lignes),
        "jour": date(2026, 11, 22),
        "entreprise": entreprise,
        "client": client,
        "pluriel": len(lignes) > 1,
    }
    return corps(gabarit, contexte)


def corps(gabarit, contexte):
    """The text body as it is, and the words of the HTML body; any space is made plain."""
    texte = render_to_string(f"courriels/{gabarit}.txt", contexte)
    html = render_to_string(f"courriels/{gabarit}.html", contexte)
    mots = unescape(re.sub(r"<[^>]+>", " ", html))
    return re.sub(r"[\u00a0\u202f]", " ", texte), re.sub(r"\s+", " ", mots)


@pytest.mark.parametrize("gabarit", RELANCES)
def test_a_reminder_lists_invoices_balance_and_means_of_payment(gabarit):
    factures = [ligne("FAC-2026-0001"), ligne("FAC-2026-0002", "1000")]
    for message in relance(gabarit, *factures):
        for attendu in (
            "FAC-2026-0001",
            "FAC-2026-0002",
            "01/10/2026",
            "Taille de l'if <grand>",
            "1 000,00 €",
            "2 234,56 €",
            "52 jours de retard",
            "FR76 3000 6000 0112 3456 7890 189",
            "Si votre règlement a croisé ce message",
            "les factures suivantes" if gabarit != "relance_amicale" else "des factures suivantes",
        ):
            assert attendu in message


@pytest.mark.parametrize("gabarit", RELANCES)
def test_the_text_table_is_aligned(gabarit):
    texte, _ = relance(gabarit, ligne("FAC-2026-0001"), ligne("FAC-2026-0002", "9.5"))
    lignes = texte.splitlines()
    montants = [li for li in lignes if re.match(r"(FAC-|Total dû|Facture  )", li)]
    assert len(montants) == 4
    assert {len(li) for li in montants} == {40}


@pytest.mark.parametrize("gabarit", RELANCES)
def test_nothing_is_escaped_in_the_text(gabarit):
    texte, html = relance(gabarit)
    assert "&#x27;" not in texte
    assert "&amp;" not in texte
    assert "Art & Jardin" in texte
    assert "Art & Jardin" in html


@pytest.mark.parametrize("gabarit", RELANCES)
@pytest.mark.parametrize("genre", ["particulier", "syndic"])
def test_a_consumer_is_never_told_of_40_euros(gabarit, genre):
    for message in relance(gabarit, client=CLIENT | {"type": genre}):
        for interdit in ("40 €", "pénalités", "L. 441-10", "indemnité"):
            assert interdit not in message


def test_the_first_level_threatens_nobody():
    for client in (CLIENT, PRO):
        for message in relance("relance_amicale", client=client):
            assert "simple oubli" in message
            for interdit in ("40 €", "pénalités", "demeure", "juridiction", "au plus tard"):
                assert interdit not in message


def test_the_second_level_gives_a_date_and_asks_to_talk():
    for message in relance("relance_ferme"):
        assert "30 novembre 2026" in message
        assert "difficulté" in message
        assert "demeure" not in message
    for message in relance("relance_ferme", client=PRO):
        assert "40 €" in message


def test_the_formal_notice_says_what_the_law_asks():
    for message in relance("relance_mise_en_demeure"):
        for attendu in (
            "mettons en demeure",
            "22 novembre 2026",
            "Mme Claire O'Brien & fils",
            "du 01/09/2026",
            "en principal",
            "au plus tard le 30 novembre 2026",
            "juridiction compétente",
            "intérêt au taux légal",
        ):
            assert attendu in re.sub(r"\s+", " ", message)
    for message in relance("relance_mise_en_demeure", client=PRO):
        assert "indemnité forfaitaire de 40 €" in message


@pytest.mark.parametrize("gabarit", RELANCES)
def test_a_firm_without_iban_nor_phone_leaves_no_hole(gabarit):
    for message in relance(gabarit, entreprise={"nom": "Art & Jardin"}):
        for absent in ("IBAN", "BIC", "Tél", "appelez-nous", "joignables", "SIRET", "None"):
            assert absent not in message
        assert "\n\n\n" not in message.strip()


@pytest.mark.parametrize("gabarit", RELANCES)
def test_no_email_loads_anything_from_elsewhere(gabarit):
    contexte = {"entreprise": ENTREPRISE, "client": CLIENT}
    contexte |= {"lignes": [ligne("F1")], "total": 1, "jour": date(2026, 11, 22)}
    html = render_to_string(f"courriels/{gabarit}.html", contexte)
    assert not re.search(r"<(img|link|script|iframe)|url\(|https?://", html)
