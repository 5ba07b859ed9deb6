"""Use cases of sites and interventions: who may, what is journaled, what stays untouched."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied

from artjardin.accounts.auteur import personne, systeme
from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit, Invalide
from artjardin.softdelete.services import restaurer, supprimer
from chantiers import services
from chantiers.models import Chantier, Intervention, TypeService
from tests.chantiers.factories import (
    LUNDI_8H,
    creer_chantier,
    creer_employe,
    creer_intervention,
)
from tests.clients.factories import creer_client

pytestmark = pytest.mark.django_db
ROBOT = systeme("test")
S = Chantier.Statut


def relire(objet):
    return type(objet).tous.get(pk=objet.pk)


def dernieres(action):
    return list(Entree.objects.filter(action=action).values_list("avant", "apres"))


def avancer(chantier, *etapes):
    for vers in etapes:
        chantier = services.changer_statut(chantier, vers=vers, par=ROBOT)
    return chantier


class TestChantier:
    def test_without_address_it_is_the_client_s(self):
        client = creer_client(adresse="3 rue Bressigny", code_postal="49100", ville="Angers")

        chantier = creer_chantier(client=client)

        lieu = (chantier.adresse, chantier.code_postal, chantier.ville)
        assert lieu == ("3 rue Bressigny", "49100", "Angers")

    def test_with_a_town_of_its_own_nothing_is_taken(self):
        chantier = creer_chantier(ville="Avrillé")

        assert (chantier.adresse, chantier.ville) == ("", "Avrillé")

    def test_it_is_born_a_demand_and_journaled_with_its_services(self):
        tonte = TypeService.objects.get(nom="Tonte")

        chantier = creer_chantier(services=[tonte])

        assert chantier.statut == S.LEAD
        [(_, apres)] = dernieres("chantier.cree")
        assert (apres["client"], apres["services"]) == (chantier.client_id, ["Tonte"])

    def test_not_for_a_client_in_the_trash_nor_under_someone_who_left(self):
        client, parti = creer_client(), creer_employe()
        parti.is_active = False
        parti.save()
        supprime = creer_client()
        supprimer(supprime, par=ROBOT)

        with pytest.raises(Conflit, match="corbeille"):
            creer_chantier(client=supprime)
        with pytest.raises(Invalide) as refus:
            creer_chantier(client=client, responsable=parti)

        assert refus.value.champs.keys() == {"responsable"}
        assert not Chantier.tous.exists()

    def test_a_change_journals_fields_and_services(self):
        tonte, taille = TypeService.objects.filter(nom__in=["Tonte", "Taille de haies"]).order_by(
            "-nom"
        )
        chantier = creer_chantier(services=[tonte])

        services.modifier_chantier(chantier, par=ROBOT, consignes="Portail 4512", services=[taille])
        services.modifier_chantier(chantier, par=ROBOT, consignes="Portail 4512", services=[taille])

        assert dernieres("chantier.modifie") == [
            ({"services": ["Tonte"]}, {"services": ["Taille de haies"]}),
            ({"consignes": ""}, {"consignes": "texte de 12 signes"}),
        ]

    def test_it_never_changes_client(self):
        chantier = creer_chantier()

        services.modifier_chantier(chantier, par=ROBOT, client=chantier.client)
        with pytest.raises(Invalide):
            services.modifier_chantier(chantier, par=ROBOT, client=creer_client(), nom="Autre")

        assert (relire(chantier).client, relire(chantier).nom) == (chantier.client, chantier.nom)

    def test_the_state_is_not_a_field(self):
        with pytest.raises(TypeError, match="statut"):
            services.modifier_chantier(creer_chantier(), par=ROBOT, statut=S.FACTURE)

    def test_a_step_is_journaled(self):
        avancer(creer_chantier(), S.VISITE_PLANIFIEE)

        assert dernieres("chantier.statut") == [
            ({"statut": "lead"}, {"statut": "visite_planifiee"})
        ]

    def test_a_stale_copy_does_not_take_a_step_twice(self):
        chantier = creer_chantier()
        perime = relire(chantier)
        avancer(chantier, S.ANNULE)

        with pytest.raises(Conflit):
            avancer(perime, S.VISITE_PLANIFIEE)

        assert relire(chantier).statut == S.ANNULE
        assert len(dernieres("chantier.statut")) == 1

    def test_cancelling_frees_the_crew(self):
        prevue = creer_intervention()

        avancer(prevue.chantier, S.ANNULE)

        assert relire(prevue).statut == Intervention.Statut.ANNULEE
        with pytest.raises(Conflit, match="annulé"):
            creer_intervention(chantier=prevue.chantier)

    def test_no_cancelling_while_someone_is_at_work(self):
        une = services.demarrer_intervention(creer_intervention(), par=ROBOT)
        autre = creer_intervention(chantier=une.chantier)

        with pytest.raises(Conflit, match="en cours"):
            avancer(une.chantier, S.ANNULE)

        assert relire(une.chantier).statut == S.LEAD
        assert relire(autre).statut == Intervention.Statut.PLANIFIEE


class TestPlanifier:
    def test_an_employee_already_taken_is_a_conflict(self):
        une = creer_intervention()

        with pytest.raises(Conflit, match="a déjà une intervention") as refus:
            creer_intervention(employe=une.employe, prevu_debut=LUNDI_8H + timedelta(hours=1))

        assert refus.value.code == "chevauchement"
        assert Intervention.tous.count() == 1

    def test_a_cancelled_or_deleted_one_takes_no_room(self):
        une = creer_intervention()
        services.annuler_intervention(une, par=ROBOT)

        deux = creer_intervention(employe=une.employe)
        supprimer(deux, par=ROBOT)

        assert creer_intervention(employe=une.employe).statut == "planifiee"

    def test_the_end_follows_the_start_and_the_employee_is_active(self):
        parti = creer_employe()
        parti.is_active = False
        parti.save()

        with pytest.raises(Invalide) as refus:
            creer_intervention(prevu_fin=LUNDI_8H)
        assert refus.value.champs.keys() == {"prevu_fin"}
        with pytest.raises(Invalide):
            creer_intervention(employe=parti)

        assert not Intervention.tous.exists()

    def test_moving_onto_another_is_a_conflict_and_changes_nothing(self):
        une = creer_intervention()
        deux = creer_intervention(employe=une.employe, prevu_debut=LUNDI_8H + timedelta(hours=2))

        with pytest.raises(Conflit) as refus:
            services.modifier_intervention(deux, par=ROBOT, prevu_debut=LUNDI_8H)

        assert refus.value.code == "chevauchement"
        assert relire(deux).prevu_debut == LUNDI_8H + timedelta(hours=2)
        assert not dernieres("intervention.modifiee")

    def test_a_plan_can_move(self):
        une = creer_intervention()
        demain = LUNDI_8H + timedelta(days=1)

        services.modifier_intervention(
            une, par=ROBOT, prevu_debut=demain, prevu_fin=demain + timedelta(hours=1)
        )

        assert relire(une).prevu_debut == demain
        assert len(dernieres("intervention.modifiee")) == 1


class TestPointer:
    @pytest.fixture(autouse=True)
    def _le_lendemain(self):
        with time_machine.travel(LUNDI_8H + timedelta(days=1), tick=False):
            yield

    def test_start_stop_validate_take_the_clock_and_the_journal(self, patron, employe):
        une = creer_intervention(employe=employe)
        with time_machine.travel(LUNDI_8H, tick=False):
            services.demarrer_intervention(une, par=personne(employe))
        with time_machine.travel(LUNDI_8H + timedelta(hours=3), tick=False):
            services.arreter_intervention(une, par=personne(employe))
        services.valider_intervention(une, par=personne(patron))

        une = relire(une)
        assert (une.debut, une.fin) == (LUNDI_8H, LUNDI_8H + timedelta(hours=3))
        assert (une.statut, une.validee_par) == ("validee", patron)
        actions = ["demarree", "arretee", "validee"]
        assert all(len(dernieres(f"intervention.{action}")) == 1 for action in actions)

    def test_nobody_clocks_for_another_but_a_patron(self, patron, employe, autre_employe):
        une = creer_intervention(employe=employe)

        with pytest.raises(PermissionDenied):
            services.demarrer_intervention(une, par=personne(autre_employe))
        assert relire(une).statut == "planifiee"

        services.demarrer_intervention(une, par=personne(patron))
        with pytest.raises(PermissionDenied):
            services.arreter_intervention(une, par=personne(autre_employe))
        assert relire(une).statut == "en_cours"

    def test_nobody_starts_on_a_cancelled_site(self, employe):
        une = creer_intervention(employe=employe)
        supprimer(une, par=ROBOT)
        avancer(une.chantier, S.ANNULE)
        restaurer(une, par=ROBOT)

        with pytest.raises(Conflit) as refus:
            services.demarrer_intervention(une, par=personne(employe))

        assert refus.value.code == "chantier_annule"
        assert relire(une).statut == "planifiee"

    def test_one_at_a_time(self, employe):
        une = creer_intervention(employe=employe)
        deux = creer_intervention(employe=employe, prevu_debut=LUNDI_8H + timedelta(hours=4))
        services.demarrer_intervention(une, par=personne(employe))

        with pytest.raises(Conflit, match="déjà au travail"):
            services.demarrer_intervention(deux, par=personne(employe))

        assert relire(deux).statut == "planifiee"

    @pytest.mark.parametrize(
        ("avant", "service"),
        [
            ([], services.demarrer_intervention),
            (["demarrer"], services.arreter_intervention),
            (["demarrer", "arreter"], services.valider_intervention),
            ([], services.annuler_intervention),
        ],
    )
    def test_a_stale_copy_does_not_act_twice(self, avant, service):
        une = creer_intervention()
        for rang, verbe in enumerate(avant):
            with time_machine.travel(LUNDI_8H + timedelta(hours=rang), tick=False):
                getattr(services, f"{verbe}_intervention")(une, par=ROBOT)
        perime = relire(une)
        service(une, par=ROBOT)
        etat = relire(une)

        with pytest.raises(Conflit):
            service(perime, par=ROBOT)

        assert (relire(une).statut, relire(une).debut) == (etat.statut, etat.debut)

    def test_what_the_state_settled_does_not_change(self):
        une = creer_intervention()
        with time_machine.travel(LUNDI_8H, tick=False):
            services.demarrer_intervention(une, par=ROBOT)

        services.modifier_intervention(une, par=ROBOT, notes="Haie haute")
        with pytest.raises(Conflit) as refus:
            services.modifier_intervention(une, par=ROBOT, prevu_debut=LUNDI_8H - timedelta(days=1))

        assert refus.value.champs.keys() == {"prevu_debut"}
        assert (relire(une).notes, relire(une).prevu_debut) == ("Haie haute", LUNDI_8H)

    def test_hours_are_corrected_until_validated(self):
        une = creer_intervention()
        with time_machine.travel(LUNDI_8H, tick=False):
            services.demarrer_intervention(une, par=ROBOT)
        services.arreter_intervention(une, par=ROBOT)  # a day later: the stop was forgotten
        juste = LUNDI_8H + timedelta(hours=2)

        services.modifier_intervention(une, par=ROBOT, fin=juste)
        with pytest.raises(Invalide):
            services.modifier_intervention(une, par=ROBOT, fin=LUNDI_8H + timedelta(days=2))
        services.valider_intervention(une, par=ROBOT)
        with pytest.raises(Conflit):
            services.modifier_intervention(une, par=ROBOT, fin=LUNDI_8H + timedelta(hours=3))

        assert relire(une).fin == juste


def test_a_kind_of_work_is_added_and_renamed_with_a_trace():
    nouveau = services.enregistrer_type_de_service(TypeService(nom="Bassin"), par=ROBOT)
    nouveau.nom = "Bassins"
    services.enregistrer_type_de_service(nouveau, par=ROBOT)

    assert dernieres("typeservice.modifie") == [({"nom": "Bassin"}, {"nom": "Bassins"})]
