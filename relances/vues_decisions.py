"""What a person decides of the reminders of an invoice, or of a client, over HTTP."""

from __future__ import annotations

from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from artjardin.api.vues import Consultation, Vue
from clients.models import Client
from facturation.models import Facture
from relances import serializers, services
from relances.models import Suspension

DECIDER = "relances.lancer_passage"
DECISIONS = serializers.DecisionsSerializer


class Decisions(Vue):
    """Hold back and let go: the same on an invoice and on a client."""

    serializer_class = serializers.SuspensionSerializer

    def etat(self, cible: Any) -> Response:
        """Every decision on it, the last one first."""
        champ = "facture" if isinstance(cible, Facture) else "client"
        decisions = Suspension.objects.filter(**{champ: cible}).select_related("facture")[:50]
        return Response({"decisions": self.get_serializer(decisions, many=True).data})

    @extend_schema(request=serializers.SuspendreSerializer, responses=DECISIONS)
    @action(detail=True, methods=["post"])
    def suspendre(self, request: Request, pk: str) -> Response:
        """Pause until a day, exclude, or note a dispute; last day included."""
        cible = self.get_object()
        services.suspendre(cible, par=self.auteur, **self.corps(serializers.SuspendreSerializer))
        return self.etat(cible)

    @extend_schema(request=serializers.PromesseSerializer, responses=DECISIONS)
    @action(detail=True, methods=["post"])
    def promesse(self, request: Request, pk: str) -> Response:
        """Note a promise to pay: nothing is asked until that day, included."""
        cible = self.get_object()
        demande = self.corps(serializers.PromesseSerializer)
        services.promettre_de_payer(cible, par=self.auteur, **demande)
        return self.etat(cible)

    @extend_schema(request=None, responses=DECISIONS)
    @action(detail=True, methods=["post"])
    def reprendre(self, request: Request, pk: str) -> Response:
        """Lift every decision on it: it is reminded again."""
        cible = self.get_object()
        services.reprendre(cible, par=self.auteur)
        return self.etat(cible)


class FactureRelanceVue(Decisions):
    """Decisions on one invoice."""

    queryset = Facture.objects.emises()
    droits = {
        "suspendre": DECIDER, "promesse": DECIDER, "reprendre": DECIDER, "retenir": DECIDER,
        "envoyer": DECIDER,
    }  # fmt: skip

    @extend_schema(request=serializers.RetenirSerializer, responses=DECISIONS)
    @action(detail=True, methods=["post"])
    def retenir(self, request: Request, pk: str) -> Response:
        """Hold this line of today's preview: the invoice is not reminded today."""
        facture = self.get_object()
        services.retenir(facture, par=self.auteur, **self.corps(serializers.RetenirSerializer))
        return self.etat(facture)

    @extend_schema(request=None, responses={201: serializers.RelanceSerializer})
    @action(detail=True, methods=["post"])
    def envoyer(self, request: Request, pk: str) -> Response:
        """Remind this invoice now, at its next level, without waiting for the run."""
        relance = services.relancer_la_facture(self.get_object(), par=self.auteur)
        return Response(serializers.RelanceSerializer(relance).data, status=201)


class ClientRelanceVue(Decisions):
    """Decisions on all the invoices of a client."""

    queryset = Client.objects.all()
    droits = {
        "suspendre": DECIDER, "promesse": DECIDER, "reprendre": DECIDER, "liberer": DECIDER,
        "plan": "relances.change_planduclient",
    }  # fmt: skip

    @extend_schema(request=None, responses={201: serializers.LiberationSerializer})
    @action(detail=True, methods=["post"])
    def liberer(self, request: Request, pk: str) -> Response:
        """Its unallocated credit is not for its invoices: remind it all the same."""
        liberation = services.liberer(self.get_object(), par=self.auteur)
        return Response(serializers.LiberationSerializer(liberation).data, status=201)

    @extend_schema(
        request=serializers.PlanDuClientSerializer, responses=serializers.PlanDonneSerializer
    )
    @action(detail=True, methods=["post"])
    def plan(self, request: Request, pk: str) -> Response:
        """Give it a plan of its own; null: that of its type again."""
        plan = self.corps(serializers.PlanDuClientSerializer)["plan"]
        client = services.donner_un_plan(self.get_object(), plan, par=self.auteur)
        return Response({"client": client.pk, "plan": plan and plan.pk})


class SuspensionFiltre(django_filters.FilterSet):
    ouverte = django_filters.BooleanFilter("levee_le", lookup_expr="isnull")
    non_tenue = django_filters.BooleanFilter("signalee_le", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Suspension
        fields = ["client", "facture", "genre"]


class SuspensionViewSet(Consultation):
    """Every decision that held reminders back: pauses, promises kept or broken, disputes."""

    serializer_class = serializers.SuspensionSerializer
    filterset_class = SuspensionFiltre
    queryset = Suspension.objects.select_related("facture")
    cherche_dans = ("motif", "facture__numero", "client")
    droits = {"list": "relances.view_suspension", "retrieve": "relances.view_suspension"}
