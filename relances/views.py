"""Reminders over HTTP: history, preview, run, letters to post, levels."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db import models
from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.dateparse import parse_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from artjardin.api.pdf import servir
from artjardin.api.vues import Consultation
from artjardin.erreurs import Conflit, Invalide
from relances import serializers, services
from relances.models import Niveau, Passage, Relance
from relances.plan import planifier

LIES = ["facture", "niveau", "courriel"]


class RelanceFiltre(django_filters.FilterSet):
    client = django_filters.NumberFilter(field_name="facture__client")
    du = django_filters.DateFilter(field_name="jour", lookup_expr="gte")
    au = django_filters.DateFilter(field_name="jour", lookup_expr="lte")

    class Meta:
        model = Relance
        fields = ["facture", "niveau", "canal", "passage", "courriel"]


class RelanceViewSet(Consultation):
    """The ledger of reminders."""

    serializer_class = serializers.RelanceSerializer
    filterset_class = RelanceFiltre
    queryset = Relance.objects.select_related(*LIES)
    droits = {
        "list": "relances.view_relance",
        "retrieve": "relances.view_relance",
        "apercu": "relances.view_relance",
        "a_poster": "relances.view_relance",
        "lettre": "relances.view_relance",
        "lancer": "relances.lancer_passage",
        "postee": "relances.lancer_passage",
    }

    @extend_schema(
        parameters=[OpenApiParameter("jour", OpenApiTypes.DATE)], responses=OpenApiTypes.OBJECT
    )
    @action(detail=False)
    def apercu(self, request: Request) -> Response:
        """What a run would do on `jour` (today by default), and why the others are left out."""
        return Response(serializers.apercu(planifier(au=_jour(request))))

    @extend_schema(request=serializers.LancementSerializer, responses=serializers.PassageSerializer)
    @action(detail=False, methods=["post"])
    def lancer(self, request: Request) -> Response:
        """Make the reminders of a day, once; the messages leave with the next sweep."""
        jour = self.corps(serializers.LancementSerializer).get("jour", timezone.localdate())
        passage = services.relancer(jour=jour, par=self.auteur)
        return Response(serializers.PassageSerializer(passage).data, status=201)

    @extend_schema(responses=serializers.RelanceSerializer(many=True))
    @action(detail=False, url_path="a-poster")
    def a_poster(self, request: Request) -> Response:
        """Letters to print and post, for clients without an email address."""
        vraies = Relance.objects.a_poster().exclude(lettre__in=services.lettres_caduques())
        page = self.paginate_queryset(self.filter_queryset(vraies.select_related(*LIES)))
        return self.get_paginated_response(self.get_serializer(page, many=True).data)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True)
    def lettre(self, request: Request, pk: str) -> HttpResponseBase:
        relance = self.get_object()
        lettre = relance.lettre
        if lettre is None:
            raise Conflit("Cette relance est partie par courriel.", code="sans_lettre")
        services.exiger_lettre_vraie(relance)
        return servir(lettre)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def postee(self, request: Request, pk: str) -> Response:
        return self.rendre(services.marquer_postee(self.get_object(), par=self.auteur))


class PassageViewSet(Consultation):
    """The daily runs."""

    serializer_class = serializers.PassageSerializer
    queryset = Passage.objects.all()
    filterset_fields = ["jour"]
    tris = {"-jour": "-jour"}
    droits = {"list": "relances.view_passage", "retrieve": "relances.view_passage"}


class NiveauViewSet(mixins.UpdateModelMixin, Consultation):
    """The levels of reminders, ordered by days past the due date."""

    serializer_class = serializers.NiveauSerializer
    queryset: models.QuerySet[Any] = Niveau.objects.all()
    http_method_names = ["get", "patch", "head", "options"]
    tris = {"jours": "jours"}
    droits = {
        "list": "relances.view_niveau",
        "retrieve": "relances.view_niveau",
        "partial_update": "relances.change_niveau",
    }

    def perform_update(self, serializer: BaseSerializer) -> None:
        serializer.instance = services.modifier_niveau(
            self.get_object(), par=self.auteur, **serializer.validated_data
        )


def _jour(request: Request) -> Any:
    texte = request.query_params.get("jour")
    try:
        jour = parse_date(texte) if texte else timezone.localdate()
    except ValueError:
        jour = None
    if jour is None:
        raise Invalide("Date illisible.", champs={"jour": ["Attendu : AAAA-MM-JJ."]})
    return jour
