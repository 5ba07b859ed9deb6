"""The public page of the mails' links: only what its invoices ask for, to whoever has the link."""

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.conf import settings as reels
from django.core.signing import Signer
from django.test import Client as Navigateur
from django.utils import timezone

from artjardin.outbox.models import Courriel
from facturation import services
from facturation.liens import lien_de_reglement
from facturation.models import Evenement
from tests.clients.factories import creer_client
from tests.facturation.factories import ROBOT, crediter, creer_brouillon, creer_facture, payer

pytestmark = pytest.mark.django_db
IBAN = "FR7630006000011234567890189"
SITE = "https://gestion.example.fr"


@pytest.fixture(autouse=True)
def _site(settings):
    settings.ADRESSE_PUBLIQUE = SITE
    services.modifier_entreprise(par=ROBOT, iban=IBAN, bic="AGRIFRPP")


def lire(*factures, client=None):
    lien = lien_de_reglement(client or factures[0].client_id, [f.pk for f in factures])
    return Navigateur().get(lien.removeprefix(SITE))


def mots(reponse):
    return re.sub(r"[\s\u00a0\u202f]+", " ", re.sub(r"<[^>]+>", " ", reponse.content.decode()))


def test_the_page_says_what_is_due_and_how_to_pay_it():
    client = creer_client(nom="Kerouac", adresse="9 allée Secrète")
    une, deux = creer_facture(client=client), creer_facture(client=client, objet="Haie cachée")
    payer(une, "20.00")

    page = lire(une, deux)
    texte = mots(page)

    assert page.status_code == 200
    for attendu in (une.numero, deux.numero, "100,00 €", "120,00 €", "Total à régler 220,00 €"):
        assert attendu in texte
    assert f"Référence {une.numero} {deux.numero}" in texte
    assert "FR76 3000 6000 0112 3456 7890 189" in texte
    assert b'src="data:image/png;base64,' in page.content
    for personnel in ("Kerouac", "Secrète", "cachée", client.email, client.code):
        assert personnel not in page.content.decode()


@pytest.mark.parametrize("regler", [lambda f: payer(f, "120.00"), crediter])
def test_what_is_settled_asks_for_nothing(regler):
    facture = creer_facture()
    regler(facture)

    texte = mots(lire(facture))

    assert "Déjà réglée, merci." in texte
    for absent in ("IBAN", "virement", "Total", "à régler"):
        assert absent not in texte


def test_what_is_disputed_asks_for_nothing_while_it_is():
    facture = creer_facture()
    services.ouvrir_litige(facture, motif="La haie est trop courte", par=ROBOT)
    texte = mots(lire(facture))
    services.clore_litige(facture, par=ROBOT)

    assert "En litige : nous vous répondons." in texte
    assert "trop courte" not in texte
    assert "IBAN" not in texte
    assert "IBAN" in mots(lire(facture))


def test_what_the_bank_debits_asks_for_nothing_until_it_refuses(time_machine_a):
    services.modifier_entreprise(par=ROBOT, ics="FR72ZZZ123456")
    client = creer_client()
    champs = {"rum": "AJ-1", "signe_le": date(2026, 1, 5), "iban": IBAN}
    services.enregistrer_mandat(client, par=ROBOT, **champs)
    facture = creer_facture(client=client)

    texte = mots(lire(facture))
    time_machine_a(timezone.now() + timedelta(days=40))  # without news of it: not asked for twice
    assert mots(lire(facture)) == texte
    services.rejeter_le_prelevement(facture, motif="refus", par=ROBOT)

    assert "Réglée par prélèvement le" in texte
    assert "IBAN" not in texte
    assert "IBAN" in mots(lire(facture))


def test_what_the_client_keeps_as_a_warranty_is_not_asked_for():
    facture = creer_facture(retenue_taux=Decimal(5))
    assert "Reste à régler 114,00 €" in mots(lire(facture))

    payer(facture, "114.00")

    assert "retenue de garantie" in mots(lire(facture))
    assert "IBAN" not in mots(lire(facture))


@pytest.mark.parametrize(
    "jeton",
    [
        "n-importe-quoi",
        "WzEsWzFdXQ.fausse",
        Signer(salt="autre", sep=".", key=reels.SECRET_KEY).sign_object([1, [1]]),
    ],
)
def test_a_token_that_we_did_not_sign_is_a_404_in_french(jeton):
    creer_facture()

    page = Navigateur().get(f"/reglement/{jeton}/")

    assert page.status_code == 404
    assert "Ce lien n'est pas valable" in mots(page).replace("&#x27;", "'")
    assert "IBAN" not in mots(page)


def test_a_token_shows_no_invoice_of_another_client_no_draft_no_credit_note():
    facture, autre = creer_facture(), creer_facture()
    avoir = crediter(creer_facture(client=facture.client))
    brouillon = creer_brouillon(client=facture.client)

    texte = mots(lire(facture, autre, avoir, brouillon))

    assert facture.numero in texte
    assert autre.numero not in texte
    assert avoir.numero not in texte
    assert lire(autre, client=facture.client_id).status_code == 404


@pytest.mark.parametrize("bon", [True, False])
def test_nobody_keeps_indexes_or_frames_the_page(bon):
    page = lire(creer_facture()) if bon else Navigateur().get("/reglement/faux/")

    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["X-Frame-Options"] == "DENY"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert not page.cookies
    assert not re.search(r"<script|style=|onclick|https?://", page.content.decode())


@pytest.mark.parametrize("methode", ["post", "put", "patch", "delete"])
def test_the_page_is_only_read(methode):
    lien = lien_de_reglement(1, [1]).removeprefix(SITE)

    assert getattr(Navigateur(), methode)(lien).status_code == 405


def test_without_a_public_address_there_is_no_link(settings):
    settings.ADRESSE_PUBLIQUE = ""

    assert lien_de_reglement(1, [1]) == ""


def test_the_mail_of_an_invoice_links_to_its_page():
    Evenement.objects.filter(pk="facture_emise").update(vers="les_deux")
    facture = creer_facture()
    lien = lien_de_reglement(facture.client_id, [facture.pk])

    au_client = Courriel.objects.get(type="facture")
    interne = Courriel.objects.get(type="interne")

    assert lien in au_client.texte
    assert f'href="{lien}"' in au_client.html
    assert f"{SITE}/admin/facturation/facture/{facture.pk}/change/" in interne.texte
    assert "/reglement/" not in interne.texte


def test_a_link_stays_the_same_and_never_ends(time_machine_a):
    facture = creer_facture()
    lien = lien_de_reglement(facture.client_id, [facture.pk])
    time_machine_a(timezone.now().replace(year=timezone.now().year + 3))

    assert lien_de_reglement(facture.client_id, [facture.pk]) == lien
    assert Navigateur().get(lien.removeprefix(SITE)).status_code == 200
