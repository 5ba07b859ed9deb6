"""The pages of the office, behind the second factor and the fresh code; the API answers itself."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse

from artjardin.accounts.exigence import exiger_le_second_facteur
from artjardin.erreurs import Interdit

# These answer by themselves, or to anybody
OUVERTES = (
    "/static/",
    "/api/",
    "/live",
    "/ready",
    "/health/",
    "/metrics",
    "/reglement/",
    "/rebonds/",
    "/acces/",
)
PAGES = {"second_facteur_requis": "second-facteur", "code_frais_requis": "code-frais"}


class Barriere:
    """Sends to the page that asks for what is missing, and comes back."""

    def __init__(self, suite: Callable[[HttpRequest], HttpResponse]) -> None:
        self.suite = suite

    def __call__(self, requete: HttpRequest) -> HttpResponse:
        try:
            self._exiger(requete)
        except Interdit as refus:
            return _detourner(requete, refus)
        return self.suite(requete)

    def process_exception(self, requete: HttpRequest, erreur: Exception) -> HttpResponse | None:
        """A page that asks for a fresh code by itself (exiger_un_code_frais)."""
        if isinstance(erreur, Interdit) and erreur.code in PAGES:
            return _detourner(requete, erreur)
        return None

    def _exiger(self, requete: HttpRequest) -> None:
        chemin = requete.path
        if chemin.startswith(OUVERTES) or chemin in _pages_du_facteur():
            return
        if requete.user.is_authenticated:
            exiger_le_second_facteur(requete.user)


def _pages_du_facteur() -> set[str]:
    """Those that put the factor in place, or leave."""
    return {reverse(nom) for nom in ("second-facteur", "admin:logout", "admin:login")}


def _detourner(requete: HttpRequest, refus: Interdit) -> HttpResponse:
    if "text/html" not in requete.headers.get("Accept", "text/html"):
        corps = {"code": refus.code, "message": refus.message, "champs": {}}
        return JsonResponse(corps, status=403)
    ensuite = requete.get_full_path() if requete.method == "GET" else requete.path
    return HttpResponseRedirect(f"{reverse(PAGES[refus.code])}?{urlencode({'next': ensuite})}")
