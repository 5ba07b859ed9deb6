"""The trash as patrons see it: what lies there, and bringing it back (design §6)."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from artjardin.api.vues import Vue
from artjardin.softdelete.models import Supprimable
from artjardin.softdelete.services import restaurer
from chantiers.models import Chantier, Intervention
from clients.models import Client
from facturation.models import Devis, Facture

ENTITES: dict[str, type[Supprimable]] = {
    "clients": Client,
    "chantiers": Chantier,
    "interventions": Intervention,
    "devis": Devis,
    "factures": Facture,
}


class SupprimeSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    nom = serializers.CharField(source="__str__")
    supprime_le = serializers.DateTimeField()
    supprime_par = serializers.CharField()
    lot = serializers.UUIDField(source="supprime_lot")


class CorbeilleViewSet(Vue):
    """What is in the trash, by entity; restoring brings back the whole batch."""

    serializer_class = SupprimeSerializer
    filter_backends: list[Any] = []
    tris = {"-supprime_le": "-supprime_le"}
    droits = {
        "stats": "clients.delete_client",
        "list": "clients.delete_client",
        "restore": "clients.delete_client",
    }

    def check_permissions(self, request: Request) -> None:
        """Each entity asks for its own right: that of sending it to the trash."""
        if modele := ENTITES.get(self.kwargs.get("entite", "")):
            droit = f"{modele._meta.app_label}.delete_{modele._meta.model_name}"
            self.droits = dict.fromkeys(self.droits, droit)
        super().check_permissions(request)

    def get_queryset(self) -> Any:
        modele = ENTITES.get(self.kwargs["entite"])
        if modele is None:
            raise Http404
        return modele.tous.supprimes().select_related("supprime_par")

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def stats(self, request: Request) -> Response:
        return Response({nom: modele.tous.supprimes().count() for nom, modele in ENTITES.items()})

    def list(self, request: Request, entite: str) -> Response:
        page = self.paginate_queryset(self.get_queryset())
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(request=None, responses=OpenApiTypes.OBJECT)
    def restore(self, request: Request, entite: str, pk: int) -> Response:
        return Response({"restaures": restaurer(self.get_object(), par=self.auteur)})
