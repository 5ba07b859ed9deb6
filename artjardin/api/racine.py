"""The root of the API, and what answers where nothing is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import page_not_found
from drf_spectacular.utils import extend_schema
from rest_framework import permissions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

RESSOURCES = [
    "archives", "chantiers", "cles-api", "clients", "comptes", "courriels", "devis", "evenements",
    "executions", "exports", "factures", "interventions", "journal", "paiements", "prestations",
    "rebonds", "relances", "sauvegardes", "types-de-service",
]  # fmt: skip


class Racine(APIView):
    """Les ressources de l'API."""

    permission_classes = (permissions.IsAuthenticated,)

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        return Response({nom: request.build_absolute_uri(f"{nom}/") for nom in RESSOURCES})


def introuvable(requete: HttpRequest, exception: Exception) -> HttpResponse:
    """404: the API's error body below /api/, a page elsewhere."""
    if requete.path.startswith("/api/"):
        corps = {"code": "not_found", "message": "Introuvable.", "champs": {}}
        return JsonResponse(corps, status=404)
    return page_not_found(requete, exception)
