"""The journal over HTTP: searched, filtered, and taken away as CSV."""

from __future__ import annotations

from typing import Any

import django_filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from artjardin.api.vues import Consultation
from artjardin.audit.categories import CHOIX
from artjardin.audit.models import Entree
from artjardin.erreurs import Invalide
from ops import serializers
from ops.journal import exporter_le_journal

SORTIES = ["json", "csv"]


class JournalFiltre(django_filters.FilterSet):
    """`action` is an action, or its beginning (`facture.`); days are those of Paris."""

    du = django_filters.DateFilter(method="depuis")
    au = django_filters.DateFilter(method="jusqu_au")
    action = django_filters.CharFilter(lookup_expr="startswith")
    categorie = django_filters.ChoiceFilter(choices=CHOIX, method="de_categorie")
    requete = django_filters.CharFilter()
    adresse = django_filters.CharFilter(method="d_adresse")

    class Meta:
        model = Entree
        fields = ["acteur", "objet_type", "objet_id"]

    def depuis(self, entrees: Any, _nom: str, jour: Any) -> Any:
        return entrees.depuis(jour)

    def jusqu_au(self, entrees: Any, _nom: str, jour: Any) -> Any:
        return entrees.jusqu_au(jour)

    def de_categorie(self, entrees: Any, _nom: str, categorie: str) -> Any:
        return entrees.de_categorie(categorie)

    def d_adresse(self, entrees: Any, _nom: str, adresse: str) -> Any:
        return entrees.d_adresse(adresse)


class JournalViewSet(Consultation):
    """The journal, append-only."""

    serializer_class = serializers.EntreeSerializer
    queryset = Entree.objects.select_related("maillon")
    filterset_class = JournalFiltre
    parametres = frozenset({"sortie"})
    droits = {"list": "audit.view_entree", "retrieve": "audit.view_entree"}

    @extend_schema(
        parameters=[OpenApiParameter("sortie", enum=SORTIES, default="json")],
        responses={
            (200, "application/json"): serializers.EntreeSerializer(many=True),
            (200, "text/csv"): OpenApiTypes.STR,
        },
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        """A page of the journal; with `?sortie=csv`, all the lines that the filters leave."""
        sortie = request.query_params.get("sortie", "json")
        if sortie not in SORTIES:
            raise Invalide("Sortie inconnue.", champs={"sortie": ["Choix : json, csv."]})
        if sortie == "json":
            return super().list(request, *args, **kwargs)
        entrees = self.filter_queryset(self.get_queryset())
        return exporter_le_journal(entrees, filtres=request.query_params.dict(), par=self.auteur)
