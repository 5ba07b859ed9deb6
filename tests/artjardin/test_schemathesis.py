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

from artjardin.accounts.models import User
from artjardin.outbox.models import Courriel
from artjardin.storage.coffres import oublier_les_coffres
from chantiers.models import Chantier
from clients.models import Client
from facturation.models import Devis, Facture, MandatPrelevement, Paiement
from tests.artjardin import monde as mondes
from tests.artjardin.exploration import PEU, Bilan, appeler, explorer, operations
from tests.connexion import facteur_de

EXEMPLES = int(os.environ.get("EXEMPLES", PEU))
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
    "archives": ("/api/v1/archives/", "/api/v1/sauvegardes/", "/api/v1/incidents/"),
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
    """The world, made once."""
    from django.conf import settings  # noqa: PLC0415 - once they are the tests' own

    from tests.conftest import CLES  # noqa: PLC0415

    dessins = dict.fromkeys(settings.DOCUMENT_PRODUCTEURS, "tests.artjardin.monde.pdf")
    reglages.setattr(settings, "DOCUMENT_PRODUCTEURS", dessins)
    reglages.setattr(settings, "DONNEES_DOCUMENTS", tmp_path_factory.mktemp("documents"))
    reglages.setattr(settings, "CLES_CHIFFREMENT", CLES)
    reglages.setattr("artjardin.api.pdf.PATIENCE", 0.0)
    oublier_les_coffres()
    un_mardi = time_machine.travel(mondes.MARDI, tick=True)
    essai = transaction.atomic()
    essai._from_testcase = True
    with un_mardi, django_db_blocker.unblock(), essai:
        yield mondes.peupler(), settings.DONNEES_DOCUMENTS
        transaction.set_rollback(True)


@pytest.fixture
def monde(peuple, settings):
    """The world, where its documents lie; a request does not close the connection that holds it."""
    fait, documents = peuple
    settings.DONNEES_DOCUMENTS = documents
    oublier_les_coffres()
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield fait
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


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


API = "/api/v1"
TAUX = {"debut": "2027-07-01", "bce": "2.15", "legal": "6.67"}
NEUF = {"type": "particulier", "nom": "Neuf", "prenom": "Anne", "email": "anne@example.org"}
ENTREE = {"email": "employe@art-jardin.example", "mot_de_passe": "jardin-a-la-francaise"}
VISITE = {"prevu_debut": "2027-03-01T08:00:00Z", "prevu_fin": "2027-03-01T10:00:00Z"}
SURVEILLER = {"nom": "Sonde", "portee": "surveillance", "expire_le": "2027-02-01T00:00:00Z"}


def _du_monde():
    """What succeeds in this world, though nothing made up at random does: (demand, status)."""
    jete = {"entite": "clients", "id": Client.tous.supprimes().get().pk}
    brouillon = Facture.objects.filter(numero=None).first().pk
    payee = Facture.objects.get(imputations__montant="1234.56")
    credit = Paiement.objects.get(montant="777.77").pk
    attend = Courriel.objects.filter(statut="en_attente").first().pk
    echec = Courriel.objects.filter(statut="echec").first().pk
    chantier, employe = Chantier.objects.first().pk, User.objects.get(email=ENTREE["email"]).pk
    nouveau = User.objects.get(email="nouveau@art-jardin.example")
    facteur_de(nouveau)
    devis = Devis.objects.filter(statut="accepte").first().pk
    fini = Devis.objects.filter(statut="finalise").first().pk
    due = Facture.objects.filter(relances__isnull=False).first()
    return [
        ("POST", "/admin/trash/{entite}/{id}/restore/", jete | {"corps": {}}, 200),
        ("POST", "/admin/trash/purge/", {"corps": {"confirmation": "PURGER"}}, 200),
        ("GET", "/admin/trash/stats/", {}, 200),
        ("POST", f"{API}/auth/login/", {"corps": ENTREE}, 200),
        ("POST", f"{API}/auth/2fa/setup/", {}, 200),
        ("POST", f"{API}/clients/", {"corps": NEUF}, 201),
        ("POST", f"{API}/comptes/{{id}}/reinitialiser-facteur/", {"id": nouveau.pk}, 200),
        ("POST", f"{API}/cles-api/", {"corps": SURVEILLER}, 201),
        ("POST", f"{API}/courriels/{{id}}/annuler/", {"id": attend}, 200),
        ("POST", f"{API}/courriels/{{id}}/renvoyer/", {"id": echec}, 201),
        ("POST", f"{API}/devis/{{id}}/envoyer/", {"id": fini}, 200),
        ("POST", f"{API}/devis/{{id}}/facturer/", {"id": devis, "corps": {}}, 201),
        ("POST", f"{API}/factures/{{id}}/emettre/", {"id": brouillon, "corps": {}}, 200),
        ("GET", f"{API}/clients/{{id}}/encours/", {"id": payee.client_id}, 200),
        (
            "POST", f"{API}/interventions/",
            {"corps": {"chantier": chantier, "employe": employe} | VISITE}, 201,
        ),
        (
            "POST", f"{API}/paiements/{{id}}/rembourser/",
            {"id": credit, "corps": {"montant": "10.00", "le": "2026-11-24", "motif": "trop"}}, 201,
        ),
        (
            "POST", f"{API}/relances/clients/{{id}}/promesse/",
            {"id": due.client_id, "corps": {"le": "2026-11-30"}}, 200,
        ),
        (
            "POST", f"{API}/relances/clients/{{id}}/plan/",
            {"id": due.client_id, "corps": {"plan": None}}, 200,
        ),
        ("GET", f"{API}/relances/apercu/", {}, 200),
        ("GET", f"{API}/relances/statistiques/", {}, 200),
        ("GET", f"{API}/relances/clients/{{id}}/decompte/", {"id": due.client_id}, 200),
        ("POST", f"{API}/relances/taux/", {"corps": TAUX}, 201),
        ("POST", f"{API}/sauvegardes/lancer/", {}, 202),
        ("GET", f"{API}/exports/tables/", {}, 200),
    ]  # fmt: skip


def test_what_succeeds_answers_what_the_document_says(monde):
    monde.rafraichir()
    for methode, chemin, demande, attendu in _du_monde():
        statut, corps = appeler(methode, chemin, monde, **demande)

        assert statut == attendu, (methode, chemin, corps)
