"""The firm, its texts, its catalogue and its accounts in the office's admin."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import model_to_dict
from django.urls import reverse
from PIL import Image

from artjardin.audit.models import Entree
from facturation.models import Entreprise, Logo, Mention, Prestation
from tests.artjardin.navigateur import ouvrir, page
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_facture


@pytest.fixture
def navigateur(patron):
    return ouvrir(patron)


def test_the_firm_and_the_catalogue_are_journaled(navigateur):
    navigateur.post(page(Entreprise.la_notre()), saisie(telephone="02 61 91 00 01"))
    tonte = Prestation.objects.get(code="TONTE")
    donnees = {"code": "TONTE", "designation": "Tonte", "unite": "m2", "taux_tva": "20"}
    navigateur.post(page(tonte), donnees | {"prix_unitaire": "0.40", "active": "on"})

    assert Entreprise.la_notre().telephone == "02 61 91 00 01"
    assert Entree.objects.get(action="entreprise.modifiee").avant["telephone"] == "02 61 91 00 00"
    assert Entree.objects.get(action="prestation.modifiee").apres["designation"] == "Tonte"


def saisie(**champs):
    """The page of the firm as a browser posts it."""
    firme = model_to_dict(Entreprise.la_notre(), exclude=["logo"])
    return {champ: valeur for champ, valeur in firme.items() if valeur is not False} | champs


def png():
    contenu = io.BytesIO()
    Image.new("RGB", (20, 10), "green").save(contenu, "PNG")
    return SimpleUploadedFile("logo.png", contenu.getvalue(), "image/png")


def test_the_logo_is_put_shown_and_taken_away(navigateur):
    firme = page(Entreprise.la_notre())
    navigateur.post(firme, saisie(nouveau_logo=png()))
    mis = Entreprise.la_notre().logo_id
    vue = navigateur.get(firme).content.decode()
    navigateur.post(firme, saisie(retirer_le_logo="on"))

    assert Logo.uri(mis) in vue
    assert Entreprise.la_notre().logo is None
    assert Entree.objects.filter(action="entreprise.logo").count() == 2


def test_a_file_that_is_no_image_is_refused_by_its_field(navigateur):
    faux = SimpleUploadedFile("logo.png", b"<svg/>", "image/png")
    reponse = navigateur.post(
        page(Entreprise.la_notre()), saisie(nouveau_logo=faux, telephone="02 00")
    )

    erreurs = reponse.context["adminform"].form.errors
    assert erreurs == {"nouveau_logo": ["Donnez une image PNG ou JPEG entière, de 300 ko au plus."]}
    assert 'value="02 00"' in reponse.content.decode()
    assert Entreprise.la_notre().telephone == "02 61 91 00 00"
    assert not Logo.objects.exists()


def test_a_wrong_identifier_is_said_by_its_field(navigateur):
    reponse = navigateur.post(page(Entreprise.la_notre()), saisie(siret="123", iban="FR76"))

    assert set(reponse.context["adminform"].form.errors) == {"siret", "iban"}
    assert not Entree.objects.filter(action="entreprise.modifiee").exists()


def test_what_is_missing_to_issue_is_listed(navigateur):
    firme = page(Entreprise.la_notre())
    complet = navigateur.get(firme).content.decode()
    Entreprise.objects.update(siret="", mediateur="", dechets_collecte="")
    vide = navigateur.get(firme).content.decode()

    assert "Il manque pour" not in complet
    assert "Il manque pour émettre" in vide
    assert "Il manque le SIRET" in vide
    assert "le médiateur de la consommation" in vide
    assert "Il manque les points de collecte des déchets" in vide


def test_a_mention_is_changed_and_journaled(navigateur):
    mention = Mention.objects.get(pk="escompte")
    navigateur.post(page(mention), {"texte": "Escompte : 1 %.", "active": "on"})

    mention.refresh_from_db()
    assert (mention.texte, mention.active) == ("Escompte : 1 %.", True)
    assert Entree.objects.filter(action="mention.escompte").exists()


def test_a_mention_with_unknown_data_is_refused(navigateur):
    mention = Mention.objects.get(pk="escompte")
    reponse = navigateur.post(page(mention), {"texte": "{patron}", "active": "on"})

    assert "seuls mediateur" in reponse.content.decode()
    assert Mention.objects.get(pk="escompte").texte == mention.texte


def test_the_accounts_lead_to_the_api(navigateur):
    client = creer_client()
    demande = {"client": client.pk, "du": "2026-01-01", "au": "2026-03-31", "sortie": "csv"}
    reponse = navigateur.get(reverse("admin:facturation_comptes"), demande)
    accueil = navigateur.get(reverse("admin:facturation_comptes")).content.decode()

    assert reponse.url == (
        f"/api/v1/clients/{client.pk}/releve/?sortie=csv&du=2026-01-01&au=2026-03-31"
    )
    assert "/api/v1/factures/balance-agee/" in accueil
    assert "/api/v1/factures/chiffre-affaires/" in accueil


def test_the_page_of_a_client_says_what_is_owed(navigateur):
    facture = creer_facture()
    contenu = navigateur.get(page(facture.client)).content.decode()

    assert "120,00\xa0€ à payer" in contenu
    assert page(facture.client, "releve") in contenu


def test_an_employee_sees_no_money_on_a_client(employe):
    facture = creer_facture()
    http = ouvrir(employe)
    contenu = http.get(page(facture.client)).content.decode()

    assert "à payer" not in contenu
    assert page(facture.client, "releve") not in contenu
    assert http.get(page(facture.client, "releve")).status_code == 403
    assert http.get(reverse("admin:facturation_comptes")).status_code == 403


def test_the_accountant_changes_neither_the_firm_nor_the_texts(comptable):
    http = ouvrir(comptable)

    assert http.get(page(Entreprise.la_notre())).status_code == 200
    assert http.post(page(Entreprise.la_notre()), saisie(ville="Nantes")).status_code == 403
    mention = Mention.objects.get(pk="escompte")
    assert http.post(page(mention), {"texte": "Rien"}).status_code == 403
    assert http.get(reverse("admin:facturation_comptes")).status_code == 200
