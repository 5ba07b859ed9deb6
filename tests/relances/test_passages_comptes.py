"""What a run made is counted once, however it goes."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from artjardin.outbox.models import Courriel
from facturation.models import Facture
from relances.services import relancer
from tests.clients.factories import creer_client
from tests.relances.factories import LUNDI, PAR, deja_faite, facture_reprise

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ce_lundi(time_machine_a):
    time_machine_a(datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo("Europe/Paris")))


def test_what_goes_both_ways_is_counted_once(patron, envois):
    for jours in (30, 60, 60):
        facture = facture_reprise(
            creer_client(), f"FA-{Facture.objects.count()}", retard=jours + 30
        )
        for fait in (30, 45) if jours == 60 else ():
            deja_faite(facture, fait, le=LUNDI - timedelta(days=60 - fait))
    facture_reprise(creer_client(email=""), "FA-9", retard=31)

    passage = relancer(jour=LUNDI, par=PAR)

    assert (passage.relancees, passage.lettres, passage.les_deux, passage.faites) == (3, 3, 2, 4)
    rapport = Courriel.objects.get(type="passage_relances")
    assert rapport.objet == "Relances du 23/11/2026 : 4 faites"
    dit = "3 factures par courriel, 3 par lettre (dont 2 par les deux)"
    for corps in (rapport.texte, rapport.html):
        assert dit in " ".join(corps.split())
