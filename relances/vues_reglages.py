"""What the office sets of the reminders over HTTP: plans, levels, general settings."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from artjardin.api.vues import Consultation, Vue
from relances import serializers, services
from relances.models import Niveau, PlanDeRelance, Reglages


class NiveauViewSet(mixins.CreateModelMixin, mixins.UpdateModelMixin, Consultation):
    """The levels of the plans, ordered by days past the due date."""

    serializer_class = serializers.NiveauSerializer
    queryset = Niveau.objects.all()
    filterset_fields = ["plan", "ton", "actif"]
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    tris = {"jours": "jours"}
    cherche_dans = ("nom",)
    droits = {
        "list": "relances.view_niveau",
        "retrieve": "relances.view_niveau",
        "create": "relances.add_niveau",
        "partial_update": "relances.change_niveau",
        "destroy": "relances.delete_niveau",
    }

    def perform_create(self, serializer: BaseSerializer) -> None:
        serializer.instance = services.enregistrer_niveau(
            Niveau(), par=self.auteur, **serializer.validated_data
        )

    def perform_update(self, serializer: BaseSerializer) -> None:
        serializer.instance = services.enregistrer_niveau(
            self.get_object(), par=self.auteur, **serializer.validated_data
        )

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        services.supprimer_niveau(self.get_object(), par=self.auteur)
        return Response(status=status.HTTP_204_NO_CONTENT)


class PlanViewSet(mixins.CreateModelMixin, mixins.UpdateModelMixin, Consultation):
    """The plans, with their levels."""

    serializer_class = serializers.PlanSerializer
    queryset = PlanDeRelance.objects.prefetch_related("niveaux")
    http_method_names = ["get", "post", "patch", "head", "options"]
    tris = {"nom": "nom"}
    cherche_dans = ("nom",)
    droits = {
        "list": "relances.view_planderelance",
        "retrieve": "relances.view_planderelance",
        "create": "relances.add_planderelance",
        "partial_update": "relances.change_planderelance",
    }

    def perform_create(self, serializer: BaseSerializer) -> None:
        serializer.instance = services.enregistrer_plan(
            PlanDeRelance(), par=self.auteur, **serializer.validated_data
        )

    def perform_update(self, serializer: BaseSerializer) -> None:
        serializer.instance = services.enregistrer_plan(
            self.get_object(), par=self.auteur, **serializer.validated_data
        )


class ReglagesVue(Vue):
    """The general settings: one row, read and changed."""

    serializer_class = serializers.ReglagesSerializer
    queryset = Reglages.objects.all()
    pagination_class = None
    filter_backends: list[Any] = []
    droits = {"lire": "relances.view_reglages", "modifier": "relances.change_reglages"}

    @extend_schema(responses=serializers.ReglagesSerializer)
    def lire(self, request: Request) -> Response:
        return self.rendre(Reglages.les_notres())

    @extend_schema(request=serializers.ReglagesSerializer)
    def modifier(self, request: Request) -> Response:
        champs = self.corps(serializers.ReglagesSerializer, partial=True)
        return self.rendre(services.modifier_reglages(par=self.auteur, **champs))
