"""What a restored backup forgot and the archive holds, over HTTP."""

from __future__ import annotations

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from artjardin.api.vues import Consultation
from artjardin.storage.models import Orphelin
from artjardin.storage.orphelins import regler
from facturation.serializers import MotifSerializer
from ops.recherche import du_client


class OrphelinSerializer(serializers.ModelSerializer):
    a_saisir = serializers.BooleanField(source="est_a_regler", read_only=True)

    class Meta:
        model = Orphelin
        fields = [
            "id", "numero", "type", "client_ref", "a_saisir", "le", "cle", "sha256", "depose_le",
            "vu_le", "regle_le", "regle_par", "motif",
        ]  # fmt: skip


class OrphelinFiltre(django_filters.FilterSet):
    regle = django_filters.BooleanFilter("regle_le", lookup_expr="isnull", exclude=True)
    a_saisir = django_filters.BooleanFilter(method="_a_saisir")

    def _a_saisir(self, perdus: Any, _nom: str, voulu: bool) -> Any:  # noqa: FBT001 - its signature
        a_regler = Orphelin.objects.a_regler().values("pk")
        return perdus.filter(pk__in=a_regler) if voulu else perdus.exclude(pk__in=a_regler)

    class Meta:
        model = Orphelin
        fields = ["type", "numero", "client_ref"]


class OrphelinViewSet(Consultation):
    """Documents of the archive that the restored database does not know."""

    serializer_class = OrphelinSerializer
    queryset = Orphelin.objects.all()
    filterset_class = OrphelinFiltre
    cherche_dans = ("numero", "cle")
    cherche_aussi = staticmethod(du_client)
    droits = {
        "list": "storage.view_orphelin",
        "retrieve": "storage.view_orphelin",
        "regler": "storage.change_orphelin",
    }

    @extend_schema(request=MotifSerializer, responses=OrphelinSerializer)
    @action(detail=True, methods=["post"])
    def regler(self, request: Request, pk: str) -> Response:
        """It will not be entered again: its number may be given to somebody else."""
        recu = MotifSerializer(data=request.data)
        recu.is_valid(raise_exception=True)
        motif = recu.validated_data["motif"]
        return self.rendre(regler(self.get_object(), motif=motif, par=self.auteur))
