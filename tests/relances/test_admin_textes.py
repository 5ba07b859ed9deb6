"""Texts, rates, letters to post and recovery files in the office's admin, and over HTTP."""

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from artjardin.audit.models import Entree
from artjardin.outbox.models import Courriel
from artjardin.storage.models import Document
from facturation.models import Entreprise
from facturation.services import ouvrir_litige
from relances import dossier as module
from relances.models import Modele, Relance, TauxLegal
from relances.services import relancer_la_facture
from tests.artjardin.navigateur import messages_de, ouvrir, page
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_professionnel, payer
from tests.relances.factories import PAR, deja_faite, facture_due, facture_pro_due

pytestmark = pytest.mark.django_db
A_POSTER = "admin:relances_a_poster"


@pytest.fixture
def navigateur(patron):
    return ouvrir(patron)


@pytest.fixture
def ferme(db):
    return Modele.objects.get(ton="ferme", type_client="particulier")


def champs(modele, **neufs):
    actuels = {champ: getattr(modele, champ) for champ in ("objet", "courriel", "lettre")}
    return actuels | neufs


def demeure():
    facture = facture_due(creer_client(email=""), retard=90)
    deja_faite(facture, 30, le=date(2026, 10, 1))
    deja_faite(facture, 45)
    return relancer_la_facture(facture, par=PAR)


def test_a_text_is_changed_and_the_change_is_in_the_journal(navigateur, ferme):
    navigateur.post(page(ferme), champs(ferme, objet="Vos factures : {numeros}"))
    ferme.refresh_from_db()
    assert ferme.objet == "Vos factures : {numeros}"
    entree = Entree.objects.get(action="modele.modifie")
    assert entree.avant == {"objet": "Règlement attendu pour le {delai} : {vos_factures}"}
    assert list(entree.apres) == ["objet"]


def test_a_wrong_hole_is_refused_on_the_form(navigateur, ferme):
    avant = ferme.courriel
    reponse = navigateur.post(page(ferme), champs(ferme, courriel="Bonjour {prix}\n\n{tableau}"))
    assert reponse.status_code == 200
    assert "« {prix} » est inconnu" in reponse.content.decode()
    ferme.refresh_from_db()
    assert ferme.courriel == avant


def test_the_page_lists_what_a_text_may_name(navigateur, ferme):
    vue = navigateur.get(page(ferme)).content.decode()
    for trou in ("{vos_factures}", "{delai}", "{coordonnees_bancaires}"):
        assert trou in vue


def test_a_text_is_tried_on_a_real_client(navigateur, ferme):
    Entreprise.objects.filter(pk=1).update(iban="FR7630006000011234567890189")
    client = creer_client(nom="Tilleul")
    facture = facture_due(client, retard=52)
    promis = Document.objects.count()
    reponse = navigateur.get(page(ferme, "apercu"))
    vue = reponse.content.decode()
    assert facture.numero in reponse.context["essai"].contenu.texte
    assert "<iframe sandbox srcdoc=" in vue
    assert "data:image/png;base64" in vue
    assert "cid:" not in vue
    assert not Courriel.objects.filter(type="relance").exists()
    assert Document.objects.count() == promis


def test_the_letter_of_a_text_is_tried_as_a_pdf(navigateur):
    facture_pro_due(creer_professionnel(), retard=90)
    modele = Modele.objects.get(ton="mise_en_demeure", type_client="professionnel")
    reponse = navigateur.get(reverse("admin:relances_modele_lettre", args=[modele.pk]))
    assert reponse["Content-Type"] == "application/pdf"
    assert reponse.content.startswith(b"%PDF")


def test_without_a_late_client_the_preview_says_so(navigateur, ferme):
    vue = navigateur.get(page(ferme, "apercu")).content.decode()
    assert "Aucun client de ce type" in vue


def test_a_half_year_is_entered_once(navigateur):
    donnees = {"debut": "2027-01-01", "bce": "2.65", "legal": "2.90"}
    navigateur.post(reverse("admin:relances_tauxlegal_add"), donnees)
    taux = TauxLegal.objects.get(debut="2027-01-01")
    assert taux.penalites == Decimal("12.65")
    assert Entree.objects.filter(action="taux.ajoute", objet_id=taux.pk).exists()
    navigateur.post(reverse("admin:relances_tauxlegal_add"), donnees | {"bce": "9"})
    assert TauxLegal.objects.get(debut="2027-01-01").bce == Decimal("2.65")


def test_a_rate_is_corrected_and_the_old_one_stays_in_the_journal(navigateur):
    taux = TauxLegal.objects.get(debut="2026-07-01")
    navigateur.post(page(taux), {"bce": "2.45", "legal": "2.75"})
    taux.refresh_from_db()
    assert taux.bce == Decimal("2.45")
    assert Entree.objects.get(action="taux.corrige").avant["bce"] == "2.40"


def test_a_half_year_does_not_begin_in_march(navigateur):
    donnees = {"debut": "2027-03-01", "bce": "2.65", "legal": "2.90"}
    reponse = navigateur.post(reverse("admin:relances_tauxlegal_add"), donnees)
    assert "1er janvier ou le 1er juillet" in reponse.content.decode()
    assert not TauxLegal.objects.filter(debut="2027-03-01").exists()


def test_letters_are_marked_from_their_page_with_their_number(navigateur):
    relance = demeure()
    vue = navigateur.get(reverse(A_POSTER)).content.decode()
    assert "Recommandé n°" in vue
    pk = relance.lettre_id
    reponse = navigateur.post(
        reverse("admin:relances_postees"), {"lettre": [pk], f"suivi.{pk}": "1A 23"}, follow=True
    )
    relance.refresh_from_db()
    assert relance.suivi == "1A 23"
    assert relance.postee_le is not None
    assert "Accusés de réception attendus" in reponse.content.decode()


def test_a_letter_paid_after_printing_is_refused_with_the_reason(navigateur):
    relance = demeure()
    payer(relance.facture, "120.00")
    reponse = navigateur.post(
        reverse("admin:relances_postees"), {"lettre": [relance.lettre_id]}, follow=True
    )
    assert any("La facture est réglée" in message for message in messages_de(reponse))
    relance.refresh_from_db()
    assert relance.postee_le is None


def test_the_receipt_is_noted_from_the_page(navigateur):
    relance = demeure()
    navigateur.post(reverse("admin:relances_postees"), {"lettre": [relance.lettre_id]})
    adresse = reverse("admin:relances_recue", args=[relance.pk])
    jour = timezone.localdate().isoformat()
    for le in ("", "demain", "2020-01-01"):
        navigateur.post(adresse, {"le": le})
        assert not Relance.objects.exclude(recue_le=None).exists()
    navigateur.post(adresse, {"le": jour, "suivi": "1A 24"})
    relance.refresh_from_db()
    assert (relance.recue_le.isoformat(), relance.suivi) == (jour, "1A 24")


def test_the_recovery_file_is_a_button_of_the_reminder(navigateur, monkeypatch):
    monkeypatch.setattr(module, "preparer", lambda documents: None)
    monkeypatch.setattr(module, "lire", lambda document: b"%PDF-1.7")
    relance = demeure()
    adresse = reverse("admin:relances_dossier", args=[relance.facture.client_id])
    assert adresse in navigateur.get(page(relance)).content.decode()
    reponse = navigateur.post(adresse)
    assert b"".join(reponse.streaming_content).startswith(b"PK")
    assert navigateur.get(adresse).status_code == 405


def test_an_employee_changes_no_text_and_posts_no_letter(employe, ferme):
    http = ouvrir(employe)
    relance = demeure()
    http.post(page(ferme), champs(ferme, objet="Autre"))
    http.post(reverse("admin:relances_postees"), {"lettre": [relance.lettre_id]})
    ferme.refresh_from_db()
    relance.refresh_from_db()
    assert ferme.objet != "Autre"
    assert relance.postee_le is None


def test_texts_are_read_and_changed_over_http(http, ferme):
    lus = http.get("/api/v1/relances/textes/?type_client=particulier").json()["results"]
    assert len(lus) == 4
    adresse = f"/api/v1/relances/textes/{ferme.pk}/"
    refus = http.patch(adresse, {"objet": "Rappel {prix}"}, format="json")
    assert refus.status_code == 400
    assert "inconnu" in str(refus.json()["champs"]["objet"])
    fait = http.patch(adresse, {"objet": "Rappel {numeros}"}, format="json")
    assert (fait.status_code, fait.json()["objet"]) == (200, "Rappel {numeros}")


def test_rates_are_read_and_entered_over_http(http):
    assert len(http.get("/api/v1/relances/taux/").json()["results"]) == 6
    taux = {"debut": "2027-01-01", "bce": "2.65", "legal": "2.90"}
    cree = http.post("/api/v1/relances/taux/", taux, format="json")
    assert (cree.status_code, cree.json()["penalites"]) == (201, "12.65")
    double = http.post("/api/v1/relances/taux/", taux, format="json")
    assert (double.status_code, double.json()["code"]) == (409, "taux_deja_saisi")


def test_only_a_patron_changes_texts_and_rates_over_http(connecter, employe, ferme):
    http = connecter(employe)
    assert http.patch(f"/api/v1/relances/textes/{ferme.pk}/", {}, format="json").status_code == 403
    assert http.post("/api/v1/relances/taux/", {}, format="json").status_code == 403


def test_a_refusal_keeps_the_registered_numbers_and_the_day_typed(navigateur):
    une, autre = demeure(), demeure()
    adresse = reverse("admin:relances_postees")
    lettres = [une.lettre_id, autre.lettre_id]
    saisie = {"lettre": lettres, "le": f"{timezone.localdate()}"}
    saisie |= {f"suivi.{pk}": f"1A {pk} <b>" for pk in lettres}
    ouvrir_litige(autre.facture, motif="Haie", par=PAR)

    refus = navigateur.post(adresse, saisie)

    corps = refus.content.decode()
    assert "litige" in messages_de(refus)[0]
    assert f'value="1A {une.lettre_id} &lt;b&gt;"' in corps
    assert f'name="lettre" value="{autre.lettre_id}"' not in corps
    assert not Relance.objects.exclude(suivi="").exists()
    sans_jour = navigateur.post(adresse, saisie | {"le": "2031-01-01"})
    assert 'value="2031-01-01"' in sans_jour.content.decode()
    assert f"1A {une.lettre_id}" in sans_jour.content.decode()

    navigateur.post(adresse, saisie | {"lettre": [une.lettre_id]})
    une.refresh_from_db()
    assert (une.suivi, une.postee_le is None) == (f"1A {une.lettre_id} <b>", False)
