"""Bounces over HTTP: the list, lifting one, and what the provider announces."""

from __future__ import annotations

import django_filters
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from artjardin.api.vues import Consultation
from artjardin.outbox import services as outbox
from artjardin.outbox.fournisseurs import est_branche, lire_l_annonce
from artjardin.outbox.models import Rebond


class RebondSerializer(serializers.ModelSerializer):
    class Meta:
        model = Rebond
        fields = [
            "id", "courriel", "adresse", "le", "definitif", "code", "diagnostic", "source",
            "leve_le", "leve_par",
        ]  # fmt: skip


class RebondFiltre(django_filters.FilterSet):
    client = django_filters.NumberFilter(field_name="courriel__client_ref")
    adresse = django_filters.CharFilter(field_name="adresse", lookup_expr="iexact")
    leve = django_filters.BooleanFilter(field_name="leve_le", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Rebond
        fields = ["courriel", "definitif", "source"]


class RebondViewSet(Consultation):
    """Addresses that mail did not reach, and how it was learnt."""

    serializer_class = RebondSerializer
    filterset_class = RebondFiltre
    queryset = Rebond.objects.all()
    cherche_dans = ("adresse", "diagnostic")
    droits = {
        "list": "outbox.view_rebond",
        "retrieve": "outbox.view_rebond",
        "lever": "outbox.lever_rebond",
    }

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def lever(self, request: Request, pk: str) -> Response:
        """The address receives again: lift all that is held against it."""
        rebond = self.get_object()
        outbox.lever_le_rebond(rebond.adresse, par=self.auteur)
        rebond.refresh_from_db()
        return self.rendre(rebond)


@csrf_exempt
@require_POST
def annoncer(requete: HttpRequest, fournisseur: str) -> HttpResponse:
    """The webhook of the provider, who proves itself by its signature or our secret."""
    if not est_branche(fournisseur):
        raise Http404
    for avis in lire_l_annonce(requete, fournisseur):
        outbox.noter_le_rebond(avis, source=Rebond.Source.WEBHOOK)
    return HttpResponse()
