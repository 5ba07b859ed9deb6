"""API of sites, interventions and kinds of work."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from artjardin.api.vues import Consultation, Corbeille
from chantiers import services
from chantiers.filtres import ChantierFiltre, InterventionFiltre
from chantiers.models import Chantier, Intervention, TypeService
from chantiers.serializers import (
    ChantierSerializer,
    InterventionSerializer,
    PlanificationSerializer,
    StatutSerializer,
    TypeServiceSerializer,
)

SANS_PUT = ["get", "post", "patch", "delete", "head", "options"]


class TypeServiceVue(Consultation):
    """Kinds of work, kept by the office in the admin."""

    queryset = TypeService.objects.all()
    serializer_class = TypeServiceSerializer
    tris = {"nom": "nom"}
    cherche_dans = ("nom",)
    droits = {"list": "chantiers.view_typeservice", "retrieve": "chantiers.view_typeservice"}


class ChantierVue(mixins.CreateModelMixin, mixins.UpdateModelMixin, Corbeille, Consultation):
    """Sites; without an address they take their client's."""

    queryset = Chantier.objects.select_related("client", "responsable").prefetch_related("services")
    serializer_class = ChantierSerializer
    filterset_class = ChantierFiltre
    http_method_names = SANS_PUT
    tris = {"-cree_le": "-cree_le", "nom": "nom", "ville": "ville", "statut": "statut"}
    droits = {
        "list": "chantiers.view_chantier",
        "retrieve": "chantiers.view_chantier",
        "create": "chantiers.add_chantier",
        "partial_update": "chantiers.change_chantier",
        "destroy": "chantiers.delete_chantier",
        "statut": "chantiers.change_chantier",
    }

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = services.creer_chantier(par=self.auteur, **serializer.validated_data)

    def perform_update(self, serializer: Any) -> None:
        serializer.instance = services.modifier_chantier(
            serializer.instance, par=self.auteur, **serializer.validated_data
        )

    @extend_schema(request=StatutSerializer, responses=ChantierSerializer)
    @action(detail=True, methods=["post"])
    def statut(self, request: Request, pk: str) -> Response:
        """Move along the pipeline; 409 when it forbids the step."""
        entree = StatutSerializer(data=request.data)
        entree.is_valid(raise_exception=True)
        vers = entree.validated_data["statut"]
        return self.rendre(services.changer_statut(self.get_object(), vers=vers, par=self.auteur))


class InterventionVue(mixins.CreateModelMixin, mixins.UpdateModelMixin, Corbeille, Consultation):
    """Interventions. Start and stop take the server's clock."""

    queryset = Intervention.objects.select_related("chantier__client", "employe")
    serializer_class = InterventionSerializer
    filterset_class = InterventionFiltre
    http_method_names = SANS_PUT
    tris = {"-prevu_debut": "-prevu_debut", "statut": "statut"}
    droits = {
        "list": "chantiers.view_intervention",
        "retrieve": "chantiers.view_intervention",
        "create": "chantiers.add_intervention",
        "partial_update": "chantiers.change_intervention",
        "destroy": "chantiers.delete_intervention",
        "demarrer": "chantiers.pointer_intervention",
        "arreter": "chantiers.pointer_intervention",
        "valider": "chantiers.valider_intervention",
        "annuler": "chantiers.change_intervention",
    }

    def get_serializer_class(self) -> type[BaseSerializer]:
        return PlanificationSerializer if self.action == "create" else InterventionSerializer

    def perform_create(self, serializer: Any) -> None:
        serializer.instance = services.planifier_intervention(
            par=self.auteur, **serializer.validated_data
        )

    def perform_update(self, serializer: Any) -> None:
        serializer.instance = services.modifier_intervention(
            serializer.instance, par=self.auteur, **serializer.validated_data
        )

    @extend_schema(request=None, responses=InterventionSerializer)
    @action(detail=True, methods=["post"])
    def demarrer(self, request: Request, pk: str) -> Response:
        """Start now: one's own, or anyone's for who may validate."""
        return self.rendre(services.demarrer_intervention(self.get_object(), par=self.auteur))

    @extend_schema(request=None, responses=InterventionSerializer)
    @action(detail=True, methods=["post"])
    def arreter(self, request: Request, pk: str) -> Response:
        """Stop now: one's own, or anyone's for who may validate."""
        return self.rendre(services.arreter_intervention(self.get_object(), par=self.auteur))

    @extend_schema(request=None, responses=InterventionSerializer)
    @action(detail=True, methods=["post"])
    def valider(self, request: Request, pk: str) -> Response:
        """Accept the hours: nothing changes after."""
        return self.rendre(services.valider_intervention(self.get_object(), par=self.auteur))

    @extend_schema(request=None, responses=InterventionSerializer)
    @action(detail=True, methods=["post"])
    def annuler(self, request: Request, pk: str) -> Response:
        """Free the employee, before the start only."""
        return self.rendre(services.annuler_intervention(self.get_object(), par=self.auteur))
