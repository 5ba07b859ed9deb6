"""What reminders brought in, against a sum done by hand; what lists cost."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from artjardin.outbox.services import envoyer_les_courriels
from artjardin.storage.services import produire_les_promis
from relances.models import Relance
from relances.services import marquer_postee, promettre_de_payer, relancer
from relances.statistiques import statistiques
from tests.clients.factories import creer_client
from tests.facturation.factories import payer
from tests.relances.factories import PAR, deja_faite, facture_reprise

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
JOUR = date(2026, 11, 24)
RACINE = "/api/v1/relances/"


@pytest.fixture(autouse=True)
def _pdf_rapides(settings):
    genres = settings.DOCUMENT_PRODUCTEURS
    settings.DOCUMENT_PRODUCTEURS = dict.fromkeys(genres, "tests.facturation.factories.pdf")


def test_what_came_in_within_fifteen_days_is_counted_by_level(time_machine_a):
    """At J+30, five mails and a letter: 5 x 120 + 60 asked, for one had paid 60 that morning.

    One paid 120 on day 3, one 40 on day 15, one 120 on day 16, too late: 160 came, 24.2 % of 660.
    At J+45, one mail of 120, paid on day 15.
    """
    factures = [
        facture_reprise(creer_client(), f"FA-{rang}", retard=31, au=JOUR) for rang in range(5)
    ]
    ferme = facture_reprise(creer_client(), "FA-F", retard=50, au=JOUR)
    deja_faite(ferme, 30, le=date(2026, 11, 10))
    facture_reprise(creer_client(email=""), "FA-L", retard=31, au=JOUR)
    payer(factures[4], "60.00")
    relancer(jour=JOUR, par=PAR)
    produire_les_promis()
    envoyer_les_courriels()
    marquer_postee(Relance.objects.a_poster().get(), par=PAR)
    for jours, facture, montant in (
        (3, factures[0], "120.00"),
        (15, factures[1], "40.00"),
        (15, ferme, "120.00"),
        (16, factures[2], "120.00"),
    ):
        time_machine_a(datetime(2026, 11, 24, 12, tzinfo=PARIS) + timedelta(days=jours))
        payer(facture, montant)

    lues = statistiques(du=JOUR, au=JOUR)

    assert [(n["jours"], n["relances"], n["montant"], n["recupere"]) for n in lues["niveaux"]] == [
        (30, 6, "660.00", "160.00"),
        (45, 1, "120.00", "120.00"),
    ]
    assert [(n["parties"], n["reglees"], n["taux"]) for n in lues["niveaux"]] == [
        (6, 1, "24.2"),
        (1, 1, "100.0"),
    ]
    assert (lues["envoyees"], lues["postees"], lues["a_poster"], lues["en_attente"]) == (6, 1, 0, 0)


def test_without_a_reminder_there_is_no_rate_and_no_division():
    lues = statistiques(du=JOUR, au=JOUR)

    assert (lues["niveaux"], lues["envoyees"]) == ([], 0)


@pytest.mark.parametrize(
    "liste", ["", "suspensions/", "passages/", "a-poster/", "plans/", "configuration/"]
)
def test_a_list_costs_the_same_whatever_its_length(liste, http):
    comptes = []
    for tour in range(2):
        for rang in range(3 * (1 + 2 * tour)):
            client = creer_client(email="oui@example.org" if rang % 2 else "")
            facture = facture_reprise(client, f"FA-{tour}-{rang}", retard=40, au=JOUR)
            deja_faite(facture, 30, le=JOUR - timedelta(days=tour))
            facture_reprise(client, f"FB-{tour}-{rang}", retard=40, au=JOUR)
            promettre_de_payer(facture, montant=None, le=JOUR, par=PAR)
        jour = JOUR - timedelta(days=1 - tour)
        with time_machine.travel(datetime.combine(jour, time(10), PARIS), tick=True):
            relancer(jour=jour, par=PAR)
        http.get(f"{RACINE}{liste}")
        with CaptureQueriesContext(connection) as requetes:
            assert http.get(f"{RACINE}{liste}").status_code == 200
        comptes.append(len(requetes))

    assert comptes[0] == comptes[1] <= 12
