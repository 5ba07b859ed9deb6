"""Two requests at once: one wins, the other gets a clear conflict."""

from datetime import timedelta
from threading import Thread

import pytest
from django.db import transaction

from artjardin.accounts.auteur import systeme
from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit
from artjardin.softdelete.services import restaurer, supprimer
from chantiers import services
from chantiers.models import Chantier, Intervention
from clients.models import Client
from clients.services import verrouiller
from tests.chantiers.factories import LUNDI_8H, creer_chantier, creer_employe, creer_intervention
from tests.clients.factories import creer_client
from tests.clients.fils import en_parallele, pendant

ROBOT = systeme("test")
AU_MEME_MOMENT = {"en_parallele": en_parallele, "pendant": pendant}


@pytest.fixture(params=AU_MEME_MOMENT)
def ensemble(base_partagee, request):
    """Once in a free race, once with the first transaction still open."""
    return AU_MEME_MOMENT[request.param]


def gagnant_et_refus(resultats):
    gagnants = [r for r in resultats if not isinstance(r, Exception)]
    refus = [r for r in resultats if isinstance(r, Conflit)]
    assert (len(gagnants), len(refus)) == (1, 1), resultats
    return gagnants[0], refus[0]


def test_the_same_intervention_started_twice(ensemble):
    une = creer_intervention()

    def demarrer():
        return services.demarrer_intervention(Intervention.objects.get(pk=une.pk), par=ROBOT)

    gagnante, refus = gagnant_et_refus(ensemble(demarrer, demarrer))

    assert refus.code == "transition_refusee"
    assert Intervention.objects.get().debut == gagnante.debut
    assert Entree.objects.filter(action="intervention.demarree").count() == 1


def test_two_interventions_of_one_employee_started(ensemble):
    une = creer_intervention()
    deux = creer_intervention(employe=une.employe, prevu_debut=LUNDI_8H + timedelta(hours=2))

    _, refus = gagnant_et_refus(
        ensemble(
            lambda: services.demarrer_intervention(une, par=ROBOT),
            lambda: services.demarrer_intervention(deux, par=ROBOT),
        )
    )

    assert (refus.code, refus.message) == (
        "chevauchement",
        "Cet employé est déjà au travail à ce moment.",
    )
    assert Intervention.objects.filter(statut="en_cours").count() == 1


def test_two_overlapping_plans(ensemble):
    employe, chantier = creer_employe(), creer_chantier()
    autre = creer_chantier()

    _, refus = gagnant_et_refus(
        ensemble(
            lambda: creer_intervention(employe=employe, chantier=chantier),
            lambda: creer_intervention(
                employe=employe, chantier=autre, prevu_debut=LUNDI_8H + timedelta(hours=1)
            ),
        )
    )

    assert (refus.code, refus.message) == (
        "chevauchement",
        "Cet employé a déjà une intervention à ce moment.",
    )
    assert Intervention.objects.count() == 1


def test_the_same_step_of_the_pipeline_twice(ensemble):
    chantier = creer_chantier()

    def annuler():
        return services.changer_statut(chantier, vers=Chantier.Statut.ANNULE, par=ROBOT)

    gagnant_et_refus(ensemble(annuler, annuler))

    assert Entree.objects.filter(action="chantier.statut").count() == 1


def en_tenant(chantier, suite, *, pendant_ce_temps):
    """Hold the site while the other begins, then go on with `suite`; what the other got."""
    resultats = []
    fil = Thread(target=lambda: resultats.extend(en_parallele(pendant_ce_temps)))
    with transaction.atomic():
        verrouiller(chantier)
        fil.start()
        fil.join(timeout=0.4)
        suite()
    fil.join(timeout=30)
    return resultats[0]


def test_cancelling_a_site_and_changing_its_intervention_do_not_block_each_other(base_partagee):
    une = creer_intervention()

    refus = en_tenant(
        une.chantier,
        lambda: services.changer_statut(une.chantier, vers=Chantier.Statut.ANNULE, par=ROBOT),
        pendant_ce_temps=lambda: services.modifier_intervention(
            une, par=ROBOT, chantier=Chantier.objects.get(pk=une.chantier_id), notes="Haie"
        ),
    )

    assert isinstance(refus, Conflit), refus
    assert refus.code == "intervention_figee"
    assert Intervention.objects.get().statut == "annulee"


def test_an_intervention_moves_while_its_site_goes_to_the_trash(base_partagee):
    une, autre = creer_intervention(), creer_chantier()

    refus = en_tenant(
        une.chantier,
        lambda: supprimer(une.chantier, par=ROBOT),
        pendant_ce_temps=lambda: services.modifier_intervention(une, par=ROBOT, chantier=autre),
    )

    assert isinstance(refus, Conflit), refus
    assert refus.code == "supprime"
    assert not Intervention.objects.exists()


def test_two_moves_that_cross_do_not_block_each_other(ensemble):
    une = creer_intervention()
    deux = creer_intervention(prevu_debut=LUNDI_8H + timedelta(days=1))

    resultats = ensemble(
        lambda: services.modifier_intervention(une, par=ROBOT, chantier=deux.chantier),
        lambda: services.modifier_intervention(deux, par=ROBOT, chantier=une.chantier),
    )

    assert [r.pk for r in resultats] == [une.pk, deux.pk]


@pytest.mark.parametrize("premier", ["annuler", "demarrer"])
def test_a_site_is_never_cancelled_with_someone_at_work(ensemble, premier):
    une = creer_intervention()

    def annuler():
        return services.changer_statut(une.chantier, vers=Chantier.Statut.ANNULE, par=ROBOT)

    def demarrer():
        return services.demarrer_intervention(une, par=ROBOT)

    travaux = [annuler, demarrer] if premier == "annuler" else [demarrer, annuler]
    gagnant_et_refus(ensemble(*travaux))

    fin = (Chantier.objects.get().statut, Intervention.objects.get().statut)
    assert fin in {("annule", "annulee"), ("lead", "en_cours")}


def test_no_site_is_born_under_a_client_on_its_way_to_the_trash(base_partagee):
    client = creer_client()

    _, refus = pendant(lambda: supprimer(client, par=ROBOT), lambda: creer_chantier(client=client))

    assert isinstance(refus, Conflit)
    assert not Chantier.tous.exists()


def test_no_site_comes_back_under_a_client_on_its_way_to_the_trash(base_partagee):
    client = creer_client()
    chantier = creer_chantier(client=client)
    supprimer(chantier, par=ROBOT)

    _, refus = pendant(lambda: supprimer(client, par=ROBOT), lambda: restaurer(chantier, par=ROBOT))

    assert isinstance(refus, Conflit)
    assert refus.code == "parent_supprime"
    assert not Chantier.objects.exists()


def test_a_client_sent_twice_to_the_trash_goes_once(ensemble):
    client = creer_client()
    creer_chantier(client=client)

    def jeter():
        return supprimer(client, par=ROBOT)

    lot, refus = gagnant_et_refus(ensemble(jeter, jeter))

    assert refus.code == "deja_supprime"
    assert Client.tous.get().supprime_lot == Chantier.tous.get().supprime_lot == lot
