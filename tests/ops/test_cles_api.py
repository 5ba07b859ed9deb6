"""Keys of machines over HTTP: made, shown once, read by, revoked."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from artjardin.accounts.models import CleApi
from artjardin.audit.models import Entree

pytestmark = pytest.mark.django_db
ICI = "/api/v1/cles-api/"


def demande(**champs):
    fin = timezone.now() + timedelta(days=90)
    return {"nom": "Sonde", "portee": "surveillance", "expire_le": fin.isoformat()} | champs


def machine(secret):
    http = APIClient()
    http.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return http


def test_a_key_is_shown_once_and_only_its_hash_is_stored(http):
    faite = http.post(ICI, demande())
    secret = faite.json()["secret"]

    assert faite.status_code == 201
    assert secret.startswith("ajk_")
    assert len(secret) > 40
    assert CleApi.objects.get().empreinte == hashlib.sha256(secret.encode()).hexdigest()
    assert "secret" not in http.get(f"{ICI}{faite.json()['id']}/").json()
    assert secret not in str(list(Entree.objects.values()))


def test_a_key_reads_its_scope_and_nothing_else(http):
    sonde = machine(http.post(ICI, demande()).json()["secret"])

    assert sonde.get("/api/v1/executions/").status_code == 200
    assert sonde.get("/api/v1/factures/").status_code == 403
    assert sonde.post("/api/v1/clients/", {"nom": "X"}).json()["code"] == "cle_en_lecture_seule"


def test_a_revoked_key_opens_nothing_at_once(http):
    faite = http.post(ICI, demande()).json()
    sonde = machine(faite["secret"])
    avant = sonde.get("/api/v1/executions/").status_code

    revoquee = http.delete(f"{ICI}{faite['id']}/")

    assert (avant, revoquee.status_code) == (200, 204)
    assert sonde.get("/api/v1/executions/").status_code == 401
    assert CleApi.objects.get().revoquee_le is not None


@pytest.mark.parametrize(
    ("champ", "valeur"), [("nom", ""), ("portee", "tout"), ("expire_le", "hier")]
)
def test_a_wrong_key_is_refused_by_field(http, champ, valeur):
    refus = http.post(ICI, demande(**{champ: valeur}))

    assert refus.status_code == 400
    assert set(refus.json()["champs"]) == {champ}
    assert not CleApi.objects.exists()
