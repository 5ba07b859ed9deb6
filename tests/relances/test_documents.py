"""The letter and the statement of interest: frozen when promised, worded by tone and by client."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from django.template.loader import render_to_string

from artjardin.erreurs import Invalide
from artjardin.storage.services import lire, produire
from facturation.models import Entreprise
from relances.decompte import Decompte, LigneDeDecompte
from relances.documents import contexte_a_dessiner, promettre_decompte, promettre_lettre
from relances.interets import Periode
from relances.models import Modele
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_professionnel
from tests.relances.factories import niveau
from tests.relances.lettres import LE, lignes

pytestmark = pytest.mark.django_db
JOURS = {"amical": 30, "ferme": 45, "mise_en_demeure": 60}


@pytest.fixture(autouse=True)
def _firme(db):
    Entreprise.objects.filter(pk=1).update(
        iban="FR7630006000011234567890189", telephone="02 41 00 00 00"
    )


def decompte(client, *, consommateur=False):
    periode = Periode(
        date(2026, 10, 2), LE, Decimal("1000.00"), Decimal("12.40"), 52, Decimal("17.67")
    )
    indemnite = Decimal("0.00") if consommateur else Decimal("40.00")
    une = LigneDeDecompte(
        "FAC-2026-0001",
        date(2026, 9, 1),
        date(2026, 10, 1),
        Decimal("1000.00"),
        (periode,),
        indemnite,
    )
    return Decompte(client.pk, LE, consommateur, (une,))


def lettre(ton, *, nombre=1, client=None, le=LE, avec=None):
    client = client or creer_client(email="")
    return promettre_lettre(
        client,
        niveau=niveau(JOURS[ton], type_client=client.type),
        le=le,
        lignes=lignes(nombre),
        nom=f"L-{ton}-{client.pk}",
        modele=Modele.objects.get(ton=ton, type_client=client.type),
        decompte=avec,
    )


def texte(document, gabarit="pdf/lettre.html"):
    page = render_to_string(gabarit, contexte_a_dessiner(document.contexte))
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def test_a_letter_becomes_a_stored_pdf():
    document = produire(lettre("mise_en_demeure", nombre=30))
    assert document.type == "lettre_relance"
    assert document.cle.startswith("2026/11/lettre_relance/")
    assert lire(document).startswith(b"%PDF")


def test_a_letter_is_frozen_when_promised():
    client = creer_client(email="", civilite="M.", prenom="Jean", nom="Petit")
    document = lettre("ferme", client=client, nombre=2)
    Entreprise.objects.filter(pk=1).update(nom="Autre")
    Modele.objects.update(lettre="Autre texte")
    client.nom = "Grand"
    client.save()
    document.refresh_from_db()
    assert document.contexte["le"] == "2026-11-22"
    assert document.contexte["total"] == "2000.00"
    assert document.contexte["niveau"] == {"nom": "Rappel ferme", "jours": 45, "ton": "ferme"}
    lu = texte(document)
    assert "M. Jean Petit" in lu
    assert "Pour Art & Jardin," in lu
    assert "Autre" not in lu


@pytest.mark.parametrize("genre", ["particulier", "professionnel", "syndic"])
@pytest.mark.parametrize("ton", list(JOURS))
def test_every_letter_shows_the_account_and_how_to_pay(ton, genre):
    client = creer_client(email="", type=genre, raison_sociale="Les Tilleuls")
    lu = texte(lettre(ton, nombre=2, client=client))
    for attendu in (
        "Angers, le 22 novembre 2026",
        "FAC-2026-0002 01/09/2026 01/10/2026",
        "réglé 234,56 €",
        "Total dû au 22/11/2026 2 000,00 €",
        "IBAN FR76 3000 6000 0112 3456 7890 189",
        "Référence FAC-2026-0001 FAC-2026-0002",
        "a croisé cette lettre",
    ):
        assert attendu in lu
    assert "{" not in lu


def test_a_letter_draws_the_code_of_the_transfer():
    document = lettre("amical")
    page = render_to_string("pdf/lettre.html", contexte_a_dessiner(document.contexte))
    assert 'src="data:image/png;base64,' in page
    assert document.contexte["virement"].split("\n")[7] == "EUR1000.00"


@pytest.mark.parametrize("genre", ["particulier", "syndic"])
def test_a_formal_notice_to_a_consumer_claims_legal_interest_only(genre):
    client = creer_client(email="", type=genre, raison_sociale="Les Tilleuls")
    lu = texte(lettre("mise_en_demeure", client=client))
    for attendu in (
        "Lettre recommandée avec accusé de réception",
        "ise en demeure de payer : votre facture FAC-2026-0001",
        "1 000,00 € en principal au plus tard le 30 novembre 2026",
        "taux légal (articles 1231-6 et 1344-1 du Code civil)",
        "juridiction compétente",
    ):
        assert attendu in lu
    for interdit in ("40 €", "pénalités", "L. 441-10", "Annexe"):
        assert interdit not in lu


def test_a_formal_notice_to_a_professional_has_its_statement_as_an_annex():
    client = creer_professionnel(email="")
    lu = texte(lettre("mise_en_demeure", client=client, avec=decompte(client)))
    for attendu in (
        "une indemnité forfaitaire de 40 € est due par facture",
        "Au 22 novembre 2026, ces pénalités et indemnités s'élèvent à 57,67 €",
        "17,67 € de pénalités et 40,00 € d'indemnités forfaitaires",
        "Annexe : décompte des intérêts et indemnités arrêté au 22/11/2026",
        "du 02/10/2026 au 22/11/2026 52 1 000,00 € 12,4 % 17,67 €",
        "Total au 22/11/2026 1 057,67 €",
    ):
        assert attendu in lu


@pytest.mark.parametrize("ton", ["amical", "ferme"])
def test_the_first_reminders_are_not_registered_letters(ton):
    assert "Lettre recommandée" not in texte(lettre(ton))


@pytest.mark.parametrize(
    ("gabarit", "attendu"),
    [
        ("relance_amicale", "simple oubli"),
        ("relance_ferme", "restent impayées"),
        ("relance_mise_en_demeure", "mettons en demeure"),
    ],
)
def test_a_letter_promised_before_the_texts_still_draws(gabarit, attendu):
    document = lettre("amical", nombre=2)
    neufs = ("objet", "morceaux", "virement", "reference", "decompte")
    ancien = {champ: v for champ, v in document.contexte.items() if champ not in neufs}
    ancien["niveau"] = {"nom": "Rappel", "jours": 30, "gabarit": gabarit}
    document.contexte = ancien
    document.save(update_fields=["contexte"])
    assert attendu in texte(document)
    assert lire(produire(document)).startswith(b"%PDF")


def test_the_statement_of_another_client_never_goes_with_a_letter():
    # OCA/account-financial-tools#559, #565: a client received what was another's
    client, autre = creer_professionnel(), creer_professionnel()
    with pytest.raises(AssertionError):
        lettre("mise_en_demeure", client=client, avec=decompte(autre))
    with pytest.raises(AssertionError):
        promettre_decompte(client, decompte(autre))


def test_a_letter_with_an_unknown_hole_is_refused_in_french():
    Modele.objects.filter(ton="ferme").update(lettre="Bonjour {prix}")
    with pytest.raises(Invalide, match="trou inconnu"):
        lettre("ferme")


def test_what_a_client_is_called_opens_no_tag_in_a_letter():
    client = creer_client(email="", nom="<img src=x>", prenom="", civilite="")
    document = lettre("mise_en_demeure", client=client)
    page = render_to_string("pdf/lettre.html", contexte_a_dessiner(document.contexte))
    assert "<img src=x>" not in page


def test_a_statement_is_a_document_apart_from_the_invoices():
    # invoiceninja#7790, #11118, #10263: interest written on the invoice is not lawful here
    client = creer_professionnel()
    document = promettre_decompte(client, decompte(client))
    lu = texte(document, "pdf/decompte.html")
    assert (
        "Ces sommes ne portent pas de TVA et s'ajoutent aux factures, qui restent inchangées" in lu
    )
    assert "indemnité forfaitaire de recouvrement 40,00 €" in lu
    assert "Total au 22/11/2026 1 057,67 €" in lu
    assert document.client_ref == client.pk
    assert lire(produire(document)).startswith(b"%PDF")


def test_a_statement_without_a_late_invoice_says_so():
    client = creer_client()
    vide = replace(decompte(client, consommateur=True), lignes=())
    document = promettre_decompte(client, vide)
    assert "Aucune facture n'est en retard" in texte(document, "pdf/decompte.html")
