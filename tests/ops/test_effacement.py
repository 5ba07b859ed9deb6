"""Erasing a person on request (RGPD): at once, what may go; the rest is named, with its reason."""

import pytest

from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit, Invalide
from artjardin.outbox.models import Courriel
from artjardin.softdelete.models import Lot
from artjardin.softdelete.services import restaurer, supprimer
from chantiers.models import Chantier
from clients.models import Client
from facturation.models import Devis, Facture
from facturation.services import envoyer_facture
from ops.corbeille.effacement import ce_qui_reste, effacer, refus_d_effacer
from tests.artjardin.navigateur import messages_de, ouvrir, page
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_facture, payer
from tests.ops.corbeille import creer_ancien, creer_prospect, jeter, purger_a_terme
from tests.relances.factories import PAR

pytestmark = pytest.mark.django_db


def test_the_rows_follow_after_ninety_days():
    client = creer_prospect()
    effacer(client, confirmation=client.code, par=PAR)
    purger_a_terme(Lot.objects.get())

    assert not Client.tous.exists()


@pytest.fixture(scope="module")
def _paye(base_du_module):
    """For the tests below."""
    return creer_ancien().pk


@pytest.fixture
def ancien(_paye):
    return Client.objects.get(pk=_paye)


def relire(client):
    return Client.tous.get(pk=client.pk)


def test_the_card_and_the_sites_lose_their_names_at_once(ancien):
    comptes = effacer(ancien, confirmation=ancien.designation, par=PAR)

    client, chantier = relire(ancien), Chantier.tous.get()
    assert client.nom == f"Client anonymisé n° {client.pk}"
    assert (client.email, client.telephone, client.adresse, client.notes) == ("", "", "", "")
    assert (chantier.nom, chantier.adresse) == (f"Chantier anonymisé n° {chantier.pk}", "")
    assert client.supprime_le is not None
    assert (comptes["clients"], comptes["chantiers"], comptes["interventions"]) == (1, 1, 1)


def test_documents_keep_their_own_copy(ancien):
    avant = [
        *Facture.objects.values_list("destinataire", "empreinte"),
        *Devis.objects.exclude(statut="brouillon").values_list("destinataire", "empreinte"),
    ]
    effacer(ancien, confirmation=ancien.code, par=PAR)

    apres = [
        *Facture.objects.values_list("destinataire", "empreinte"),
        *Devis.tous.exclude(statut="brouillon").values_list("destinataire", "empreinte"),
    ]
    assert sorted(map(str, avant)) == sorted(map(str, apres))


def test_what_stays_is_named_with_its_reason(ancien):
    envoyer_facture(Facture.objects.get(), par=PAR)
    restes = {reste.quoi: reste for reste in ce_qui_reste(ancien)}

    assert restes["factures et avoirs émis"].nombre == 1
    assert "dix ans" in restes["factures et avoirs émis"].pourquoi
    assert restes["devis acceptés"].nombre == 1
    assert restes["devis numérotés non acceptés"].nombre == 1
    assert restes["paiements"].nombre == 1
    assert restes["courriels"].nombre == 1
    assert restes["heures faites"].nombre == 1
    assert restes["lignes du journal"].nombre >= 1
    assert "mandats de prélèvement" not in restes


def test_its_line_of_the_journal_has_no_name(ancien):
    effacer(ancien, confirmation=ancien.code, par=PAR)

    lignes = Entree.objects.filter(action__in=["client.efface", "corbeille.suppression"])
    assert lignes.count() == 2
    assert "Durand" not in str(list(lignes.values()))
    assert Entree.objects.get(action="client.efface").details["effaces"]["clients"] == 1


def test_the_trash_forgets_the_names_it_held(ancien):
    jeter(Chantier.objects.get(), motif="Durand déménage")
    effacer(ancien, confirmation=ancien.code, par=PAR)

    assert Lot.objects.count() == 2
    assert "Durand" not in str(list(Lot.objects.values("racine_nom", "motif")))


def test_a_client_already_in_the_trash_is_erased_there(ancien):
    lot = jeter(ancien)
    assert refus_d_effacer(relire(ancien)) == []
    effacer(ancien, confirmation=ancien.code, par=PAR)

    lot.refresh_from_db()
    assert relire(ancien).supprime_lot == lot.uuid
    assert lot.motif == "Effacement demandé (RGPD)"
    with pytest.raises(Conflit, match="anonymisé"):
        restaurer(ancien, par=PAR)


def test_an_issued_invoice_that_has_not_left_yet_leaves_first(ancien):
    attente = envoyer_facture(Facture.objects.get(), par=PAR)

    with pytest.raises(Conflit, match="doit partir d'abord"):
        effacer(ancien, confirmation=ancien.code, par=PAR)
    attente.refresh_from_db()
    assert (attente.statut, relire(ancien).anonymise_le) == (Courriel.Statut.EN_ATTENTE, None)


def test_in_the_trash_waiting_mail_is_cancelled_and_what_never_left_is_cleared(ancien):
    attente = envoyer_facture(Facture.objects.get(), par=PAR)
    jeter(ancien)
    effacer(ancien, confirmation=ancien.code, par=PAR)

    attente.refresh_from_db()
    assert (attente.statut, attente.texte) == (Courriel.Statut.ANNULE, "")
    assert attente.a == ["efface@adresse.invalid"]


def test_while_money_is_owed_nothing_is_erased():
    facture = creer_facture(client=creer_client(nom="Durand"))
    attente = envoyer_facture(facture, par=PAR)

    assert "reste due" in refus_d_effacer(facture.client)[0]
    with pytest.raises(Conflit, match="reste due"):
        effacer(facture.client, confirmation=facture.client.code, par=PAR)

    attente.refresh_from_db()
    assert attente.statut == Courriel.Statut.EN_ATTENTE
    assert relire(facture.client).nom == "Durand"
    assert not Entree.objects.filter(action="client.efface").exists()


def test_credit_to_give_back_is_said():
    facture = creer_facture()
    payer(facture, "200.00", garder_le_surplus=True)

    with pytest.raises(Conflit, match=r"80,00.*à imputer ou à rendre"):
        supprimer(facture.client, par=PAR)


@pytest.mark.parametrize("saisie", ["", "durand", "C9999"])
def test_the_name_or_the_code_is_typed_exactly(saisie, ancien):
    with pytest.raises(Invalide, match="Tapez exactement"):
        effacer(ancien, confirmation=saisie, par=PAR)
    assert relire(ancien).anonymise_le is None


def test_twice_is_a_conflict(ancien):
    effacer(ancien, confirmation=ancien.code, par=PAR)

    assert refus_d_effacer(relire(ancien)) == ["Ce client est déjà anonymisé."]
    with pytest.raises(Conflit, match="déjà anonymisé"):
        effacer(ancien, confirmation=ancien.code, par=PAR)


class TestParHttp:
    def test_what_stays_then_the_erasure(self, http, ancien):
        adresse = f"/api/v1/clients/{ancien.pk}/effacement/"
        etat = http.get(adresse).json()
        faux = http.post(adresse, {"confirmation": "?"})
        fait = http.post(adresse, {"confirmation": ancien.code})

        assert etat["refus"] == []
        assert {reste["quoi"] for reste in etat["reste"]} > {"paiements", "devis acceptés"}
        assert faux.status_code == 400
        assert fait.json()["effaces"]["clients"] == 1
        assert fait.json()["reste"]
        assert http.post(adresse, {"confirmation": ancien.code}).status_code == 409

    @pytest.mark.parametrize("role", ["comptable", "employe"])
    def test_is_for_patrons(self, role, request, connecter, ancien):
        http = connecter(request.getfixturevalue(role))
        adresse = f"/api/v1/clients/{ancien.pk}/effacement/"

        assert http.get(adresse).status_code == 403
        assert http.post(adresse, {"confirmation": ancien.code}).status_code == 403
        assert relire(ancien).anonymise_le is None

    def test_an_unknown_client_is_not_found(self, http):
        assert http.get("/api/v1/clients/999999/effacement/").status_code == 404


class TestDansLAdmin:
    def test_from_the_page_of_the_client(self, patron, ancien):
        navigateur = ouvrir(patron)
        navigateur.defaults["HTTP_ACCEPT"] = "text/html"
        adresse = page(ancien, "effacer_la_personne")

        assert adresse in navigateur.get(page(ancien)).content.decode()
        demande = navigateur.get(adresse).content.decode()
        faux = navigateur.post(adresse, {"confirmation": "?"}, follow=True)
        fait = navigateur.post(adresse, {"confirmation": ancien.code}, follow=True)

        assert "C. com. L123-22" in demande
        assert "Tapez exactement" in messages_de(faux)[0]
        assert "est dans la corbeille" in messages_de(fait)[0]
        assert relire(ancien).anonymise_le is not None

    def test_from_the_trash(self, patron, ancien):
        navigateur = ouvrir(patron)
        jeter(ancien)
        fiche = navigateur.get(
            f"/admin/trash/clients/{ancien.pk}/", HTTP_ACCEPT="text/html"
        ).content.decode()
        adresse = f"/admin/trash/effacement/{ancien.pk}/"
        assert adresse in fiche

        navigateur.post(adresse, {"confirmation": ancien.code})
        assert relire(ancien).anonymise_le is not None

    def test_what_forbids_it_is_said_and_there_is_no_button(self, patron):
        facture = creer_facture()
        contenu = ouvrir(patron).get(page(facture.client, "effacer_la_personne")).content.decode()

        assert "reste due" in contenu
        assert "Effacer pour toujours" not in contenu

    def test_it_is_for_patrons(self, comptable, ancien):
        navigateur = ouvrir(comptable)

        assert navigateur.get(f"/admin/trash/effacement/{ancien.pk}/").status_code == 403
        assert navigateur.post(page(ancien, "effacer_la_personne"), {}).status_code == 403
