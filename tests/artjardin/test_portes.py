"""Three callers walk every route: a patron without a factor, and the keys of two machines."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from artjardin.accounts.auteur import personne
from artjardin.accounts.jetons import creer_jeton
from artjardin.api.permissions import SelonDroits
from artjardin.branchements import PORTEES_DES_CLES
from ops.comptes.cles import creer_cle
from tests.artjardin.routes import METHODES, Passant, Route, routes
from tests.connexion import se_connecter

pytestmark = pytest.mark.django_db
# What a patron without a factor reaches: themselves, the setup, the way out, what is open to all
AVANT = {
    "/api/v1/auth/me/", "/api/v1/auth/logout/", "/api/v1/auth/logout-all/",
    "/api/v1/auth/2fa/", "/api/v1/auth/2fa/setup/", "/api/v1/auth/2fa/verify/",
    "/admin/securite/second-facteur/", "/admin/logout/", "/admin/login/",
}  # fmt: skip
OUVERTES = {
    "/live", "/ready", "/health/detailed", "/reglement/{jeton}/", "/rebonds/{fournisseur}/",
    "/acces/oubli/", "/acces/{secret}/", "/api/v1/auth/login/", "/api/v1/auth/mot-de-passe/oubli/",
    "/api/v1/auth/mot-de-passe/choix/",
}  # fmt: skip


def adresse(route: Route) -> str:
    """No row is needed: who may not come in is refused before any is looked for."""
    return re.sub(r"\{\w+\}", "1", route.adresse).replace("/1.csv", "/factures.csv")


def autres() -> list[Route]:
    return [route for route in routes() if route.adresse not in AVANT | OUVERTES]


def recus(http: APIClient, les_routes: list[Route], methodes=METHODES) -> dict[tuple, str]:
    un = Passant("", http)
    return {
        (route.nom, methode): un.demander(methode, adresse(route), en_page=route.en_page)
        for route in les_routes
        for methode in methodes
    }


def test_the_routes_named_here_exist():
    assert {route.adresse for route in routes()} >= AVANT | OUVERTES


def test_a_patron_without_a_factor_is_sent_to_its_setup_from_every_page(patron):
    pages = [route for route in autres() if not route.adresse.startswith("/api/")]
    http = se_connecter(APIClient(), patron, verifie=False)

    assert len(pages) > 200
    sorts = recus(http, pages)
    fermes = {"facteur", "405", "403"}  # 403: said in JSON to who asks for JSON
    assert {ou: quoi for ou, quoi in sorts.items() if quoi not in fermes} == {}


@pytest.mark.parametrize("porte", ["jeton", "session"])
def test_a_patron_without_a_factor_reaches_nothing_of_the_api(patron, porte):
    http = se_connecter(APIClient(), patron, verifie=False)
    if porte == "jeton":
        http = APIClient(headers={"Authorization": f"Bearer {creer_jeton(patron)[0]}"})
    api = [route for route in autres() if hasattr(route.vue, "cls") and not route.en_page]
    api = [route for route in api if porte == "jeton" or route.adresse.startswith("/api/")]

    assert len(api) > 100
    sorts = recus(http, api)
    assert {ou: quoi for ou, quoi in sorts.items() if quoi not in {"facteur", "405"}} == {}


@pytest.mark.parametrize("portee", sorted(PORTEES_DES_CLES))
def test_a_key_reads_what_its_scope_names_and_changes_nothing(patron, portee):
    secret, _ = creer_cle(
        nom="essai", portee=portee, expire_le=timezone.now() + timedelta(days=1),
        par=personne(patron),
    )  # fmt: skip
    http = APIClient(headers={"Authorization": f"Bearer {secret}"})
    siennes = [r for r in autres() if hasattr(r.vue, "cls") and not r.en_page]

    ecrits = recus(http, siennes, METHODES[1:])
    assert {ou: quoi for ou, quoi in ecrits.items() if quoi not in {"403", "405"}} == {}
    lues = {nom for (nom, _), quoi in recus(http, siennes, ["GET"]).items() if quoi in OUI}
    assert lues == {route.nom for route in siennes if _est_de_la_portee(route, portee)}


OUI = {"oui", "404"}  # 404: no such row, for who may read it


def _est_de_la_portee(route: Route, portee: str) -> bool:
    vue, action = route.vue.cls, getattr(route.vue, "actions", {}).get("get")
    if SelonDroits not in vue.permission_classes:
        return route.adresse == "/api/v1/"
    return bool(action) and vue.droits.get(action) in PORTEES_DES_CLES[portee]
