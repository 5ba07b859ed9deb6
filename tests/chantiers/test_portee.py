"""What an employee reaches: the sites at hand, their clients, what is planned there."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from artjardin.accounts.auteur import systeme
from artjardin.accounts.cles import Machine
from artjardin.accounts.models import CleApi
from artjardin.api.portee import a_portee
from artjardin.audit.models import Entree
from artjardin.softdelete.services import supprimer
from chantiers import services
from chantiers.models import Chantier, Intervention
from chantiers.portee import equipiers
from clients.models import Client
from tests.chantiers.factories import LUNDI_8H, creer_chantier, creer_employe, creer_intervention
from tests.clients.factories import creer_client

pytestmark = pytest.mark.django_db
CLIENTS, CHANTIERS = "/api/v1/clients/", "/api/v1/chantiers/"
INTERVENTIONS, BUREAU = "/api/v1/interventions/", "/admin/chantiers/"
ROBOT = systeme("test")
HTML = {"Accept": "text/html"}


@pytest.fixture
def sienne(employe):
    """An intervention of the employee, at Lefèvre's."""
    lefevre = creer_client(nom="Lefèvre", prenom="Loïc", email="secret@example.org", ville="Cholet")
    chantier = creer_chantier(nom="Haie du fond", client=lefevre, ville="Trélazé")
    return creer_intervention(chantier=chantier, employe=employe)


@pytest.fixture
def ailleurs(autre_employe):
    """An intervention of a colleague, on a site where the employee has nothing to do."""
    chantier = creer_chantier(nom="Bassin du parc", client=creer_client(nom="Ailleurs"))
    return creer_intervention(chantier=chantier, employe=autre_employe)


@pytest.fixture
def terrain(connecter, employe):
    return connecter(employe)


def ids(reponse):
    assert reponse.status_code == 200
    return [objet["id"] for objet in reponse.json()["results"]]


def atteints(user):
    """How many clients, sites and interventions this person reaches."""
    return [
        a_portee(modele.objects.all(), user).count() for modele in (Client, Chantier, Intervention)
    ]


class TestRegles:
    def test_work_gives_the_site_its_client_and_all_that_is_planned_there(
        self, sienne, ailleurs, employe
    ):
        creer_intervention(chantier=sienne.chantier)

        assert atteints(employe) == [1, 1, 2]

    def test_two_visits_do_not_double_a_row(self, sienne, employe):
        demain = LUNDI_8H + timedelta(days=1)
        creer_intervention(chantier=sienne.chantier, employe=employe, prevu_debut=demain)

        assert atteints(employe) == [1, 1, 2]

    def test_being_in_charge_is_enough(self, ailleurs, employe):
        services.modifier_chantier(ailleurs.chantier, responsable=employe, par=ROBOT)

        assert atteints(employe) == [1, 1, 1]

    def test_a_cancelled_visit_gives_nothing(self, sienne, employe):
        services.annuler_intervention(sienne, par=ROBOT)

        assert atteints(employe) == [0, 0, 0]

    def test_a_visit_in_the_trash_gives_nothing(self, sienne, employe):
        supprimer(sienne, par=ROBOT)

        assert atteints(employe) == [0, 0, 0]

    def test_a_site_in_the_trash_takes_its_client_out_of_reach(self, sienne, employe):
        supprimer(sienne.chantier, par=ROBOT)

        assert atteints(employe) == [0, 0, 0]

    def test_a_finished_visit_still_counts(self, sienne, employe):
        services.demarrer_intervention(sienne, par=ROBOT)
        services.arreter_intervention(sienne, par=ROBOT)

        assert atteints(employe) == [1, 1, 1]

    def test_a_patron_reaches_all_and_a_comptable_all_clients(
        self, sienne, ailleurs, patron, comptable
    ):
        assert atteints(patron) == [2, 2, 2]
        assert atteints(comptable) == [2, 0, 0]

    @pytest.mark.parametrize("user", [AnonymousUser(), Machine(CleApi(portee="surveillance"))])
    def test_nobody_reaches_nothing_not_even_what_nobody_is_in_charge_of(self, user, sienne):
        assert sienne.chantier.responsable is None
        assert atteints(user) == [0, 0, 0]

    def test_one_is_the_only_colleague_to_choose(self, employe, autre_employe, patron):
        assert list(equipiers(employe)) == [employe]
        assert set(equipiers(patron)) == {employe, autre_employe, patron}


class TestApi:
    def test_lists_show_what_is_within_reach(self, terrain, sienne, ailleurs):
        assert ids(terrain.get(CLIENTS)) == [sienne.chantier.client_id]
        assert ids(terrain.get(CHANTIERS)) == [sienne.chantier_id]
        assert ids(terrain.get(INTERVENTIONS)) == [sienne.pk]

    def test_what_is_out_of_reach_answers_404(self, terrain, ailleurs):
        urls = [
            f"{CLIENTS}{ailleurs.chantier.client_id}/",
            f"{CHANTIERS}{ailleurs.chantier_id}/",
            f"{INTERVENTIONS}{ailleurs.pk}/",
        ]

        assert [terrain.get(url).status_code for url in urls] == [404, 404, 404]

    @pytest.mark.parametrize("geste", ["demarrer", "arreter"])
    def test_a_colleague_s_work_is_404_out_of_sight_and_403_on_a_shared_site(
        self, geste, terrain, sienne, ailleurs
    ):
        collegue = creer_intervention(chantier=sienne.chantier)
        avant = Entree.objects.count()

        assert terrain.post(f"{INTERVENTIONS}{ailleurs.pk}/{geste}/").status_code == 404
        assert terrain.post(f"{INTERVENTIONS}{collegue.pk}/{geste}/").status_code == 403
        assert terrain.get(f"{INTERVENTIONS}{collegue.pk}/").status_code == 200
        assert set(Intervention.objects.values_list("statut", flat=True)) == {"planifiee"}
        assert Entree.objects.count() == avant

    def test_filters_do_not_reach_further(self, terrain, sienne, ailleurs):
        la_bas = ailleurs.chantier

        assert ids(terrain.get(CHANTIERS, {"client": la_bas.client_id})) == []
        assert ids(terrain.get(INTERVENTIONS, {"chantier": la_bas.pk})) == []
        assert ids(terrain.get(INTERVENTIONS, {"employe": ailleurs.employe_id})) == []
        assert ids(terrain.get(CHANTIERS, {"client": sienne.chantier.client_id})) != []

    @pytest.mark.parametrize(
        ("demande", "trouve"),
        [
            ("lefevre", True),
            ("haie du fond", True),
            ("trelaze", False),  # the town of a site is searched with its accent
            ("Trélazé", True),
            ("hugo", None),
            ("secret", False),
            ("example.org", False),
            ("Cholet", False),  # where the bills go
            ("ailleurs", False),
            ("Bassin", False),
        ],
    )
    def test_the_search_looks_no_further_than_the_eye(
        self, demande, trouve, terrain, sienne, ailleurs
    ):
        sites = ids(terrain.get(CHANTIERS, {"recherche": demande}))
        visites = ids(terrain.get(INTERVENTIONS, {"recherche": demande}))

        assert sites == ([sienne.chantier_id] if trouve else [])
        assert visites == ([sienne.pk] if trouve is not False else [])

    def test_a_near_miss_does_not_tell_that_someone_of_that_name_exists(
        self, terrain, sienne, ailleurs
    ):
        creer_client(nom="Lefèbvre")

        assert ids(terrain.get(CHANTIERS, {"recherche": "lefebvre"})) == [sienne.chantier_id]

    def test_the_office_still_searches_by_email(self, http, sienne, ailleurs):
        assert ids(http.get(CHANTIERS, {"recherche": "secret"})) == [sienne.chantier_id]
        assert ids(http.get(INTERVENTIONS, {"recherche": "secret"})) == [sienne.pk]

    @pytest.mark.parametrize("methode", ["get", "options"])
    @pytest.mark.parametrize("geste", ["demarrer", "arreter"])
    def test_browsable_forms_hold_no_list_of_others(
        self, methode, geste, terrain, sienne, ailleurs
    ):
        page = getattr(terrain, methode)(f"{INTERVENTIONS}{sienne.pk}/{geste}/", headers=HTML)
        texte = page.content.decode()

        assert str(sienne.chantier) in texte
        for cache in (str(ailleurs.chantier), str(ailleurs.employe), "Ailleurs"):
            assert cache not in texte

    def test_browsable_forms_of_the_office_hold_everyone(self, http, sienne, ailleurs):
        page = http.get(f"{INTERVENTIONS}{sienne.pk}/demarrer/", headers=HTML)
        texte = page.content.decode()

        assert str(ailleurs.chantier) in texte
        assert str(ailleurs.employe) in texte

    def test_lists_cost_the_same_for_one_and_for_twenty(
        self, terrain, sienne, employe, django_assert_max_num_queries
    ):
        for rang in range(1, 20):
            jour = LUNDI_8H + timedelta(days=rang)
            creer_intervention(employe=employe, prevu_debut=jour)

        for url in (CLIENTS, CHANTIERS, INTERVENTIONS):
            with django_assert_max_num_queries(8):
                assert len(ids(terrain.get(url))) == 20


class TestBureau:
    """The admin."""

    @pytest.mark.parametrize("modele", ["chantier", "intervention"])
    def test_lists_and_pages(self, modele, terrain, sienne, ailleurs):
        dedans = sienne if modele == "intervention" else sienne.chantier
        dehors = ailleurs if modele == "intervention" else ailleurs.chantier
        liste = terrain.get(f"{BUREAU}{modele}/").content.decode()

        assert "Haie du fond" in liste
        assert "Bassin" not in liste
        for page in ("change", "history", "delete"):
            statut = terrain.get(f"{BUREAU}{modele}/{dedans.pk}/{page}/").status_code
            assert statut == (403 if page == "delete" else 200)
            assert terrain.get(f"{BUREAU}{modele}/{dehors.pk}/{page}/").status_code == 404

    def test_filters_offer_those_within_reach_only(self, terrain, sienne, ailleurs, employe):
        services.modifier_chantier(ailleurs.chantier, responsable=ailleurs.employe, par=ROBOT)

        for modele in ("chantier", "intervention"):
            texte = terrain.get(f"{BUREAU}{modele}/").content.decode()
            assert str(ailleurs.employe) not in texte
        assert str(employe) in texte

    def test_a_patron_s_filters_offer_everyone(self, http, sienne, ailleurs):
        texte = http.get(f"{BUREAU}intervention/").content.decode()

        assert str(ailleurs.employe) in texte

    @pytest.mark.parametrize(
        "filtre",
        [
            {"client__email__startswith": "s"},
            {"client__ville": "Cholet"},
            {"devis__isnull": "0"},
            {"factures__isnull": "0"},
            {"supprime_par__isnull": "1"},
        ],
    )
    def test_the_address_of_a_list_does_not_ask_about_the_rest(self, filtre, terrain, sienne):
        reponse = terrain.get(f"{BUREAU}chantier/", filtre)

        assert reponse.status_code == 400
        assert "Haie du fond" not in reponse.content.decode()

    @pytest.mark.parametrize("demande", ["bassin", "ailleurs", "secret", "cholet"])
    @pytest.mark.parametrize("modele", ["chantier", "intervention"])
    def test_the_search_of_a_list(self, modele, demande, terrain, sienne, ailleurs):
        texte = terrain.get(f"{BUREAU}{modele}/", {"q": demande}).content.decode()

        assert "Haie du fond" not in texte
        assert "Bassin" not in texte

    @pytest.mark.parametrize(
        ("modele", "champ", "terme"),
        [("intervention", "chantier", "bassin"), ("chantier", "client", "ailleurs")],
    )
    @pytest.mark.usefixtures("sienne", "ailleurs")
    def test_autocompletion(self, modele, champ, terme, terrain, http):
        cible = {"app_label": "chantiers", "model_name": modele, "field_name": champ}

        def trouver(navigateur, quoi):
            demande = cible | {"term": quoi}
            return navigateur.get("/admin/autocomplete/", demande).json()["results"]

        assert trouver(terrain, terme) == []
        assert len(trouver(terrain, "")) == 1
        assert len(trouver(http, terme)) == 1

    def test_the_search_of_the_menu_and_the_short_links_tell_nothing(self, terrain, ailleurs):
        from django.contrib.contenttypes.models import ContentType  # noqa: PLC0415

        numero = ContentType.objects.get_for_model(Chantier).pk
        trouve = terrain.get("/admin/search/", {"s": "bassin", "extended": "1"})

        assert "Bassin" not in trouve.content.decode()
        assert terrain.get(f"/admin/r/{numero}/{ailleurs.chantier_id}/").status_code == 404

    def test_ticked_rows_out_of_reach_are_left_alone(self, terrain, sienne, ailleurs):
        choix = {"action": "demarrer", "_selected_action": [sienne.pk, ailleurs.pk]}
        terrain.post(f"{BUREAU}intervention/", choix, format="multipart")

        ailleurs.refresh_from_db()
        sienne.refresh_from_db()
        assert (sienne.statut, ailleurs.statut) == ("en_cours", "planifiee")

    def test_a_form_offers_what_is_within_reach(self, sienne, ailleurs, connecter):
        """Even to someone who may write and does not see all sites."""
        from django.contrib.auth.models import Permission  # noqa: PLC0415

        chef = creer_employe(prenom="Chef")
        droits = ["add_intervention", "change_intervention", "add_chantier", "change_chantier"]
        chef.user_permissions.set(Permission.objects.filter(codename__in=droits))
        sien = creer_chantier(nom="Allée du chef", client=creer_client(nom="Visible"))
        services.modifier_chantier(sien, responsable=chef, par=ROBOT)
        http = connecter(chef)
        plan = {"prevu_debut": "2026-07-01T08:00:00", "prevu_fin": "2026-07-01T09:00:00"}

        page = http.get(f"{BUREAU}intervention/add/").content.decode()
        refus = [
            http.post(INTERVENTIONS, plan | {"chantier": ailleurs.chantier_id, "employe": chef.pk}),
            http.post(INTERVENTIONS, plan | {"chantier": sien.pk, "employe": ailleurs.employe_id}),
            http.post(CHANTIERS, {"client": ailleurs.chantier.client_id, "nom": "X"}),
        ]
        permis = http.post(INTERVENTIONS, plan | {"chantier": sien.pk, "employe": chef.pk})

        assert str(ailleurs.employe) not in page
        assert "Bassin" not in page
        assert [reponse.status_code for reponse in refus] == [400, 400, 400]
        assert permis.status_code == 201
        saisie = {"chantier": ailleurs.chantier_id, "employe": chef.pk, "notes": ""}
        envoi = http.post(f"{BUREAU}intervention/add/", saisie, format="multipart")
        assert envoi.context["adminform"].form.errors.keys() >= {"chantier", "prevu_debut"}
        assert Intervention.objects.filter(chantier=ailleurs.chantier).count() == 1
