"""The admin of sites and interventions goes by the services."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client as Navigateur

from artjardin.accounts.auteur import systeme
from artjardin.audit.models import Entree
from chantiers import services
from chantiers.models import Chantier, Intervention, TypeService
from tests.chantiers.factories import LUNDI_8H, creer_chantier, creer_employe, creer_intervention
from tests.clients.factories import creer_client
from tests.connexion import se_connecter

pytestmark = pytest.mark.django_db
CHANTIERS, INTERVENTIONS = "/admin/chantiers/chantier/", "/admin/chantiers/intervention/"
TYPES = "/admin/chantiers/typeservice/"


@pytest.fixture
def bureau(patron):
    patron.is_staff = True
    patron.save()
    navigateur = Navigateur()
    se_connecter(navigateur, patron)
    return navigateur


def texte(reponse):
    return reponse.content.decode()


def actions():
    return set(Entree.objects.values_list("action", flat=True))


def saisie_chantier(**champs):
    vide = ("nom", "responsable", "adresse", "code_postal", "ville", "consignes")
    return dict.fromkeys(vide, "") | champs


def saisie_intervention(une, **champs):
    saisie = {"chantier": une.chantier_id, "employe": une.employe_id, "notes": une.notes}
    for champ in ("prevu_debut", "prevu_fin"):
        instant = champs.pop(champ, getattr(une, champ)).astimezone(LUNDI_8H.tzinfo)
        saisie |= {f"{champ}_0": f"{instant:%d/%m/%Y}", f"{champ}_1": f"{instant:%H:%M:%S}"}
    return saisie | champs


class TestChantier:
    def test_a_new_site_takes_its_client_s_address(self, bureau, patron):
        client = creer_client(ville="Avrillé")
        tonte = TypeService.objects.get(nom="Tonte")

        reponse = bureau.post(
            f"{CHANTIERS}add/",
            saisie_chantier(client=client.pk, nom="Haie", services=[tonte.pk]),
        )

        assert reponse.status_code == 302
        chantier = Chantier.objects.get()
        assert (chantier.ville, chantier.statut) == ("Avrillé", "lead")
        assert list(chantier.services.all()) == [tonte]
        assert Entree.objects.get(action="chantier.cree").acteur == patron

    def test_a_change_of_state_and_services_is_journaled(self, bureau):
        chantier = creer_chantier()
        tonte = TypeService.objects.get(nom="Tonte")

        bureau.post(
            f"{CHANTIERS}{chantier.pk}/change/",
            saisie_chantier(nom="Haie", statut="visite_planifiee", services=[tonte.pk]),
        )

        chantier.refresh_from_db()
        assert (chantier.nom, chantier.statut) == ("Haie", "visite_planifiee")
        assert list(chantier.services.all()) == [tonte]
        assert actions() >= {"chantier.modifie", "chantier.statut"}

    def test_only_next_steps_are_offered(self, bureau):
        chantier = creer_chantier()
        page = f"{CHANTIERS}{chantier.pk}/change/"

        assert 'value="facture"' not in texte(bureau.get(page))
        bureau.post(page, saisie_chantier(nom="Haie", statut="facture"))

        chantier.refresh_from_db()
        assert chantier.statut == "lead"

    def test_deleted_with_what_hangs_below_or_refused_with_the_reason(self, bureau):
        libre, occupe = creer_intervention(), creer_intervention()
        services.demarrer_intervention(occupe, par=systeme("test"))

        bureau.post(f"{CHANTIERS}{libre.chantier_id}/delete/", {"post": "yes"})
        refus = bureau.post(
            f"{CHANTIERS}{occupe.chantier_id}/delete/", {"post": "yes"}, follow=True
        )

        assert "arrêtez-la" in texte(refus)
        assert list(Chantier.objects.all()) == [occupe.chantier]
        assert list(Intervention.objects.all()) == [occupe]

    def test_several_are_deleted_together_or_not_at_all(self, bureau):
        libre, occupe = creer_intervention(), creer_intervention()
        services.demarrer_intervention(occupe, par=systeme("test"))
        ids = [libre.chantier_id, occupe.chantier_id]

        refus = bureau.post(
            CHANTIERS,
            {"action": "delete_selected", "_selected_action": ids, "post": "yes"},
            follow=True,
        )

        assert "Suppression refusée" in texte(refus)
        assert Chantier.objects.count() == 2


class TestIntervention:
    def test_planned_moved_and_refused_when_overlapping(self, bureau):
        une = creer_intervention()
        apres = LUNDI_8H + timedelta(hours=2)
        plan = saisie_intervention(une, prevu_debut=apres, prevu_fin=apres + timedelta(hours=1))

        assert bureau.post(f"{INTERVENTIONS}add/", plan).status_code == 302
        deux = Intervention.objects.exclude(pk=une.pk).get()
        assert deux.prevu_debut == apres
        refus = bureau.post(
            f"{INTERVENTIONS}{deux.pk}/change/", saisie_intervention(deux, prevu_debut=LUNDI_8H)
        )

        assert "a déjà une intervention à ce moment" in texte(refus)
        deux.refresh_from_db()
        assert deux.prevu_debut == apres

    def test_the_actions_of_the_list(self, bureau, patron):
        une = creer_intervention()
        annulee = creer_intervention(employe=creer_employe())

        def agir(action, intervention):
            choix = {"action": action, "_selected_action": [intervention.pk]}
            return texte(bureau.post(INTERVENTIONS, choix, follow=True))

        with time_machine.travel(LUNDI_8H):
            se_connecter(bureau, patron)
            assert "en cours" in agir("demarrer", une)
        with time_machine.travel(LUNDI_8H + timedelta(hours=1)):
            assert "Impossible de passer" in agir("valider", une)
            assert "terminée" in agir("arreter", une)
            assert "validée" in agir("valider", une)
            assert "annulée" in agir("annuler", annulee)

        une.refresh_from_db()
        assert (une.statut, une.validee_par) == ("validee", patron)

    def test_what_is_settled_is_read_only(self, bureau):
        une = creer_intervention()
        services.demarrer_intervention(une, par=systeme("test"))
        page = f"{INTERVENTIONS}{une.pk}/change/"

        assert 'name="prevu_debut_0"' not in texte(bureau.get(page))
        bureau.post(page, {"notes": "Haie haute"})

        une.refresh_from_db()
        assert (une.notes, une.statut) == ("Haie haute", "en_cours")


class TestTypes:
    def test_added_with_a_trace_and_never_removed(self, bureau):
        bureau.post(f"{TYPES}add/", {"nom": "Bassin"})
        nouveau = TypeService.objects.get(nom="Bassin")

        assert "typeservice.cree" in actions()
        assert bureau.post(f"{TYPES}{nouveau.pk}/delete/", {"post": "yes"}).status_code == 403
        assert TypeService.objects.filter(pk=nouveau.pk).exists()

    def test_a_name_twice_comes_back_on_the_form(self, bureau):
        reponse = bureau.post(f"{TYPES}add/", {"nom": "Tonte"})

        assert reponse.status_code == 200
        assert TypeService.objects.filter(nom="Tonte").count() == 1


@pytest.mark.parametrize("url", [CHANTIERS, INTERVENTIONS, TYPES])
def test_each_list_and_form_loads_and_searches(bureau, url):
    creer_intervention()

    for page in (url, f"{url}add/", f"{url}?q=haie"):
        assert bureau.get(page).status_code == 200


def test_a_client_is_found_by_autocompletion_whatever_its_accents(bureau):
    client = creer_client(nom="Lefèvre")

    champ = {"app_label": "chantiers", "model_name": "chantier", "field_name": "client"}
    reponse = bureau.get("/admin/autocomplete/", champ | {"term": "lefevre"})

    assert [choix["id"] for choix in reponse.json()["results"]] == [str(client.pk)]
