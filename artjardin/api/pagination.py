"""Cursor pagination, `?tri=` and `?recherche=` of every list."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.filters import BaseFilterBackend
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from artjardin.erreurs import Invalide


class Curseur(CursorPagination):
    """Keyset pages: the thousandth page costs what the first does.

    The view's `tris` maps the public name of an order to a column; the first one is the default.
    """

    page_size = 50
    max_page_size = 200
    page_size_query_param = "taille"
    cursor_query_param = "curseur"
    cursor_query_description = "Position dans la liste, donnée par `next` et `previous`."

    def get_ordering(self, request: Request, queryset: QuerySet, view: Any) -> tuple[str, ...]:
        tris: dict[str, str] = getattr(view, "tris", {"-id": "-id"})
        demande = request.query_params.get("tri") or next(iter(tris))
        permis = tris | {_inverse(nom): _inverse(colonne) for nom, colonne in tris.items()}
        if demande not in permis:
            raise Invalide(
                "Tri inconnu.", champs={"tri": [f"Choix : {', '.join(sorted(permis))}."]}
            )
        colonne = permis[demande]
        identifiant = "-id" if colonne.startswith("-") else "id"
        return (colonne,) if colonne.lstrip("-") == "id" else (colonne, identifiant)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        tri = {"name": "tri", "in": "query", "required": False, "schema": {"type": "string"}}
        return [*super().get_schema_operation_parameters(view), tri]


def _inverse(tri: str) -> str:
    return tri[1:] if tri.startswith("-") else f"-{tri}"


class Filtres(DjangoFilterBackend):
    """The view's filters, built only when the request names one: the form costs a millisecond."""

    SANS_FILTRE = frozenset({"curseur", "taille", "tri", "recherche"})

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        if request.query_params.keys() <= self.SANS_FILTRE:
            return queryset
        return super().filter_queryset(request, queryset, view)


class Recherche(BaseFilterBackend):
    """`?recherche=`: asks the model's own `rechercher()`, which forgives accents and typos."""

    def filter_queryset(self, request: Request, queryset: Any, view: Any) -> Any:
        demande = request.query_params.get("recherche", "").replace("\x00", "").strip()
        if not demande or not hasattr(queryset, "rechercher"):
            return queryset
        return queryset.rechercher(demande[:100])

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [
            {"name": "recherche", "in": "query", "required": False, "schema": {"type": "string"}},
        ]
