"""Moments that no calendar of ours holds."""

import pytest

from chantiers.models import Intervention
from tests.chantiers.factories import creer_chantier


@pytest.mark.django_db
@pytest.mark.parametrize(
    "quand", ["0001-01-01", "0001-01-01T00:00:00", "9999-12-31T23:59:59-14:00", "9" * 900_000]
)
def test_a_moment_beyond_the_calendar_is_refused_by_its_field(http, employe, quand):
    corps = {"chantier": creer_chantier().pk, "employe": employe.pk, "prevu_debut": quand}
    refus = http.post("/api/v1/interventions/", corps)

    assert refus.status_code == 400
    assert "prevu_debut" in refus.json()["champs"]
    assert not Intervention.objects.exists()
