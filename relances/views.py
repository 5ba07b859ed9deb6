"""Reminders over HTTP: history, preview, run, letters to post, statistics."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import django_filters
from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.dateparse import parse_date
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from artjardin.api.pdf import servir
from artjardin.api.vues import Consultation
from artjardin.erreurs import Conflit, Invalide
from relances import serializers, serializers_lectures, services
from relances.apercu import en_json
from relances.models import Passage, Relance
from relances.plan import planifier
from relances.services.presentation import resumer
from relances.statistiques import statistiques

LIES = ["facture", "niveau", "courriel"]
MOIS = timedelta(days=30)


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
    cherche_dans = ("facture__numero", "suivi", "facture__client")
    droits = {
        "list": "relances.view_relance",
        "retrieve": "relances.view_relance",
        "apercu": "relances.view_relance",
        "a_poster": "relances.view_relance",
        "lettre": "relances.view_relance",
        "statistiques": "relances.view_relance",
        "lancer": "relances.lancer_passage",
        "liberer": "relances.lancer_passage",
        "restauration": "relances.lancer_passage",
        "postee": "relances.lancer_passage",
    }

    @extend_schema(
        parameters=[
            OpenApiParameter("jour", OpenApiTypes.DATE),
            OpenApiParameter("textes", OpenApiTypes.BOOL),
        ],
        responses=serializers_lectures.ApercuDesRelancesSerializer,
    )
    @action(detail=False)
    def apercu(self, request: Request) -> Response:
        """What a run would do on `jour` (today by default), and why the others are left out.

        `textes=1` writes the messages out, the first fifty.
        """
        plan = planifier(au=_jour(request, "jour"))
        avec_textes = request.query_params.get("textes", "") not in {"", "0", "false"}
        return Response(en_json(resumer(plan, avec_textes=avec_textes)))

    @extend_schema(
        request=serializers.LancementSerializer, responses={201: serializers.PassageSerializer}
    )
    @action(detail=False, methods=["post"])
    def lancer(self, request: Request) -> Response:
        """Make the reminders of a day, once; the messages leave with the next sweep."""
        jour = self.corps(serializers.LancementSerializer).get("jour", timezone.localdate())
        passage = services.relancer(jour=jour, par=self.auteur)
        complet = Passage.objects.avec_sorts().get(pk=passage.pk)
        return Response(serializers.PassageSerializer(complet).data, status=201)

    @extend_schema(
        request=serializers.LibererSerializer, responses={201: serializers.LiberationSerializer}
    )
    @action(detail=False, methods=["post"])
    def liberer(self, request: Request) -> Response:
        """Let reminders go in spite of a doubt: of the bank, or of one `client`'s loose credit."""
        client = self.corps(serializers.LibererSerializer)["client"]
        liberation = services.liberer(client, par=self.auteur)
        return Response(serializers.LiberationSerializer(liberation).data, status=201)

    @extend_schema(request=serializers.RepriseSerializer, responses=serializers.InscritesSerializer)
    @action(detail=False, methods=["post"])
    def restauration(self, request: Request) -> Response:
        """After a restored backup: write down the days whose run left, and let reminders go."""
        faites = self.corps(serializers.RepriseSerializer)["relances_faites"]
        lignes = services.reprendre_apres_restauration(faites=faites, par=self.auteur)
        return Response({"inscrites": lignes})

    @extend_schema(
        parameters=[
            OpenApiParameter("du", OpenApiTypes.DATE), OpenApiParameter("au", OpenApiTypes.DATE)
        ],
        responses=serializers_lectures.StatistiquesDesRelancesSerializer,
    )  # fmt: skip
    @action(detail=False)
    def statistiques(self, request: Request) -> Response:
        """By level: reminders, amounts, recovered within fifteen days; the last 30 days."""
        au = _jour(request, "au")
        return Response(statistiques(du=_jour(request, "du", defaut=au - MOIS), au=au))

    @extend_schema(responses=serializers.RelanceSerializer(many=True))
    @action(detail=False, url_path="a-poster")
    def a_poster(self, request: Request) -> Response:
        """Letters to print and post."""
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
    """The daily runs, and what became of them."""

    serializer_class = serializers.PassageSerializer
    queryset = Passage.objects.avec_sorts()
    filterset_fields = ["jour"]
    tris = {"-jour": "-jour"}
    droits = {"list": "relances.view_passage", "retrieve": "relances.view_passage"}


def _jour(request: Request, nom: str, *, defaut: date | None = None) -> Any:
    """A date of the query, today in Paris unless told. Raise Invalide."""
    texte = request.query_params.get(nom)
    try:
        jour = parse_date(texte) if texte else defaut or timezone.localdate()
    except ValueError:
        jour = None
    if jour is None:
        raise Invalide("Date illisible.", champs={nom: ["Attendu : AAAA-MM-JJ."]})
    return jour
