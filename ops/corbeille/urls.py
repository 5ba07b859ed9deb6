"""The addresses of the trash: pages for a browser, JSON for the rest (design §6)."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponseBase
from django.urls import path

from ops.admin import corbeille as pages
from ops.corbeille.vues import CorbeilleViewSet, EffacementVue

JSON, HTML = "application/json", "text/html"


def selon_le_lecteur(api: Any, page: Callable[..., Any]) -> Any:
    """The page when the request prefers HTML (a browser), else the API; each with its own login."""
    protegee = admin.site.admin_view(page)

    def vue(request: HttpRequest, **parametres: Any) -> HttpResponseBase:
        html = request.get_preferred_type([JSON, HTML]) == HTML
        return (protegee if html else api)(request, **parametres)

    return update_wrapper(vue, api)  # `cls`, `actions`, `csrf_exempt`: it is still that API


api = CorbeilleViewSet.as_view
urlpatterns = [
    path(
        "admin/trash/",
        selon_le_lecteur(api({"get": "sommaire"}), pages.accueil),
        name="corbeille",
    ),
    path("admin/trash/stats/", selon_le_lecteur(api({"get": "stats"}), pages.accueil)),
    path(
        "admin/trash/purge/",
        selon_le_lecteur(api({"post": "purge_tout"}), pages.purger_tout),
        name="corbeille-purger-tout",
    ),
    path(
        "admin/trash/effacement/<int:pk>/",
        admin.site.admin_view(pages.effacer),
        name="corbeille-effacer",
    ),
    path(
        "admin/trash/<slug:entite>/",
        selon_le_lecteur(api({"get": "list"}), pages.liste),
        name="corbeille-liste",
    ),
    path(
        "admin/trash/<slug:entite>/<int:pk>/",
        selon_le_lecteur(api({"get": "retrieve"}), pages.detail),
        name="corbeille-detail",
    ),
    path(
        "admin/trash/<slug:entite>/<int:pk>/restore/",
        selon_le_lecteur(api({"post": "restore"}), pages.ramener),
        name="corbeille-restaurer",
    ),
    path(
        "admin/trash/<slug:entite>/<int:pk>/purge/",
        selon_le_lecteur(api({"post": "purge"}), pages.purger),
        name="corbeille-purger",
    ),
    path(
        "api/v1/clients/<int:client>/effacement/",
        EffacementVue.as_view({"get": "retrieve", "post": "create"}),
        name="effacement",
    ),
]
