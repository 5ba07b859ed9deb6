"""Reminders over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from relances.models import Niveau, Relance
from relances.services import relancer
from tests.clients.factories import creer_client
from tests.relances.factories import PAR, facture_due

pytestmark = pytest.mark.django_db
RACINE = "/api/v1/relances/"


def test_the_preview_and_the_run_agree(http):
    jour = timezone.localdate()
    facture = facture_due(creer_client(), retard=40, au=jour)
    facture_due(creer_client(email=""), retard=40, au=jour)

    apercu = http.get(f"{RACINE}apercu/").json()
    passage = http.post(f"{RACINE}lancer/")

    assert [ligne["numero"] for ligne in apercu["a_relancer"]] == [facture.numero]
    assert (apercu["motifs"], apercu["total_a_relancer"]) == ({"sans-email": 1}, "120.00")
    assert passage.status_code == 201
    assert (passage.json()["relancees"], passage.json()["lettres"]) == (1, 1)
    encore = http.post(f"{RACINE}lancer/")
    assert (encore.status_code, encore.json()["code"]) == (409, "passage_deja_fait")


def test_an_unreadable_day_is_a_400_that_changes_nothing(http):
    facture_due(creer_client(), retard=40, au=timezone.localdate())

    assert http.get(f"{RACINE}apercu/?jour=2026-02-30").json()["champs"]["jour"]
    assert http.post(f"{RACINE}lancer/", {"jour": "hier"}).status_code == 400
    demain = timezone.localdate() + timedelta(days=1)
    assert http.post(f"{RACINE}lancer/", {"jour": demain}).status_code == 400
    assert not Relance.objects.exists()


def test_the_ledger_is_listed_with_its_mail_in_few_queries(http, django_assert_max_num_queries):
    jour = timezone.localdate()
    for rang in range(5):
        facture_due(creer_client(nom=f"N{rang}"), retard=40, au=jour)
    relancer(jour=jour, par=PAR)

    with django_assert_max_num_queries(6):
        lignes = http.get(RACINE).json()["results"]

    assert len(lignes) == 5
    assert {ligne["statut_courriel"] for ligne in lignes} == {"en_attente"}
    ids = [ligne["facture"] for ligne in lignes]
    assert len(http.get(f"{RACINE}?facture={ids[0]}").json()["results"]) == 1


def test_letters_to_post_are_marked_once(http):
    facture_due(creer_client(email=""), retard=40, au=timezone.localdate())
    relancer(jour=timezone.localdate(), par=PAR)
    lettre = http.get(f"{RACINE}a-poster/").json()["results"][0]

    assert http.post(f"{RACINE}{lettre['id']}/postee/").json()["postee_le"]
    assert http.post(f"{RACINE}{lettre['id']}/postee/").status_code == 409
    assert http.get(f"{RACINE}a-poster/").json()["results"] == []


def test_levels_are_edited_and_duplicates_refused(http):
    niveau = Niveau.objects.get(jours=30, plan__type_client="particulier")

    change = http.patch(f"{RACINE}configuration/{niveau.pk}/", {"jours": 15})
    double = http.patch(f"{RACINE}configuration/{niveau.pk}/", {"jours": 45})

    assert (change.status_code, change.json()["jours"]) == (200, 15)
    assert (double.status_code, list(double.json()["champs"])) == (400, ["jours"])
    facture_due(creer_client(), retard=15, au=timezone.localdate())
    assert len(http.get(f"{RACINE}apercu/").json()["a_relancer"]) == 1
    hier = timezone.localdate() - timedelta(days=1)
    assert http.get(f"{RACINE}apercu/?jour={hier}").json()["a_relancer"] == []


@pytest.mark.parametrize("role", ["employe", "comptable"])
def test_only_a_patron_starts_a_run(role, request, connecter):
    http = connecter(request.getfixturevalue(role))
    facture_due(creer_client(), retard=40, au=timezone.localdate())

    assert http.post(f"{RACINE}lancer/").status_code == 403
    assert not Relance.objects.exists()
