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
from clients.filtres import ClientDEquipeFiltre, ClientFiltre
from clients.models import Client
from clients.serializers import (
    ClientDEquipeSerializer,
    ClientEcritSerializer,
    ClientFicheSerializer,
    ClientSerializer,
    ClientVuSerializer,
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
    """Clients. A creation or a change answers with `avertissements`: the likely duplicates.

    An employee reaches the clients of the sites at hand, and sees less of them.
    """

    queryset = Client.objects.all()
    serializer_class = ClientSerializer
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    droits = {
        "list": "clients.view_client",
        "retrieve": "clients.view_client",
        "doublons": "clients.voir_tous_clients",
        "create": "clients.add_client",
        "partial_update": "clients.change_client",
        "destroy": "clients.delete_client",
        "exclure": "clients.change_client",
        "reprendre": "clients.change_client",
    }

    @property
    def filterset_class(self) -> type[ClientDEquipeFiltre]:
        return ClientDEquipeFiltre if self.est_limitee else ClientFiltre

    @property
    def tris(self) -> dict[str, str]:
        vus = {"nom": "nom_tri", "code": "code"}
        return vus if self.est_limitee else vus | {"-cree_le": "-cree_le", "ville": "ville"}

    @extend_schema(responses=ClientVuSerializer(many=True))
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(responses=ClientVuSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().retrieve(request, *args, **kwargs)

    def get_serializer_class(self) -> type[BaseSerializer]:
        if self.est_limitee:
            return ClientDEquipeSerializer
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
