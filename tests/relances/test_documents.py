"""The reminder letter: frozen when promised, worded by level and by client type."""

import re
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from django.template.loader import render_to_string

from artjardin.storage.services import lire, produire
from facturation.models import Entreprise
from relances.documents import promettre_lettre
from relances.models import Niveau
from tests.clients.factories import creer_client

pytestmark = pytest.mark.django_db

LE = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def _firme(db):
    Entreprise.objects.filter(pk=1).update(
        iban="FR7630006000011234567890189", telephone="02 41 00 00 00"
    )


def lignes(nombre=1):
    return [
        {
            "numero": f"FAC-2026-{rang:04d}",
            "date": date(2026, 9, 1),
            "echeance": date(2026, 10, 1),
            "objet": "Taille de l'if",
            "total_ttc": Decimal("1234.56"),
            "regle": Decimal("234.56"),
            "solde": Decimal("1000.00"),
            "retard": 52,
        }
        for rang in range(1, nombre + 1)
    ]


def lettre(gabarit, *, nombre=1, client=None, le=LE):
    niveau = Niveau.objects.get(gabarit=gabarit)
    client = client or creer_client(email="")
    return promettre_lettre(client, niveau=niveau, le=le, lignes=lignes(nombre), nom=f"L-{gabarit}")


def texte(document):
    brut = unescape(re.sub(r"<[^>]+>", " ", render_to_string("pdf/lettre.html", document.contexte)))
    return re.sub(r"\s+", " ", brut)


def test_a_letter_becomes_a_stored_pdf():
    document = produire(lettre("relance_mise_en_demeure", nombre=30))
    assert document.type == "lettre_relance"
    assert document.cle.startswith("2026/11/lettre_relance/")
    assert lire(document).startswith(b"%PDF")


def test_a_letter_is_frozen_when_promised():
    client = creer_client(email="", civilite="M.", prenom="Jean", nom="Petit")
    document = lettre("relance_ferme", client=client, nombre=2)
    Entreprise.objects.filter(pk=1).update(nom="Autre")
    client.nom = "Grand"
    client.save()
    document.refresh_from_db()
    assert document.contexte["le"] == "2026-11-22"
    assert document.contexte["total"] == "2000.00"
    assert document.contexte["lignes"][0]["echeance"] == "2026-10-01"
    assert document.contexte["niveau"] == {
        "nom": "Rappel ferme",
        "jours": 45,
        "gabarit": "relance_ferme",
    }
    assert "M. Jean Petit" in texte(document)
    assert "Pour Art & Jardin," in texte(document)


def test_every_level_shows_the_account_and_how_to_pay():
    for gabarit in ("relance_amicale", "relance_ferme", "relance_mise_en_demeure"):
        lu = texte(lettre(gabarit, nombre=2))
        for attendu in (
            "Angers, le 22 novembre 2026",
            "FAC-2026-0002 01/09/2026 01/10/2026",
            "réglé 234,56 €",
            "Total dû au 22/11/2026 2 000,00 €",
            "IBAN FR76 3000 6000 0112 3456 7890 189",
            "Si votre règlement a croisé cette lettre",
        ):
            assert attendu in lu


def test_a_friendly_letter_threatens_nobody():
    lu = texte(lettre("relance_amicale"))
    assert "simple oubli" in lu
    for interdit in ("demeure", "juridiction", "pénalités", "40 €"):
        assert interdit not in lu


@pytest.mark.parametrize("genre", ["particulier", "syndic"])
def test_a_formal_notice_to_a_consumer_claims_legal_interest_only(genre):
    client = creer_client(email="", type=genre, raison_sociale="Les Tilleuls")
    lu = texte(lettre("relance_mise_en_demeure", client=client))
    for attendu in (
        "Objet : mise en demeure de payer",
        "mettons en demeure de nous payer la somme de 1 000,00 € en principal",
        "au plus tard le 30 novembre 2026",
        "intérêt au taux légal (articles 1231-6 et 1344-1 du Code civil)",
        "juridiction compétente",
        "Lettre recommandée avec avis de réception",
    ):
        assert attendu in lu
    for interdit in ("40 €", "pénalités", "L. 441-10"):
        assert interdit not in lu


def test_a_formal_notice_to_a_professional_recalls_the_40_euros():
    client = creer_client(email="", type="professionnel", raison_sociale="Hôtel des Tilleuls")
    lu = texte(lettre("relance_mise_en_demeure", client=client))
    assert "une indemnité forfaitaire de 40 € est due par facture" in lu
    assert "taux légal" not in lu
