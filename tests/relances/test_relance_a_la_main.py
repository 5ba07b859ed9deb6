"""One invoice reminded now, by somebody of the office, without waiting for the run."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from artjardin.erreurs import Conflit
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import envoyer_les_courriels
from artjardin.storage.services import produire_les_promis
from facturation import services as facturation
from relances.models import Relance
from relances.services import relancer, relancer_la_facture, suspendre
from tests.clients.factories import creer_client
from tests.facturation.factories import crediter, payer
from tests.relances.factories import PAR, deja_faite, facture_due

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
JOUR = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _pdf_rapides(settings):
    genres = settings.DOCUMENT_PRODUCTEURS
    settings.DOCUMENT_PRODUCTEURS = dict.fromkeys(genres, "tests.facturation.factories.pdf")


def due(client=None, *, retard: int = 40):
    return facture_due(client or creer_client(), retard=retard, au=JOUR)


def envoyer() -> None:
    produire_les_promis()
    envoyer_les_courriels()


def sorts() -> list[str]:
    return list(Courriel.objects.filter(type="relance").values_list("statut", flat=True))


def test_it_leaves_at_its_next_level():
    facture = due(retard=50)
    deja_faite(facture, 30)

    relance = relancer_la_facture(facture, par=PAR)
    envoyer()

    relance.refresh_from_db()
    assert (relance.niveau.jours, relance.passage) == (45, None)
    assert relance.courriel.statut == "envoye"


def test_it_leaves_in_spite_of_the_credit_that_the_person_has_seen():
    client = creer_client()
    facture = due(client)
    facturation.recevoir_paiement(client, montant=Decimal(30), mode="virement", le=JOUR, par=PAR)

    relancer_la_facture(facture, par=PAR)
    envoyer()

    assert sorts() == ["envoye"]


def test_money_that_came_after_it_holds_it():
    client = creer_client()
    facture = due(client)
    relancer_la_facture(facture, par=PAR)
    facturation.recevoir_paiement(client, montant=Decimal(30), mode="virement", le=JOUR, par=PAR)

    envoyer()

    assert sorts() == ["annule"]


@pytest.mark.parametrize(
    ("avant", "code"),
    [
        (lambda f: payer(f, "120.00"), "reglee"),
        (lambda f: payer(f, "119.00"), "sous_le_seuil"),
        (crediter, "reglee"),
        (
            lambda f: suspendre(
                f, genre="pause", motif="Attendre", jusqu_au=date(2026, 12, 1), par=PAR
            ),
            "pause",
        ),
        (lambda f: facturation.ouvrir_litige(f, motif="Contestée", par=PAR), "litige"),
        (lambda f: deja_faite(f, 60), "niveaux_epuises"),
        (lambda f: deja_faite(f, 30), "niveau_a_venir"),
        (lambda f: relancer_la_facture(f, par=PAR), "niveau_a_venir"),
    ],
    ids=[
        "réglée", "presque réglée", "créditée", "pause", "litige", "épuisés", "à venir",
        "déjà promise",
    ],
)  # fmt: skip
def test_it_is_refused_with_the_reason(avant, code):
    facture = due()
    avant(facture)
    deja = Relance.objects.count()

    with pytest.raises(Conflit) as refus:
        relancer_la_facture(facture, par=PAR)

    assert refus.value.code == f"non_relancable_{code}"
    assert Relance.objects.count() == deja


def test_it_is_refused_on_a_sunday(time_machine_a):
    facture = due()
    time_machine_a(datetime(2026, 11, 29, 10, tzinfo=PARIS))

    with pytest.raises(Conflit) as refus:
        relancer_la_facture(facture, par=PAR)

    assert refus.value.code == "jour_ferie"
    assert not Relance.objects.exists()


def test_the_run_of_that_day_does_not_remind_it_again():
    facture = due(retard=70)
    relancer_la_facture(facture, par=PAR)
    envoyer()

    relancer(jour=timezone.localdate(), par=PAR)

    assert Relance.objects.count() == 1
