"""A warranty retention is not reminded before its own due date (loi 71-584, art. 2)."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine

from facturation.services import receptionner_les_travaux
from relances.models import Reglages
from relances.plan import planifier
from tests.facturation.factories import ROBOT, creer_facture, payer

pytestmark = pytest.mark.django_db

LE = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def _banque_a_jour():
    Reglages.objects.update(fraicheur_jours=0)


@pytest.fixture
def retenue():
    """120,00 € issued on 2 March 2026, due on 1 April, 6,00 € of which are retained."""
    with time_machine.travel("2026-03-02T12:00:00+01:00", tick=False):
        return creer_facture(retenue_taux=Decimal(5))


def demandes(au):
    return [(li.faits.solde, li.retard) for li in planifier(au=au).a_relancer]


def test_the_retained_part_is_not_asked_with_the_rest(retenue):
    assert demandes(date(2026, 5, 4)) == [(Decimal("114.00"), 33)]


@time_machine.travel("2026-06-01T12:00:00+02:00", tick=False)
def test_once_the_rest_is_paid_nothing_is_asked(retenue):
    payer(retenue, "114.00", le=date(2026, 5, 5))

    assert demandes(date(2026, 6, 1)) == []
    assert planifier(au=date(2030, 1, 1)).ecartees == []


@pytest.mark.parametrize(
    ("au", "attendu"),
    [
        (date(2027, 3, 9), []),
        (date(2027, 3, 10), []),  # due that day, not late
        (date(2027, 4, 9), [(Decimal("6.00"), 30)]),
    ],
)
def test_it_is_asked_a_year_after_the_works_were_accepted(retenue, au, attendu):
    with time_machine.travel("2026-06-01T12:00:00+02:00", tick=False):
        payer(retenue, "114.00", le=date(2026, 5, 5))
        receptionner_les_travaux(retenue, le=date(2026, 3, 10), par=ROBOT)

    assert demandes(au) == attendu
