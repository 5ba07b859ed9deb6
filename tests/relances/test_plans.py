"""Plans and levels: by type of client, by client, changed on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit
from relances.models import Niveau, PlanDeRelance, Relance
from relances.plan import planifier
from relances.services import (
    donner_un_plan,
    enregistrer_niveau,
    enregistrer_plan,
    supprimer_niveau,
)
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_professionnel
from tests.relances.factories import PAR, deja_faite, facture_due, facture_reprise, niveau

pytestmark = pytest.mark.django_db
RACINE = "/api/v1/relances/"


def un_plan(*jours: int, nom: str = "Patient", **champs) -> PlanDeRelance:
    """A plan of its own, one friendly mail at each of these days."""
    plan = enregistrer_plan(PlanDeRelance(), nom=nom, type_client="", par=PAR)
    for jour in jours:
        defaut = {"nom": f"Niveau {jour}", "ton": "amical", "canal": "courriel"}
        enregistrer_niveau(Niveau(), plan=plan, jours=jour, par=PAR, **(defaut | champs))
    return plan


def niveaux_du_jour(**criteres) -> dict[str, int]:
    """What today's plan asks of each invoice: number → days of the level."""
    plan = planifier(au=timezone.localdate(), **criteres)
    return {ligne.faits.numero: ligne.niveau.jours for ligne in plan.lignes}


def due(client=None, *, retard: int = 40):
    return facture_due(client or creer_client(), retard=retard, au=timezone.localdate())


def il_y_a(jours: int):
    return timezone.localdate() - timedelta(days=jours)


def test_each_type_of_client_follows_its_own_plan():
    """invoiceninja#925: another schedule for firms and private persons."""
    syndic = creer_client(type="syndic", raison_sociale="Syndic des Tilleuls", nom="")
    jour, clients = timezone.localdate(), (creer_client(), creer_professionnel(), syndic)
    factures = [
        facture_reprise(client, f"FA-{rang}", retard=20, au=jour)
        for rang, client in enumerate(clients)
    ]
    enregistrer_niveau(niveau(30, type_client="professionnel"), jours=15, par=PAR)

    assert niveaux_du_jour() == {factures[1].numero: 15}


def test_the_plan_given_to_a_client_replaces_that_of_its_type():
    menage, autre = creer_client(), creer_client()
    sienne, ordinaire = due(menage, retard=40), due(autre, retard=40)

    donner_un_plan(menage, un_plan(60, 90), par=PAR)

    assert niveaux_du_jour() == {ordinaire.numero: 30}
    assert planifier(au=timezone.localdate()).motifs == {"pas-echue": 1}
    donner_un_plan(menage, None, par=PAR)
    assert niveaux_du_jour() == {ordinaire.numero: 30, sienne.numero: 30}
    assert Entree.objects.filter(action="client.plan_de_relance").count() == 2


def test_a_plan_changed_on_the_way_goes_on_from_the_level_reached():
    client = creer_client()
    facture = due(client, retard=70)
    deja_faite(facture, 45, le=il_y_a(10))

    donner_un_plan(client, un_plan(10, 40, 55, 100), par=PAR)

    assert niveaux_du_jour() == {facture.numero: 55}


def test_a_plan_that_stops_earlier_leaves_nothing_more_to_send():
    client = creer_client()
    deja_faite(due(client, retard=90), 60, le=il_y_a(20))

    donner_un_plan(client, un_plan(10, 20), par=PAR)

    assert planifier(au=timezone.localdate()).motifs == {"niveaux-epuises": 1}


def test_a_disabled_level_is_passed_and_the_next_one_keeps_its_days():
    enregistrer_niveau(niveau(30), actif=False, par=PAR)
    tot, tard = due(retard=44), due(retard=45)

    assert niveaux_du_jour() == {tard.numero: 45}
    assert [e.faits.numero for e in planifier(au=timezone.localdate()).ecartees] == [tot.numero]


def test_a_plan_without_an_active_level_is_told_to_the_patrons():
    Niveau.objects.filter(plan__type_client="particulier").update(actif=False)
    due(retard=300)

    plan = planifier(au=timezone.localdate())

    assert [ecartee.motif for ecartee in plan.retenues] == ["sans-plan"]


def test_levels_reordered_after_use_never_repeat_nor_go_back():
    """discuss.tryton.org/t/8835: the order of levels is that of their days."""
    facture = due(retard=80)
    deja_faite(facture, 30, le=il_y_a(20))
    enregistrer_niveau(niveau(30), jours=50, par=PAR)  # the one already made now comes second

    assert niveaux_du_jour() == {facture.numero: 60}
    enregistrer_niveau(niveau(50), jours=5, par=PAR)
    assert niveaux_du_jour() == {facture.numero: 45}


def test_a_level_added_below_the_one_reached_is_not_sent_afterwards():
    facture = due(retard=50)
    deja_faite(facture, 30, le=il_y_a(10))
    plan = niveau(30).plan
    enregistrer_niveau(
        Niveau(), plan=plan, jours=10, nom="Petit mot", ton="amical", canal="courriel", par=PAR
    )

    assert niveaux_du_jour() == {facture.numero: 45}


def test_two_levels_of_a_plan_are_never_on_one_day():
    """discuss.tryton.org/t/8835: duplicates refused, by the service and by the database."""
    with pytest.raises(ValidationError) as refus:
        enregistrer_niveau(niveau(30), jours=45, par=PAR)

    assert refus.value.message_dict["jours"] == ["Ce plan a déjà un niveau à ce nombre de jours."]
    with pytest.raises(IntegrityError), transaction.atomic():
        Niveau.objects.filter(pk=niveau(30).pk).update(jours=45)
    assert niveau(30).jours == 30


def test_a_second_level_on_one_day_is_refused_over_http_and_nothing_is_written(http):
    plan = niveau(30).plan
    demande = {"plan": plan.pk, "jours": 30, "nom": "Encore", "ton": "ferme", "canal": "courriel"}

    reponse = http.post(f"{RACINE}configuration/", demande)

    assert (reponse.status_code, list(reponse.json()["champs"])) == (400, ["jours"])
    assert Niveau.objects.filter(plan=plan).count() == 3


@pytest.mark.parametrize("champs", [{"delai_minimum": 6}, {"jours": 0}])
def test_the_database_refuses_a_short_week_and_a_reminder_before_the_due_date(champs):
    """Dolibarr#30771: never before the due date."""
    with pytest.raises(IntegrityError), transaction.atomic():
        Niveau.objects.filter(pk=niveau(30).pk).update(**champs)
    with pytest.raises(ValidationError):
        enregistrer_niveau(niveau(30), par=PAR, **champs)
    assert niveau(30).delai_minimum == 7


def test_a_type_of_client_has_one_plan_only(http):
    reponse = http.post(f"{RACINE}plans/", {"nom": "Second", "type_client": "particulier"})

    assert reponse.status_code == 400
    assert PlanDeRelance.objects.filter(type_client="particulier").count() == 1


def test_a_level_that_served_is_switched_off_but_not_deleted():
    deja_faite(due(), 30)

    with pytest.raises(Conflit) as refus:
        supprimer_niveau(niveau(30), par=PAR)

    assert refus.value.code == "niveau_utilise"
    assert Relance.objects.get().niveau == niveau(30)
    supprimer_niveau(niveau(60), par=PAR)
    assert Entree.objects.get(action="niveau.supprime").avant["jours"] == 60


def test_the_longer_wait_of_a_level_is_counted_from_the_day_before_it():
    facture = due(retard=60)
    deja_faite(facture, 30, le=il_y_a(14))
    enregistrer_niveau(niveau(45), delai_minimum=15, par=PAR)

    assert niveaux_du_jour() == {}
    assert planifier(au=timezone.localdate()).motifs == {"delai-minimum": 1}
    enregistrer_niveau(niveau(45), delai_minimum=14, par=PAR)
    assert niveaux_du_jour() == {facture.numero: 45}
