"""The table of automatic mails and the mandates, in the admin and over HTTP."""

from datetime import date

import pytest
from django.utils import timezone

from artjardin.audit.models import Entree
from artjardin.outbox.models import Courriel
from artjardin.storage.models import Document
from facturation import services
from facturation.models import Evenement, MandatPrelevement
from facturation.services.annonces import reglage
from tests.artjardin.navigateur import messages_de, ouvrir, page
from tests.clients.factories import creer_client
from tests.facturation.factories import (
    ROBOT,
    crediter,
    creer_brouillon,
    creer_devis,
    creer_devis_accepte,
    creer_devis_finalise,
    creer_facture,
    mandater,
    payer,
)
from tests.facturation.test_prelevements import COMPTE, ICS

pytestmark = pytest.mark.django_db
EVENEMENTS = "/api/v1/evenements/"
VUS = [code for code in Evenement.Code.values if code != "relance"]


@pytest.fixture
def navigateur(patron):
    return ouvrir(patron)


def saisie(code, **champs):
    """The page of an event as a browser posts it."""
    evenement = reglage(code)
    listes = {champ: ", ".join(getattr(evenement, champ)) for champ in ("adresses", "bcc")}
    textes = {champ: getattr(evenement, champ) for champ in ("vers", *Evenement.TEXTES)}
    return textes | listes | champs


def test_an_event_is_set_from_its_page_and_journaled(navigateur):
    evenement = reglage("facture_emise")
    donnees = saisie("facture_emise", vers="entreprise", bcc="a@essais.example, b@essais.example")
    navigateur.post(page(evenement), donnees)

    evenement = reglage("facture_emise")
    entree = Entree.objects.get(action="envoi.facture_emise")
    assert (evenement.vers, evenement.bcc) == (
        "entreprise",
        ["a@essais.example", "b@essais.example"],
    )
    assert (entree.avant["vers"], entree.apres["vers"]) == ("aucun", "entreprise")


def test_no_blind_copy_is_a_box_of_the_page_and_the_list_says_so(navigateur):
    navigateur.post(page(reglage("facture_emise")), saisie("facture_emise", sans_copie="on"))

    assert reglage("facture_emise").sans_copie
    vue = navigateur.get(page(reglage("facture_emise"), "changelist")).content.decode()
    assert "aucune" in vue


def test_an_unknown_hole_is_refused_by_its_field_and_stays_on_the_page(navigateur):
    donnees = saisie("facture_emise", texte="Bonjour {prenom}")
    reponse = navigateur.post(page(reglage("facture_emise")), donnees)

    assert "« {prenom} » est inconnu" in reponse.content.decode()
    assert "Bonjour {prenom}" in reponse.content.decode()
    assert "prenom" not in reglage("facture_emise").texte


@pytest.mark.parametrize("code", Evenement.Code.values)
def test_each_event_has_its_page(code, navigateur):
    reponse = navigateur.get(page(reglage(code)))

    assert reponse.status_code == 200
    assert ('name="texte"' in reponse.content.decode()) == (code not in {"relance", "devis_cree"})


def test_the_list_says_who_is_told(navigateur):
    Evenement.objects.filter(pk="facture_emise").update(vers="les_deux", bcc=["a@essais.example"])
    vue = navigateur.get(page(reglage("facture_emise"), "changelist")).content.decode()

    assert "Facture émise" in vue
    assert "Aux deux" in vue
    assert "a@essais.example" in vue


@pytest.mark.parametrize("code", VUS)
def test_a_preview_is_of_a_real_document_and_sends_nothing(code, navigateur):
    une_de_chaque()
    documents = Document.objects.count()
    vue = navigateur.get(page(reglage(code), "apercu"))
    messages = vue.context["messages_vus"]

    assert set(messages) == (
        {"À l'entreprise"} if code == "devis_cree" else {"Au client", "À l'entreprise"}
    )
    for contenu in messages.values():
        assert "{" not in contenu.objet + contenu.texte
        assert "Martin" in contenu.objet + contenu.texte or contenu is messages.get("Au client")
    assert "<iframe sandbox" in vue.content.decode()
    assert not Courriel.objects.exists()
    assert Document.objects.count() == documents


def une_de_chaque():
    payer(creer_facture(), "120.00")
    crediter(creer_facture())
    creer_devis_accepte()
    services.refuser_devis(creer_devis_finalise(), motif="non", par=ROBOT)
    creer_devis_finalise()
    services.expirer_devis(au=date(2999, 1, 1))
    creer_devis()


def test_a_preview_without_any_document_says_so(navigateur):
    vue = navigateur.get(page(reglage("avoir_emis"), "apercu"))

    assert "Aucun document de ce genre" in vue.content.decode()


@pytest.mark.parametrize(
    ("choix", "vers", "parti"),
    [("", "client", 1), ("", "aucun", 0), ("oui", "aucun", 1), ("non", "client", 0)],
)
def test_who_issues_sees_the_setting_and_may_choose(choix, vers, parti, navigateur):
    brouillon = creer_brouillon()
    Evenement.objects.filter(pk="facture_emise").update(vers=vers)
    vue = navigateur.get(page(brouillon, "emettre")).content.decode()
    navigateur.post(
        page(brouillon, "emettre"),
        {"le": timezone.localdate().isoformat(), "envoyer": choix},
    )

    prevu = f"envoyer à {brouillon.client.email}" if vers == "client" else "rien"
    assert f"Selon le réglage ({prevu})" in vue
    assert Courriel.objects.filter(type="facture").count() == parti


@pytest.mark.parametrize(
    ("corps", "parti"), [({}, 1), ({"envoyer": None}, 1), ({"envoyer": False}, 0)]
)
def test_an_issue_over_http_follows_the_setting_unless_told(corps, parti, http):
    brouillon = creer_brouillon()
    Evenement.objects.filter(pk="facture_emise").update(vers="client")

    reponse = http.post(f"/api/v1/factures/{brouillon.pk}/emettre/", corps, format="json")

    assert reponse.status_code == 200, reponse.content
    assert Courriel.objects.filter(type="facture").count() == parti


def test_the_table_is_read_and_changed_over_http(http):
    liste = http.get(EVENEMENTS).json()
    change = http.patch(f"{EVENEMENTS}avoir_emis/", {"vers": "client"}, format="json")
    refus = http.patch(f"{EVENEMENTS}devis_cree/", {"vers": "client"}, format="json")
    fige = http.patch(f"{EVENEMENTS}avoir_emis/", {"champs": ["tout"]}, format="json")

    assert [une["code"] for une in liste] == Evenement.Code.values
    assert (change.status_code, change.json()["vers"]) == (200, "client")
    assert refus.status_code == 400
    assert "vers" in refus.json()["champs"]
    assert "tout" not in fige.json()["champs"]


def test_a_preview_over_http_is_that_of_the_admin(http):
    assert http.get(f"{EVENEMENTS}facture_emise/apercu/").status_code == 404
    facture = creer_facture()

    vu = http.get(f"{EVENEMENTS}facture_emise/apercu/").json()

    assert vu["document"] == str(facture)
    assert facture.numero in vu["client"]["objet"]
    assert "Claire Moreau" in vu["entreprise"]["texte"]


def test_the_accountant_reads_the_table_and_changes_nothing(connecter, comptable, employe):
    http = connecter(comptable)

    assert http.get(EVENEMENTS).status_code == 200
    assert http.patch(f"{EVENEMENTS}avoir_emis/", {"vers": "client"}).status_code == 403
    assert connecter(employe).get(EVENEMENTS).status_code == 403
    assert reglage("avoir_emis").vers == "aucun"


def test_a_mandate_is_written_over_http(http, connecter, comptable):
    client = creer_client()
    chemin = f"/api/v1/clients/{client.pk}/mandat/"
    corps = {"rum": "AJ-1", "signe_le": "2026-01-05", "iban": COMPTE, "actif": True}

    assert http.get(chemin).status_code == 404
    assert http.put(chemin, corps, format="json").json()["rum"] == "AJ-1"
    assert http.put(chemin, corps | {"actif": False}, format="json").json()["actif"] is False
    assert connecter(comptable).put(chemin, corps, format="json").status_code == 403
    assert MandatPrelevement.objects.get().actif is False


def test_a_mandate_is_written_in_the_admin_and_its_debit_refused_there(navigateur):
    services.modifier_entreprise(par=ROBOT, ics=ICS)
    client = creer_client()
    corps = {"client": client.pk, "rum": "AJ-9", "signe_le": "05/01/2026", "iban": COMPTE}
    navigateur.post(page(MandatPrelevement(), "add"), corps | {"actif": "on"})
    facture = creer_facture(client=client)
    vue = navigateur.get(page(facture)).content.decode()
    reponse = navigateur.post(
        page(facture, "rejeter_prelevement"), {"motif": "Compte clos"}, follow=True
    )

    assert MandatPrelevement.objects.get().client == client
    assert "mandat AJ-9" in vue
    assert "Le rejet est noté" in messages_de(reponse)[0]
    facture.prelevement.refresh_from_db()
    assert facture.prelevement.rejete_par == "Claire Moreau"


def test_a_wrong_mandate_is_refused_by_its_field(navigateur):
    mandat = mandater(creer_client())
    corps = {"rum": mandat.rum, "signe_le": "05/01/2026", "iban": "FR00", "actif": "on"}

    reponse = navigateur.post(page(mandat), corps)

    assert "Cet IBAN n&#x27;est pas valable" in reponse.content.decode()
    assert MandatPrelevement.objects.get().iban == COMPTE


@pytest.mark.parametrize(
    ("vers", "dit"), [("client", "Il part aussitôt"), ("aucun", "Rien ne part")]
)
def test_who_finalises_a_devis_sees_whether_the_client_gets_it(vers, dit, navigateur):
    Evenement.objects.filter(pk="devis_finalise").update(vers=vers)

    assert dit in navigateur.get(page(creer_devis(), "finaliser")).content.decode()


def test_a_devis_that_the_client_already_has_is_said_to_have_left(navigateur):
    Evenement.objects.filter(pk="devis_finalise").update(vers="client")
    devis = creer_devis_finalise()
    Courriel.objects.update(statut="envoye", envoye_le=timezone.now())

    reponse = navigateur.post(page(devis, "envoyer"), {}, follow=True)

    assert messages_de(reponse) == [f"Le courriel à {devis.client.email} est parti."]
    assert Courriel.objects.count() == 1
