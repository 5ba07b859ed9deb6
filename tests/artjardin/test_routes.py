"""Every route of the product, asked by everyone: docs/roles.md says exactly what each answers."""

from __future__ import annotations

import logging
import os

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import transaction
from django.template.response import SimpleTemplateResponse

from artjardin.api.permissions import SelonDroits
from tests.artjardin.lieux import Lieux
from tests.artjardin.matrice import FICHIER, Document, ecarts, rediger
from tests.artjardin.routes import Passant, hors_de_portee, mesurer, passants, routes

VUES = {route.adresse: route.vue for route in routes() if hasattr(route.vue, "cls")}


@pytest.fixture(scope="module")
def marche(django_db_setup, django_db_blocker):
    """The whole walk, once; pages are not drawn, nobody waits for a PDF, nothing is kept."""
    with pytest.MonkeyPatch.context() as sans, django_db_blocker.unblock(), transaction.atomic():
        sans.setattr("artjardin.api.pdf.PATIENCE", 0.0)
        sans.setattr("relances.admin.textes.import_string", lambda _: lambda _: b"%PDF")
        sans.setattr(SimpleTemplateResponse, "rendered_content", property(lambda _page: ""))
        sans.setattr(type(admin.site), "each_context", lambda *_: {})
        sans.setattr("django.conf.settings.ADRESSE_PUBLIQUE", "https://art-jardin.example")
        sans.setattr("django.conf.settings.REBONDS_FOURNISSEUR", "brevo")
        sans.setattr("django.conf.settings.REBONDS_SECRET", "secret-des-essais")
        sans.setattr("django.conf.settings.API_PAR_MINUTE", 10**6)
        logging.disable(logging.CRITICAL)
        with time_machine.travel("2026-11-24T10:00:00+01:00", tick=True):
            lieux = Lieux()
            gens = passants(lieux)
            yield lieux, gens, mesurer(lieux, gens)
        logging.disable(logging.NOTSET)
        transaction.set_rollback(True)


def test_the_matrix_of_roles_is_what_the_product_does(marche):
    *_, mesures = marche
    document = Document(FICHIER.read_text(encoding="utf-8"))
    _rendre(rediger(mesures, document))

    fautes = ecarts(mesures, document)

    assert not fautes, "docs/roles.md :\n" + "\n".join(fautes)


def test_what_is_out_of_reach_answers_404(marche):
    recus = dict(hors_de_portee(*marche))

    assert {question: recu for question, recu in recus.items() if recu != "404"} == {}
    assert recus.keys() >= {
        ("Employé", "GET", "/api/v1/clients/{pk}/"),
        ("Employé", "GET", "/admin/clients/client/{id}/change/"),
        ("Employé", "GET", "/admin/chantiers/chantier/{id}/history/"),
        ("Employé", "POST", "/api/v1/interventions/{pk}/demarrer/"),
        ("Comptable", "GET", "/api/v1/exports/{pk}/telecharger/"),
        ("Comptable", "GET", "/admin/ops/export/{id}/"),
    }


def test_head_follows_get(marche):
    lieux, gens, mesures = marche
    employe = gens[1]

    for route in routes():
        if route.adresse.startswith("/api/v1/"):
            adresse = lieux.adresse(route, employe.nom)
            recu = employe.demander("HEAD", adresse, en_page=False)
            assert recu == mesures[route.nom, "GET"][1], adresse


def test_options_describes_what_one_may_send_and_shows_no_row(marche):
    lieux, gens, mesures = marche

    for rang in (1, 3):
        for route in routes():
            if route.adresse.startswith("/api/v1/"):
                decrit = gens[rang].lire("OPTIONS", lieux.adresse(route, gens[rang].nom))
                actions = decrit.get("actions", {})
                assert {"results", "id", "nom"}.isdisjoint(decrit), route
                assert all(mesures[route.nom, une][rang] == "oui" for une in actions), route


def test_a_session_answers_as_a_token_does(marche):
    """The walk shows a token to the API; the browsable API comes by the session."""
    lieux, gens, mesures = marche
    for rang in (1, 2):
        sans_jeton = Passant(gens[rang].nom, gens[rang].http)
        sans_jeton.http.credentials()
        for route in routes():
            if route.adresse.startswith("/api/v1/"):
                adresse = lieux.adresse(route, sans_jeton.nom)
                recu = sans_jeton.demander("GET", adresse, en_page=False)
                assert recu == mesures[route.nom, "GET"][rang], adresse


def _rendre(texte):
    """For `python -m tests.artjardin.roles`."""
    match os.environ.get("MATRICE"):
        case "imprimer":
            print(texte)  # noqa: T201
        case "ecrire":
            FICHIER.write_text(texte, encoding="utf-8")


@pytest.mark.parametrize("chemin", [c for c, vue in VUES.items() if hasattr(vue, "actions")])
def test_every_action_names_its_right(chemin):
    vue = VUES[chemin]

    if SelonDroits in vue.cls.permission_classes:
        absents = {a for a in vue.actions.values() if a not in vue.cls.droits}
        assert absents <= {"update"}, f"{vue.cls.__name__} : {absents}"


@pytest.mark.django_db
def test_every_right_named_by_a_view_exists():
    connus = {
        f"{droit.content_type.app_label}.{droit.codename}"
        for droit in Permission.objects.select_related("content_type")
    }

    for vue in VUES.values():
        assert set(getattr(vue.cls, "droits", {}).values()) <= connus, vue.cls


def test_an_action_without_an_entry_is_refused_not_crashed(rf, django_user_model):
    class Vue:
        action = "inventee"
        droits = {}

    requete = rf.get("/")
    requete.user = django_user_model(is_superuser=True, is_active=True)

    assert SelonDroits().has_permission(requete, Vue()) is False
