"""The stored documents and their archive over HTTP."""

from __future__ import annotations

import django_filters
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request

from artjardin.api.pdf import servir
from artjardin.api.vues import Consultation
from artjardin.audit.services import consigner
from artjardin.storage.models import Document
from ops import serializers


class DocumentFiltre(django_filters.FilterSet):
    produit = django_filters.BooleanFilter("produit_le", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Document
        fields = ["type", "client_ref", "objet_type", "objet_id"]


class DocumentViewSet(Consultation):
    """Stored documents."""

    serializer_class = serializers.DocumentSerializer
    queryset = Document.objects.all()
    filterset_class = DocumentFiltre
    droits = {
        "list": "storage.view_document",
        "retrieve": "storage.view_document",
        "telecharger": "storage.view_document",
    }

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True)
    def telecharger(self, request: Request, pk: str) -> HttpResponseBase:
        document = self.get_object()
        reponse = servir(document)
        consigner(document, "archive.telechargee", par=self.auteur)
        return reponse
