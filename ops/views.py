"""Journal, outbox and runs over HTTP."""

from __future__ import annotations

import hashlib
from typing import Any

import django_filters
from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from artjardin.api.vues import Consultation
from artjardin.audit.models import Execution
from artjardin.audit.services import consigner
from artjardin.outbox import services as outbox
from artjardin.outbox.message import rediger
from artjardin.outbox.models import Courriel, avec_rebond
from clients.models import Client
from ops import serializers
from ops.recherche import du_client_ou_avec_la_piece
from relances import services as relances

OUI = {"1", "true"}
OUI_NON = [(dit, "oui" if dit in OUI else "non") for dit in ("1", "true", "0", "false")]


class CourrielFiltre(django_filters.FilterSet):
    client = django_filters.NumberFilter(field_name="client_ref")
    rebond = django_filters.TypedChoiceFilter(choices=OUI_NON, coerce=lambda dit: dit in OUI)
    document = django_filters.NumberFilter(field_name="pieces__document")
    du = django_filters.DateFilter(field_name="cree_le", lookup_expr="date__gte")
    au = django_filters.DateFilter(field_name="cree_le", lookup_expr="date__lte")

    class Meta:
        model = Courriel
        fields = ["type", "statut", "sujet_type", "sujet_id"]


class CourrielViewSet(Consultation):
    """Every email, with its exact content and its fate."""

    serializer_class = serializers.CourrielSerializer
    filterset_class = CourrielFiltre
    cherche_dans = ("objet", "a", "message_id")
    cherche_aussi = staticmethod(du_client_ou_avec_la_piece)
    queryset = avec_rebond(Courriel.objects.all())
    droits = {
        "list": "outbox.view_courriel",
        "retrieve": "outbox.view_courriel",
        "eml": "outbox.view_courriel",
        "renvoyer": "outbox.change_courriel",
        "annuler": "outbox.change_courriel",
        "constater": "outbox.change_courriel",
    }

    def get_queryset(self) -> Any:
        """All, or those of one client (`clients/{id}/courriels/`)."""
        if "client" not in self.kwargs:
            return super().get_queryset()
        client = get_object_or_404(Client.tous, pk=self.kwargs["client"])
        return super().get_queryset().filter(client_ref=client.pk)

    def get_serializer_class(self) -> Any:
        return serializers.CourrielDeListe if self.action == "list" else self.serializer_class

    @extend_schema(responses={(200, "message/rfc822"): OpenApiTypes.BINARY})
    @action(detail=True)
    def eml(self, request: Request, pk: str) -> HttpResponse:
        """The message, byte for byte as it leaves or left."""
        courriel = self.get_object()
        reponse = eml_de(courriel)
        consigner(courriel, "courriel.telecharge", par=self.auteur)
        return reponse

    @extend_schema(request=None, responses={201: serializers.CourrielSerializer})
    @action(detail=True, methods=["post"])
    def renvoyer(self, request: Request, pk: str) -> Response:
        """Send again, as a new message linked to this one."""
        return self.rendre(
            relances.renvoyer_courriel(self.get_object(), par=self.auteur), statut=201
        )

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def annuler(self, request: Request, pk: str) -> Response:
        return self.rendre(relances.annuler_courriel(self.get_object(), par=self.auteur))

    @extend_schema(request=serializers.ConstatSerializer)
    @action(detail=True, methods=["post"])
    def constater(self, request: Request, pk: str) -> Response:
        """Settle an uncertain message: it arrived, or it did not."""
        options = self.corps(serializers.ConstatSerializer)
        return self.rendre(outbox.constater(self.get_object(), par=self.auteur, **options))


def eml_de(courriel: Courriel) -> HttpResponse:
    """A file for a mail program; X-Conforme says whether its hash is that of what was sent. A mail
    with a secret has none: the mark is written where the link left."""
    octets = rediger(courriel).message
    empreinte = hashlib.sha256(octets).hexdigest()
    reponse = HttpResponse(octets, content_type="message/rfc822")
    reponse["Content-Disposition"] = f'attachment; filename="courriel-{courriel.pk}.eml"'
    reponse["ETag"] = f'"{empreinte}"'
    if courriel.empreinte and courriel.type not in settings.COURRIEL_SECRETS:
        reponse["X-Conforme"] = "oui" if empreinte == courriel.empreinte else "non"
    return reponse


class ExecutionViewSet(Consultation):
    """Runs of the scheduled jobs."""

    serializer_class = serializers.ExecutionSerializer
    queryset = Execution.objects.all()
    filterset_fields = ["tache", "resultat"]
    cherche_dans = ("tache", "erreur")
    droits = {"list": "audit.view_execution", "retrieve": "audit.view_execution"}
