"""The stored documents and their archive over HTTP."""

from __future__ import annotations

import django_filters
from django.http import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from artjardin.api.pdf import servir
from artjardin.api.vues import Consultation
from artjardin.audit.services import consigner
from artjardin.storage import services
from artjardin.storage.models import Archive, Document
from ops import serializers
from ops.archives import demander_une_verification
from ops.recherche import du_client


class DocumentFiltre(django_filters.FilterSet):
    produit = django_filters.BooleanFilter("produit_le", lookup_expr="isnull", exclude=True)
    etat = django_filters.ChoiceFilter(field_name="archive__etat", choices=Archive.Etat.choices)
    archive_du = django_filters.DateFilter("archive__archive_le", lookup_expr="date__gte")
    archive_au = django_filters.DateFilter("archive__archive_le", lookup_expr="date__lte")
    du = django_filters.DateFilter("le", lookup_expr="gte")
    au = django_filters.DateFilter("le", lookup_expr="lte")

    class Meta:
        model = Document
        fields = ["type", "client_ref", "objet_type", "objet_id"]


class DocumentViewSet(Consultation):
    """Stored documents, and where their second copy is."""

    serializer_class = serializers.DocumentSerializer
    queryset = Document.objects.select_related("archive")
    filterset_class = DocumentFiltre
    cherche_dans = ("nom", "cle")
    cherche_aussi = staticmethod(du_client)
    droits = {
        "list": "storage.view_document",
        "retrieve": "storage.view_document",
        "telecharger": "storage.view_document",
        "verifier": "storage.change_archive",
        "reessayer": "storage.change_document",
    }

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True)
    def telecharger(self, request: Request, pk: str) -> HttpResponseBase:
        """The PDF: the local file, else the archive's, its hash compared."""
        document = self.get_object()
        reponse = servir(document)
        consigner(document, "archive.telechargee", par=self.auteur)
        return reponse

    @extend_schema(request=None, responses={202: serializers.VerificationLanceeSerializer})
    @action(detail=True, methods=["post"])
    def verifier(self, request: Request, pk: str) -> Response:
        """Have both copies hashed and repaired; `archive.verifie_le` and `archive.erreur` tell."""
        demander_une_verification(self.get_object(), par=self.auteur)
        return Response({"message": "La vérification commence."}, status=202)

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def reessayer(self, request: Request, pk: str) -> Response:
        """Try again to make a document that was given up."""
        return self.rendre(services.reessayer(self.get_object(), par=self.auteur))
