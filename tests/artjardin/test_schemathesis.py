"""The whole OpenAPI document tried by schemathesis as each role: no 5xx, no undocumented answer, no
leak.

A few examples of each kind in the suite; `make fuzz EXEMPLES=200` tries many.
"""

from __future__ import annotations

import os

import pytest
import time_machine
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from rest_framework.test import APIClient

from artjardin.storage.coffres import oublier_les_coffres
from facturation.models import MandatPrelevement
from tests.artjardin import monde as mondes
from tests.artjardin.exploration import Bilan, explorer, operations

EXEMPLES = int(os.environ.get("EXEMPLES", "1"))
PARTIES = {
    "corbeille": ("/admin/trash/",),
    "acces": ("/api/v1/auth/", "/api/v1/comptes/", "/api/v1/cles-api/"),
    "clients": ("/api/v1/clients/",),
    "chantiers": ("/api/v1/chantiers/", "/api/v1/interventions/", "/api/v1/types-de-service/"),
    "devis": ("/api/v1/devis/", "/api/v1/prestations/", "/api/v1/evenements/"),
    "factures": ("/api/v1/factures/",),
    "paiements": ("/api/v1/paiements/", "/api/v1/exports/", "/api/v1/executions/"),
    "relances": ("/api/v1/relances/",),
    "courriels": ("/api/v1/courriels/", "/api/v1/rebonds/", "/api/v1/journal/"),
    "archives": ("/api/v1/archives/", "/api/v1/sauvegardes/"),
}
LUS = [
    "/api/v1/factures/", "/api/v1/devis/", "/api/v1/paiements/", "/api/v1/clients/{client}/mandat/",
    "/api/v1/chantiers/", "/api/v1/interventions/", "/api/v1/clients/",
]  # fmt: skip


@pytest.fixture(scope="module")
def reglages():
    """What a module needs of pytest's monkeypatch."""
    with pytest.MonkeyPatch.context() as reglages:
        yield reglages


@pytest.fixture(scope="module")
def peuple(django_db_setup, django_db_blocker, reglages, tmp_path_factory):
    """The world, made once; a request does not close the connection that holds it."""
    from django.conf import settings  # noqa: PLC0415 - once they are the tests' own

    from tests.conftest import CLES  # noqa: PLC0415

    dessins = dict.fromkeys(settings.DOCUMENT_PRODUCTEURS, "tests.artjardin.monde.pdf")
    reglages.setattr(settings, "DOCUMENT_PRODUCTEURS", dessins)
    reglages.setattr(settings, "DONNEES_DOCUMENTS", tmp_path_factory.mktemp("documents"))
    reglages.setattr(settings, "CLES_CHIFFREMENT", CLES)
    reglages.setattr("artjardin.api.pdf.PATIENCE", 0.0)
    oublier_les_coffres()
    signaux = (request_started, request_finished)
    for signal in signaux:
        signal.disconnect(close_old_connections)
    un_mardi = time_machine.travel(mondes.MARDI, tick=True)
    essai = transaction.atomic()
    essai._from_testcase = True
    with un_mardi, django_db_blocker.unblock(), essai:
        yield mondes.peupler(), settings.DONNEES_DOCUMENTS
        transaction.set_rollback(True)
    for signal in signaux:
        signal.connect(close_old_connections)


@pytest.fixture
def monde(peuple, settings):
    """The world, where its documents lie."""
    fait, documents = peuple
    settings.DONNEES_DOCUMENTS = documents
    oublier_les_coffres()
    return fait


@pytest.mark.parametrize("partie", PARTIES)
def test_every_role_gets_what_the_document_says_and_no_more(partie, monde):
    bilan = Bilan()

    for operation in operations(PARTIES[partie]):
        explorer(operation, monde, bilan, exemples=EXEMPLES)

    assert not bilan.fautes, str(bilan)
    assert len(bilan.statuts) >= 5
    for label, statuts in bilan.statuts.items():
        assert set(statuts) == set(monde.entetes), label


def test_no_operation_is_forgotten(monde):
    tous = {operation.label for operation in operations(("/",))}
    faits = {operation.label for debuts in PARTIES.values() for operation in operations(debuts)}

    assert faits == tous


def _lire(chemin, entetes):
    http = APIClient(headers=entetes)
    reponse = http.get(chemin.format(client=MandatPrelevement.objects.get().client_id))
    return reponse.content.decode()


def _vus(textes, page):
    return {texte for texte in textes if texte in page}


def test_what_would_be_a_leak_is_really_there_for_who_may_see_it(monde):
    """The words that the other test looks for are those that the product shows."""
    lus = {
        role: "".join(_lire(chemin, monde.entetes[role]) for chemin in LUS)
        for role in ("employe", "comptable", "patron")
    }

    for genre in (mondes.montants, mondes.numeros, mondes.banques):
        assert _vus(genre(), lus["comptable"])
        assert not _vus(genre(), lus["employe"])
    assert _vus(mondes.terrain(), lus["employe"])
    assert not _vus(mondes.terrain(), lus["comptable"])
    assert _vus(mondes.terrain(), lus["patron"])
