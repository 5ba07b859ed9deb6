"""The incidents over HTTP: what is down, what was, who looks after it."""

from __future__ import annotations

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from artjardin.api.vues import Consultation
from ops.veille import services
from ops.veille.models import Incident


class IncidentSerializer(serializers.ModelSerializer):
    ouvert = serializers.BooleanField(source="est_ouvert", read_only=True)

    class Meta:
        model = Incident
        fields = [
            "id", "numero", "cle", "titre", "gravite", "ouvert", "ouvert_le", "dernier_message",
            "remede", "rappels", "instable", "acquitte_le", "acquitte_nom", "commentaire",
            "clos_le",
        ]  # fmt: skip


class AcquitterSerializer(serializers.Serializer):
    commentaire = serializers.CharField(max_length=1000, required=False, allow_blank=True)


class IncidentFiltre(django_filters.FilterSet):
    ouvert = django_filters.BooleanFilter("clos_le", lookup_expr="isnull")
    acquitte = django_filters.BooleanFilter("acquitte_le", lookup_expr="isnull", exclude=True)
    du = django_filters.DateFilter("ouvert_le", lookup_expr="date__gte")
    au = django_filters.DateFilter("ouvert_le", lookup_expr="date__lte")

    class Meta:
        model = Incident
        fields = ["cle", "gravite"]


class IncidentViewSet(Consultation):
    """What was told to be down, until it was well again."""

    queryset = Incident.objects.all()
    serializer_class = IncidentSerializer
    filterset_class = IncidentFiltre
    tris = {"-ouvert_le": "-ouvert_le"}
    cherche_dans = ("titre", "dernier_message")
    droits = {
        "list": "ops.view_incident",
        "retrieve": "ops.view_incident",
        "acquitter": "ops.acquitter_incident",
    }

    @extend_schema(request=AcquitterSerializer)
    @action(detail=True, methods=["post"])
    def acquitter(self, request: Request, pk: str) -> Response:
        """Say that somebody looks after it: its reminders stop, its end is still told."""
        champs = self.corps(AcquitterSerializer)
        return self.rendre(services.acquitter(self.get_object(), par=self.auteur, **champs))
