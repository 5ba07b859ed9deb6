"""Outbox, archives, journal, runs and health over HTTP."""

from __future__ import annotations

import pytest
import time_machine
from django.utils import timezone

from artjardin.audit.models import Entree
from artjardin.outbox.models import Courriel, Rebond
from artjardin.outbox.services import envoyer_les_courriels
from artjardin.storage.models import Document
from artjardin.storage.services import produire, produire_les_promis
from relances.services import relancer
from tests.clients.factories import creer_client
from tests.relances.factories import PAR, facture_due

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _un_jour_ouvrable():
    with time_machine.travel("2026-11-24T10:00:00+01:00", tick=True):
        yield


@pytest.fixture
def courriel() -> Courriel:
    jour = timezone.localdate()
    facture_due(creer_client(email="camille@example.org"), retard=40, au=jour)
    relancer(jour=jour, par=PAR)
    return Courriel.objects.get()


def test_the_history_shows_the_exact_message_and_its_pieces(http, courriel):
    detail = http.get(f"/api/v1/courriels/{courriel.pk}/").json()

    assert detail["a"] == ["camille@example.org"]
    assert detail["bcc"] == ["archives@art-jardin.example"]
    assert "FAC-" in detail["texte"]
    assert [piece["nom"] for piece in detail["pieces"]] == ["FAC-2025-0001.pdf"]


def test_the_mails_of_a_client_have_their_own_address(http, courriel):
    autre = creer_client()
    du_client = http.get(f"/api/v1/clients/{courriel.client_ref}/courriels/").json()["results"]

    assert [ligne["id"] for ligne in du_client] == [courriel.pk]
    assert http.get(f"/api/v1/clients/{autre.pk}/courriels/").json()["results"] == []
    assert http.get("/api/v1/clients/999999/courriels/").status_code == 404


def test_the_file_of_a_client_says_that_its_address_bounced(http, courriel):
    fiche = f"/api/v1/clients/{courriel.client_ref}/"
    avant = http.get(fiche).json()["email_en_erreur"]
    Rebond.objects.create(adresse="camille@example.org", definitif=True, source="smtp")

    assert (avant, http.get(fiche).json()["email_en_erreur"]) == (False, True)


def test_the_history_is_filtered(http, courriel):
    def trouves(filtres: str) -> int:
        return len(http.get(f"/api/v1/courriels/?{filtres}").json()["results"])

    piece = courriel.pieces.get().document_id
    assert trouves(f"client={courriel.client_ref}&type=relance&statut=en_attente") == 1
    assert trouves(f"document={piece}&du={timezone.localdate()}") == 1
    assert trouves("statut=envoye") == trouves("client=0") == 0


def test_a_waiting_mail_is_cancelled_once_and_never_leaves(http, courriel):
    premiere = http.post(f"/api/v1/courriels/{courriel.pk}/annuler/")
    seconde = http.post(f"/api/v1/courriels/{courriel.pk}/annuler/")
    produire_les_promis()
    envoyer_les_courriels()

    assert (premiere.status_code, seconde.status_code) == (200, 409)
    assert http.get(f"/api/v1/courriels/{courriel.pk}/").json()["statut"] == "annule"


def test_only_an_uncertain_mail_is_settled(http, courriel):
    refus = http.post(f"/api/v1/courriels/{courriel.pk}/constater/", {"arrive": True})
    Courriel.objects.update(statut="incertain", remis_le=timezone.now())

    constat = http.post(f"/api/v1/courriels/{courriel.pk}/constater/", {"arrive": True})

    assert refus.status_code == 409
    assert (constat.status_code, constat.json()["statut"]) == (200, "envoye")


def test_documents_are_listed_and_downloaded(http, courriel):
    document = courriel.pieces.get().document
    attendus = http.get("/api/v1/archives/?produit=false").json()["results"]
    produire(document)

    reponse = http.get(f"/api/v1/archives/{document.pk}/telecharger/")

    assert [ligne["id"] for ligne in attendus] == [document.pk]
    assert http.get("/api/v1/archives/?produit=false").json()["results"] == []
    assert reponse["Content-Type"] == "application/pdf"
    assert reponse.content.startswith(b"%PDF")
    assert reponse["ETag"] == f'"{Document.objects.get().sha256}"'
    (entree,) = Entree.objects.filter(action="archive.telechargee")
    assert (entree.objet_id, entree.acteur_nom) == (document.pk, "Claire Moreau")


@pytest.mark.usefixtures("courriel")
def test_the_journal_and_the_runs_are_readable_by_patrons_only(http, connecter, comptable):
    actions = [ligne["action"] for ligne in http.get("/api/v1/journal/").json()["results"]]
    executions = http.get("/api/v1/executions/?tache=relances").json()["results"]

    assert {"client.cree", "facture.emise", "relances.passage"} <= set(actions)
    assert [ligne["resultat"] for ligne in executions] == ["reussi"]
    assert connecter(comptable).get("/api/v1/journal/").status_code == 403


def test_headers_are_strict_and_relaxed_only_where_needed(http, client):
    strict = client.get("/live").headers["Content-Security-Policy"]
    admin = client.get("/admin/login/").headers["Content-Security-Policy"]

    assert "unsafe" not in strict
    assert "script-src 'self' 'unsafe-eval'" in admin
    for politique in (strict, admin):
        assert {"object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(
            politique.split("; ")
        )
    reponse = http.get("/api/v1/clients/")
    assert reponse.headers["Cache-Control"] == "no-store"
    assert reponse.headers["X-Frame-Options"] == "DENY"
    assert reponse.headers["X-Content-Type-Options"] == "nosniff"
    assert reponse.headers["Referrer-Policy"] == "same-origin"


def test_the_root_names_the_resources_and_nothing_else_answers_html(http, client):
    racine = http.get("/api/v1/").json()
    ailleurs = http.get("/api/v1/plantes/")

    assert http.get(racine["factures"]).status_code == 200
    assert (ailleurs.status_code, ailleurs.json()["message"]) == (404, "Introuvable.")
    assert client.get("/api/v1/").status_code in {401, 403}
    assert "Page introuvable" in client.get("/nulle-part").content.decode()
