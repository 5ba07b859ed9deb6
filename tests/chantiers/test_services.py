import pytest

from tests.chantiers.factories import creer_intervention

pytestmark = pytest.mark.django_db


def test_x():
    assert creer_intervention().statut == "planifiee"
