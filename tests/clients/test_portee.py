"""A client as the crews see it: who it is and how to call, nothing of money or of mail."""

import pytest

from artjardin.accounts.auteur import systeme
from clients.models import Client
from clients.services import exclure_des_relances
from tests.chantiers.factories import creer_chantier, creer_intervention
from tests.clients.factories import creer_client

pytestmark = pytest.mark.django_db
URL, BUREAU = "/api/v1/clients/", "/admin/clients/client/"
ROBOT = systeme("test")
VUS = {
    "id", "designation", "code", "type", "civilite", "nom", "prenom", "raison_sociale", "telephone",
    "telephone_lisible",
}  # fmt: skip
SECRETS = {
    "email": "secret@example.org",
    "siret": "73282932000074",
    "tva_intracom": "FR44732829320",
    "adresse": "7 rue des Factures",
    "code_postal": "49300",
    "ville": "Cholet",
    "notes": "Paie toujours en retard",
}


@pytest.fixture
def sien(employe):
    """The only client within reach, excluded from reminders."""
    client = creer_client(nom="Lefèvre", type="syndic", telephone="0241274763", **SECRETS)
    creer_intervention(chantier=creer_chantier(client=client), employe=employe)
    return exclure_des_relances(client, motif="Conciliateur saisi", par=ROBOT)


@pytest.fixture
def autre():
    client = creer_client(nom="Dehors", email="secret@example.org")
    creer_intervention(chantier=creer_chantier(client=client))
    return client


@pytest.fixture
def terrain(connecter, employe):
    return connecter(employe)


def codes(reponse):
    assert reponse.status_code == 200
    return [client["code"] for client in reponse.json()["results"]]


def absents(texte):
    """What must not be read in a page, though it is of this client."""
    lus = [valeur for valeur in (*SECRETS.values(), "Conciliateur", "Factures") if valeur in texte]
    return lus == []


class TestApi:
    def test_the_list_and_the_page_hold_what_the_work_needs(self, terrain, sien, autre):
        [liste] = terrain.get(URL).json()["results"]
        fiche = terrain.get(f"{URL}{sien.pk}/").json()

        assert liste == fiche
        assert fiche.keys() == VUS
        assert fiche["telephone_lisible"] == "02 41 27 47 63"
        assert absents(str(fiche))

    def test_the_office_sees_the_whole_client(self, http, connecter, comptable, sien):
        for bureau in (http, connecter(comptable)):
            fiche = bureau.get(f"{URL}{sien.pk}/").json()
            assert fiche.keys() > VUS | SECRETS.keys()
            assert fiche["exclusion_motif"] == "Conciliateur saisi"

    @pytest.mark.parametrize(
        "filtre",
        [
            {"email": "personne@example.org"},
            {"siret": "1"},
            {"ville": "Nantes"},
            {"exclu": "false"},
        ],
    )
    def test_hidden_fields_are_no_filter(self, filtre, terrain, sien):
        """Refused by name, whatever the value: it tells nothing."""
        reponse = terrain.get(URL, filtre)

        assert reponse.status_code == 400
        assert list(reponse.json()["champs"]) == list(filtre)

    @pytest.mark.parametrize(
        "demande", ["secret", "cholet", "73282932000074", "conciliateur", "Dehors", "retard"]
    )
    def test_hidden_fields_and_other_clients_are_not_searched(self, demande, terrain, sien, autre):
        assert codes(terrain.get(URL, {"recherche": demande})) == []

    @pytest.mark.parametrize("demande", ["lefevre", "Lefèvre", "LEFÈVRE", "lefebvre", "241274763"])
    def test_visible_ones_are(self, demande, terrain, sien, autre):
        assert codes(terrain.get(URL, {"recherche": demande})) == [sien.code]

    def test_the_kind_is_a_filter(self, terrain, sien):
        assert codes(terrain.get(URL, {"type": "syndic"})) == [sien.code]
        assert codes(terrain.get(URL, {"type": "particulier"})) == []

    @pytest.mark.parametrize(("tri", "statut"), [("nom", 200), ("ville", 400), ("-cree_le", 400)])
    def test_hidden_fields_are_no_order(self, tri, statut, terrain, sien):
        assert terrain.get(URL, {"tri": tri}).status_code == statut

    def test_duplicates_across_the_base_are_for_the_office(self, terrain, http, sien, autre):
        assert terrain.get(f"{URL}doublons/").status_code == 403
        assert http.get(f"{URL}doublons/").json()[0]["motifs"] == ["même e-mail"]

    @pytest.mark.parametrize(
        "suite",
        ["encours/", "courriels/", "releve/", "mandat/", "effacement/", "donnees-personnelles/"],
    )
    def test_nothing_of_money_or_mail_below_a_client(self, suite, terrain, sien):
        assert terrain.get(f"{URL}{sien.pk}/{suite}").status_code in {403, 405}

    def test_it_changes_nothing(self, terrain, sien):
        detail = f"{URL}{sien.pk}/"
        refus = [
            terrain.post(URL, {"nom": "X"}),
            terrain.patch(detail, {"nom": "X"}),
            terrain.delete(detail),
            terrain.post(f"{detail}exclure/", {"motif": "x"}),
            terrain.post(f"{detail}reprendre/"),
        ]

        assert {reponse.status_code for reponse in refus} == {403}
        assert Client.objects.get().nom == "Lefèvre"

    def test_the_form_of_filters_of_the_browsable_page_names_no_hidden_field(self, terrain, sien):
        texte = terrain.get(URL, {"type": "syndic"}, headers={"Accept": "text/html"}).content

        assert b'name="type"' in texte
        for champ in ("email", "siret", "ville", "exclu"):
            assert f'name="{champ}"'.encode() not in texte


class TestBureau:
    """The admin."""

    def test_the_page_holds_what_the_work_needs(self, terrain, sien):
        texte = terrain.get(f"{BUREAU}{sien.pk}/change/").content.decode()

        assert "Lefèvre" in texte
        assert absents(texte)
        for mot in ("Compte", "relances", "Relevé", "Recevoir", "à payer", "RGPD"):
            assert mot not in texte

    def test_the_list_shows_one_client_and_no_more_columns(self, terrain, sien, autre):
        texte = terrain.get(BUREAU).content.decode()

        assert "Lefèvre" in texte
        assert "Dehors" not in texte
        assert absents(texte)
        assert "Hors relances" not in texte

    def test_a_patron_sees_all_of_it(self, http, sien):
        texte = http.get(f"{BUREAU}{sien.pk}/change/").content.decode()

        assert not absents(texte)
        assert "Relevé" in texte

    @pytest.mark.parametrize(
        "filtre",
        [
            {"email__startswith": "s"},
            {"siret__isnull": "0"},
            {"ville": "Cholet"},
            {"notes__contains": "retard"},
            {"exclusion_le__isnull": "0"},
            {"factures__isnull": "0"},
            {"recherche__contains": "secret"},
            {"exclu": "oui"},
        ],
    )
    def test_the_address_of_the_list_does_not_ask_about_the_rest(self, filtre, terrain, sien):
        reponse = terrain.get(BUREAU, filtre)

        assert reponse.status_code == 400
        assert "Lefèvre" not in reponse.content.decode()

    def test_it_may_ask_about_what_is_shown(self, terrain, sien):
        assert "Lefèvre" in terrain.get(BUREAU, {"type__exact": "syndic"}).content.decode()
        assert "Lefèvre" not in terrain.get(BUREAU, {"type__exact": "particulier"}).content.decode()

    @pytest.mark.parametrize("demande", ["secret", "cholet", "dehors"])
    def test_the_search_of_the_list(self, demande, terrain, sien, autre):
        texte = terrain.get(BUREAU, {"q": demande}).content.decode()

        assert "Lefèvre" not in texte
        assert "Dehors" not in texte

    def test_what_changed_of_it_is_for_the_office(self, terrain, http, sien, autre):
        assert terrain.get(f"{BUREAU}{sien.pk}/history/").status_code == 403
        assert terrain.get(f"{BUREAU}{autre.pk}/history/").status_code == 404
        assert http.get(f"{BUREAU}{sien.pk}/history/").status_code == 200

    def test_out_of_reach_is_404(self, terrain, sien, autre):
        assert terrain.get(f"{BUREAU}{sien.pk}/change/").status_code == 200
        for page in ("change/", "delete/", "releve/", "courriels/", "recevoir/"):
            assert terrain.get(f"{BUREAU}{autre.pk}/{page}").status_code in {403, 404}
        assert terrain.get(f"{BUREAU}{autre.pk}/change/").status_code == 404

    def test_a_client_that_does_not_exist_answers_as_one_out_of_reach(self, terrain, sien, autre):
        la = terrain.get(f"{BUREAU}{autre.pk}/change/")
        nulle_part = terrain.get(f"{BUREAU}999999/change/")

        assert la.status_code == nulle_part.status_code == 404
        assert la.content == nulle_part.content
