"""The table of automatic mails, and the mandates of direct debit, over HTTP."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from stdnum import iban as norme_iban

from artjardin.api.permissions import exiger_un_code_frais
from artjardin.api.vues import Consultation, Vue
from clients.models import Client
from facturation import services
from facturation.models import Evenement, MandatPrelevement
from facturation.services.apercus import apercu


class EvenementSerializer(serializers.ModelSerializer):
    class Meta:
        model = Evenement
        fields = ["code", "intitule", *Evenement.REGLABLES, "champs", "blocs"]
        read_only_fields = ["code", "intitule", "champs", "blocs"]


class MessageSerializer(serializers.Serializer):
    objet = serializers.CharField()
    texte = serializers.CharField()
    html = serializers.CharField()


class ApercuSerializer(serializers.Serializer):
    """What an event would say today; null: that side is never told."""

    document = serializers.CharField(source="document.__str__")
    client = MessageSerializer(allow_null=True)
    entreprise = MessageSerializer(allow_null=True)


class MandatSerializer(serializers.ModelSerializer):
    class Meta:
        model = MandatPrelevement
        fields = MandatPrelevement.CHAMPS
        extra_kwargs: dict[str, Any] = {"rum": {"validators": []}}  # the service says whose it is


class EvenementViewSet(Consultation):
    """Automatic mails: to whom each event is told, in which words."""

    serializer_class = EvenementSerializer
    queryset = Evenement.objects.all()
    http_method_names = ["get", "patch", "head", "options"]
    pagination_class = None  # ten rows
    filter_backends: list[Any] = []
    droits = {
        "list": "facturation.view_evenement",
        "retrieve": "facturation.view_evenement",
        "partial_update": "facturation.change_evenement",
        "apercu": "facturation.view_evenement",
    }

    def partial_update(self, request: Request, pk: str) -> Response:
        evenement = self.get_object()
        champs = self.corps(EvenementSerializer, partial=True)
        return self.rendre(services.regler_envoi(evenement.pk, par=self.auteur, **champs))

    @extend_schema(responses=ApercuSerializer)
    @action(detail=True)
    def apercu(self, request: Request, pk: str) -> Response:
        vu = apercu(self.get_object(), par=self.auteur.nom)
        if vu is None:
            raise Http404
        return Response(ApercuSerializer(vu).data)


class MandatViewSet(Vue):
    """The mandate of a client; another account to debit asks for a fresh code."""

    serializer_class = MandatSerializer
    droits = {
        "mandat": "facturation.view_mandatprelevement",
        "enregistrer": "facturation.change_mandatprelevement",
    }

    def mandat(self, request: Request, pk: int) -> Response:
        return self.rendre(get_object_or_404(MandatPrelevement, client=pk))

    def enregistrer(self, request: Request, pk: int) -> Response:
        client = get_object_or_404(Client.objects, pk=pk)
        champs = self.corps(MandatSerializer)
        iban = norme_iban.compact(champs["iban"])
        if not MandatPrelevement.objects.filter(client=client, iban=iban).exists():
            exiger_un_code_frais(request)
        return self.rendre(services.enregistrer_mandat(client, par=self.auteur, **champs))
