"""API of clients."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from artjardin.api.vues import Consultation, Corbeille
from clients.filtres import ClientFiltre
from clients.models import Client
from clients.serializers import (
    ClientEcritSerializer,
    ClientFicheSerializer,
    ClientSerializer,
    DoublonSerializer,
    ExclusionSerializer,
)
from clients.services import (
    creer_client,
    exclure_des_relances,
    groupes_de_doublons,
    modifier_client,
    reprendre_les_relances,
)


class ClientVue(mixins.CreateModelMixin, mixins.UpdateModelMixin, Corbeille, Consultation):
    """Clients. A creation or a change answers with `avertissements`: the likely duplicates."""

    queryset = Client.objects.all()
    serializer_class = ClientSerializer
    filterset_class = ClientFiltre
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    tris = {"nom": "nom_tri", "-cree_le": "-cree_le", "code": "code", "ville": "ville"}
    droits = {
        "list": "clients.view_client",
        "retrieve": "clients.view_client",
        "doublons": "clients.view_client",
        "create": "clients.add_client",
        "partial_update": "clients.change_client",
        "destroy": "clients.delete_client",
        "exclure": "clients.change_client",
        "reprendre": "clients.change_client",
    }

    def get_serializer_class(self) -> type[BaseSerializer]:
        if self.action == "retrieve":
            return ClientFicheSerializer
        ecrit = self.action in {"create", "partial_update"}
        return ClientEcritSerializer if ecrit else ClientSerializer

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = creer_client(par=self.auteur, **serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        serializer.instance = modifier_client(
            serializer.instance, par=self.auteur, **serializer.validated_data
        )

    @extend_schema(request=ExclusionSerializer, responses=ClientSerializer)
    @action(detail=True, methods=["post"])
    def exclure(self, request: Request, pk: str) -> Response:
        """No reminder for this client, for a reason, until a date or further notice."""
        entree = ExclusionSerializer(data=request.data)
        entree.is_valid(raise_exception=True)
        client = self.get_object()
        return self.rendre(exclure_des_relances(client, par=self.auteur, **entree.validated_data))

    @extend_schema(request=None, responses=ClientSerializer)
    @action(detail=True, methods=["post"])
    def reprendre(self, request: Request, pk: str) -> Response:
        """Remind this client again."""
        return self.rendre(reprendre_les_relances(self.get_object(), par=self.auteur))

    @extend_schema(responses=DoublonSerializer(many=True))
    @action(detail=False, pagination_class=None, filter_backends=[])
    def doublons(self, request: Request) -> Response:
        """Groups of likely duplicates across the base, at most 200."""
        groupes = groupes_de_doublons()
        return Response(DoublonSerializer(groupes, many=True).data)
