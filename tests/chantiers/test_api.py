"""The API of sites and interventions, as each role sees it."""

from datetime import timedelta

import pytest
import time_machine

from artjardin.accounts.auteur import systeme
from artjardin.audit.models import Entree
from chantiers import services
from chantiers.models import Chantier, Intervention, TypeService
from tests.chantiers.factories import LUNDI_8H, creer_chantier, creer_employe, creer_intervention
from tests.clients.factories import creer_client

pytestmark = pytest.mark.django_db
CHANTIERS, INTERVENTIONS = "/api/v1/chantiers/", "/api/v1/interventions/"
ROBOT = systeme("test")


def noms(reponse):
    return [objet["nom"] for objet in reponse.json()["results"]]


class TestChantiers:
    def test_the_list_costs_the_same_for_one_and_for_fifty(
        self, http, patron, django_assert_num_queries
    ):
        tonte = TypeService.objects.get(nom="Tonte")
        creer_chantier(services=[tonte], responsable=patron)
        with django_assert_num_queries(7) as une:
            http.get(CHANTIERS)
        for _ in range(49):
            creer_chantier(services=[tonte], responsable=patron)

        with django_assert_num_queries(len(une)):
            assert len(http.get(CHANTIERS).json()["results"]) == 50

    def test_created_with_services_by_name_or_id_and_the_client_s_address(self, http, patron):
        client = creer_client(nom="Lefèvre", prenom="Loïc", ville="Avrillé")
        taille = TypeService.objects.get(nom="Taille de haies")

        reponse = http.post(
            CHANTIERS,
            {
                "client": client.pk,
                "nom": "Haie",
                "services": ["tonte", taille.pk],
                "responsable": patron.pk,
            },
        )

        corps = reponse.json()
        assert reponse.status_code == 201
        assert (corps["ville"], corps["statut"]) == ("Avrillé", "lead")
        assert corps["services"] == ["Taille de haies", "Tonte"]
        assert (corps["client_nom"], corps["responsable_nom"]) == ("Lefèvre Loïc", "Claire Moreau")
        assert corps == http.get(f"{CHANTIERS}{corps['id']}/").json()

    @pytest.mark.parametrize(
        ("corps", "champ"),
        [
            ({"client": 0}, "client"),
            ({"nom": ""}, "nom"),
            ({"services": ["Astronomie"]}, "services"),
            ({"services": [999999]}, "services"),
            ({"services": [["Tonte"]]}, "services"),
            ({"services": [10**30]}, "services"),
            ({"services": "Tonte"}, "services"),
            ({"responsable": 0}, "responsable"),
        ],
    )
    def test_bad_values_are_named(self, http, corps, champ):
        client = creer_client()

        reponse = http.post(CHANTIERS, {"client": client.pk, "nom": "Haie"} | corps)

        assert reponse.status_code == 400
        assert any(clef.startswith(champ) for clef in reponse.json()["champs"])
        assert not Chantier.tous.exists()

    def test_a_change_replaces_services_and_keeps_the_state(self, http):
        chantier = creer_chantier(services=[TypeService.objects.get(nom="Tonte")])

        reponse = http.patch(
            f"{CHANTIERS}{chantier.pk}/",
            {"services": [], "statut": "facture", "consignes": "Portail 4512"},
        )

        corps = reponse.json()
        assert (corps["services"], corps["statut"]) == ([], "lead")
        assert corps["consignes"] == "Portail 4512"

    def test_steps_of_the_pipeline(self, http):
        url = f"{CHANTIERS}{creer_chantier().pk}/statut/"

        permis = http.post(url, {"statut": "visite_planifiee"})
        refus = http.post(url, {"statut": "facture"})
        inconnu = http.post(url, {"statut": "perdu"})

        assert (permis.status_code, permis.json()["statut"]) == (200, "visite_planifiee")
        assert (refus.status_code, refus.json()["code"]) == (409, "transition_refusee")
        assert inconnu.status_code == 400
        assert Chantier.objects.get().statut == "visite_planifiee"

    def test_filters_orders_and_search(self, http, patron):
        client = creer_client(nom="Lefèvre")
        creer_chantier(nom="A", client=client, ville="Trélazé")
        annule = creer_chantier(nom="B", responsable=patron)
        services.changer_statut(annule, vers="annule", par=ROBOT)

        def voir(**filtre):
            return noms(http.get(CHANTIERS, filtre))

        assert voir(client=client.pk) == voir(ville="trelaze") == ["A"]
        assert voir(recherche="lefevre") == voir(statut="lead") == ["A"]
        assert voir(responsable=patron.pk) == voir(statut="annule") == ["B"]
        assert voir(statut=["lead", "annule"], tri="nom") == ["A", "B"]
        assert voir(tri="-nom") == voir() == ["B", "A"]

    def test_deleted_to_the_trash(self, http):
        chantier = creer_chantier()

        assert http.delete(f"{CHANTIERS}{chantier.pk}/").status_code == 204
        assert Chantier.tous.get().supprime_le is not None


class TestInterventions:
    def test_the_list_costs_the_same_for_one_and_for_fifty(self, http, django_assert_num_queries):
        une = creer_intervention()
        with django_assert_num_queries(6) as requetes:
            http.get(INTERVENTIONS)
        for rang in range(1, 50):
            creer_intervention(employe=une.employe, prevu_debut=LUNDI_8H + timedelta(days=rang))

        with django_assert_num_queries(len(requetes)):
            assert len(http.get(INTERVENTIONS).json()["results"]) == 50

    def test_planned_in_the_time_of_paris(self, http, employe):
        corps = {
            "chantier": creer_chantier().pk,
            "employe": employe.pk,
            "prevu_debut": "2026-06-01T08:00:00",
            "prevu_fin": "2026-06-01T08:00:00Z",
            "debut": "2026-06-01T08:00:00",
        }

        reponse = http.post(INTERVENTIONS, corps)

        assert reponse.status_code == 201
        assert reponse.json()["prevu_debut"] == "2026-06-01T08:00:00+02:00"
        assert reponse.json()["prevu_fin"] == "2026-06-01T10:00:00+02:00"
        assert reponse.json()["debut"] is None
        assert reponse.json()["employe_nom"] == "Hugo Lambert"

    def test_an_overlap_is_a_conflict(self, http):
        une = creer_intervention()

        reponse = http.post(
            INTERVENTIONS,
            {
                "chantier": une.chantier_id,
                "employe": une.employe_id,
                "prevu_debut": "2026-06-01T09:59:00",
                "prevu_fin": "2026-06-01T12:00:00",
            },
        )

        assert (reponse.status_code, reponse.json()["code"]) == (409, "chevauchement")
        assert reponse.json()["message"] == "Cet employé a déjà une intervention à ce moment."

    @pytest.mark.parametrize("champ", ["prevu_debut", "prevu_fin"])
    @pytest.mark.parametrize("annee", ["0202", "9026"])
    def test_a_year_that_nobody_means_is_refused_by_its_field(self, http, employe, champ, annee):
        jour = {"prevu_debut": "2026-06-01T08:00:00Z", "prevu_fin": "2026-06-01T10:00:00Z"}
        corps = {"chantier": creer_chantier().pk, "employe": employe.pk} | jour

        refus = http.post(INTERVENTIONS, corps | {champ: f"{annee}-06-01T09:00:00Z"})

        assert (refus.status_code, set(refus.json()["champs"])) == (400, {champ})
        assert not Intervention.objects.exists()

    def test_the_life_of_an_intervention(self, http, connecter, employe):
        une = creer_intervention(employe=employe)
        url, terrain = f"{INTERVENTIONS}{une.pk}/", connecter(employe)

        with time_machine.travel(LUNDI_8H, tick=False):
            depart = terrain.post(f"{url}demarrer/")
        with time_machine.travel(LUNDI_8H + timedelta(hours=2), tick=False):
            arret = terrain.post(f"{url}arreter/", {"fin": "2026-06-01T23:00:00"})
        validation = http.post(f"{url}valider/")
        annulation = http.post(f"{url}annuler/")

        assert depart.json()["debut"] == "2026-06-01T08:00:00+02:00"
        assert arret.json()["fin"] == "2026-06-01T10:00:00+02:00"
        assert validation.json()["statut_libelle"] == "Validée"
        assert annulation.status_code == 409

    @pytest.mark.parametrize(
        ("filtre", "combien"),
        [
            ({"du": "2026-06-01"}, 2),
            ({"du": "2026-06-02"}, 1),
            ({"du": "2026-06-03"}, 0),
            ({"au": "2026-05-31"}, 0),
            ({"au": "2026-06-01"}, 2),
            ({"du": "2026-06-01", "au": "2026-06-01"}, 2),
            ({"du": "2026-06-02", "au": "2026-06-02"}, 1),
            ({"statut": "planifiee"}, 2),
            ({"statut": "validee"}, 0),
        ],
    )
    def test_days_are_those_of_paris(self, http, filtre, combien):
        creer_intervention()
        nuit = LUNDI_8H.replace(hour=23)  # from 23:00 on 1 June to 1:00 on 2 June
        creer_intervention(prevu_debut=nuit)

        assert len(http.get(INTERVENTIONS, filtre).json()["results"]) == combien

    def test_filters_by_employee_and_site(self, http):
        une, _ = creer_intervention(), creer_intervention()

        for filtre in ({"employe": une.employe_id}, {"chantier": une.chantier_id}):
            [trouvee] = http.get(INTERVENTIONS, filtre).json()["results"]
            assert trouvee["id"] == une.pk

    @pytest.mark.parametrize("demande", ["lefevre", "HAIE", "cadiou"])
    def test_search_by_client_site_or_employee(self, http, employe, demande):
        autre = creer_chantier(nom="Tonte", client=creer_client(nom="Garnier"))
        creer_intervention(chantier=autre, employe=employe)
        une = creer_intervention(chantier=creer_chantier(client=creer_client(nom="Lefèvre")))

        [trouvee] = http.get(INTERVENTIONS, {"recherche": demande}).json()["results"]

        assert trouvee["id"] == une.pk

    def test_moved_then_deleted(self, http):
        url = f"{INTERVENTIONS}{creer_intervention().pk}/"

        deplacee = http.patch(url, {"prevu_fin": "2026-06-01T09:00:00"})

        assert deplacee.json()["prevu_fin"] == "2026-06-01T09:00:00+02:00"
        assert http.delete(url).status_code == 204
        assert not Intervention.objects.exists()


class TestDroits:
    def test_an_employee_looks_and_clocks_himself_only(self, connecter, employe):
        http = connecter(employe)
        sienne = creer_intervention(employe=employe)
        une = creer_intervention(chantier=sienne.chantier)
        chantier = f"{CHANTIERS}{une.chantier_id}/"

        vues = [CHANTIERS, chantier, INTERVENTIONS, f"{INTERVENTIONS}{une.pk}/"]
        assert {http.get(url).status_code for url in vues} == {200}
        refus = [
            http.post(CHANTIERS, {"client": une.chantier.client_id, "nom": "X"}),
            http.patch(chantier, {"nom": "X"}),
            http.delete(chantier),
            http.post(f"{chantier}statut/", {"statut": "annule"}),
            http.post(INTERVENTIONS, {}),
            http.patch(f"{INTERVENTIONS}{sienne.pk}/", {"notes": "X"}),
            http.delete(f"{INTERVENTIONS}{sienne.pk}/"),
            http.post(f"{INTERVENTIONS}{sienne.pk}/annuler/"),
            http.post(f"{INTERVENTIONS}{sienne.pk}/valider/"),
            http.post(f"{INTERVENTIONS}{une.pk}/demarrer/"),
            http.post(f"{INTERVENTIONS}{une.pk}/arreter/"),
        ]
        assert {reponse.status_code for reponse in refus} == {403}
        assert http.post(f"{INTERVENTIONS}{sienne.pk}/demarrer/").status_code == 200
        assert Entree.objects.filter(acteur=employe).count() == 1

    def test_a_comptable_has_no_business_here(self, connecter, comptable):
        http = connecter(comptable)

        assert http.get(CHANTIERS).status_code == http.get(INTERVENTIONS).status_code == 403

    @pytest.mark.parametrize("url", [CHANTIERS, INTERVENTIONS, "/api/v1/types-de-service/"])
    def test_a_stranger_sees_nothing(self, client, url):
        assert client.get(url).status_code == 401


def test_kinds_of_work_are_read_only(http):
    url = "/api/v1/types-de-service/"

    assert "Tonte" in noms(http.get(url))
    assert http.post(url, {"nom": "X"}).status_code in {403, 405}


def test_someone_who_left_is_not_given_work(http):
    parti = creer_employe()
    parti.is_active = False
    parti.save()

    reponse = http.post(
        INTERVENTIONS,
        {
            "chantier": creer_chantier().pk,
            "employe": parti.pk,
            "prevu_debut": "2026-06-01T08:00:00",
            "prevu_fin": "2026-06-01T10:00:00",
        },
    )

    assert reponse.status_code == 400
    assert reponse.json()["champs"].keys() == {"employe"}
