"""/health/detailed: what keeps the data says what it is, to whoever may read it."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_the_embedded_mode_says_that_its_folder_is_no_legal_archive(http):
    sante = http.get(reverse("sante")).json()

    for lieu in ("archive", "sauvegardes"):
        assert "sans valeur d'archivage légal" in sante[lieu]["lieu"]
        assert sante[lieu]["verrou_impose"] is False
    assert sante["archive"]["documents_en_attente"] == 0
    assert (sante["sauvegardes"]["verifiees"], sante["sauvegardes"]["age_en_heures"]) == (0, None)


def test_it_is_for_patrons(connecter, comptable, client):
    assert connecter(comptable).get(reverse("sante")).status_code == 403
    assert client.get(reverse("sante")).status_code in {401, 403}
