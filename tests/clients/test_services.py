import pytest

from artjardin.audit.models import Entree
from tests.clients.factories import creer_client

pytestmark = pytest.mark.django_db


def test_a_client_without_code_gets_the_next_one():
    assert creer_client().code == "C0001"
    creer_client(code="C0041")
    assert creer_client().code == "C0042"
    assert Entree.objects.filter(action="client.cree").count() == 3
