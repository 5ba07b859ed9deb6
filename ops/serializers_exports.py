"""Shapes of the exports."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers

from ops.models import Export

DEMANDABLES = [Export.Genre.COMPLET, Export.Genre.VENTES]
CHAMP_REQUIS = "Ce champ est obligatoire."


class DemandeDExport(serializers.Serializer):
    """`du` and `au` for the sales journal, both days included."""

    genre = serializers.ChoiceField(choices=[(g.value, g.label) for g in DEMANDABLES])
    du = serializers.DateField(required=False)
    au = serializers.DateField(required=False)
    paiements = serializers.BooleanField(default=False)
    reprises = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        absents = {champ: [CHAMP_REQUIS] for champ in ("du", "au") if champ not in attrs}
        if attrs["genre"] == Export.Genre.VENTES and absents:
            raise serializers.ValidationError(absents)
        return attrs


class ExportSerializer(serializers.ModelSerializer):
    """`fichier`: where to download it, null while it is not ready or once it is gone."""

    fichier = serializers.SerializerMethodField()

    class Meta:
        model = Export
        fields = [
            "id", "genre", "etat", "demandeur_nom", "client_ref", "parametres", "demande_le",
            "commence_le", "fini_le", "expire_le", "progression", "etape", "nom", "taille",
            "sha256", "bilan", "erreur", "fichier",
        ]  # fmt: skip

    def get_fichier(self, export: Export) -> str | None:
        return None if export.sans_fichier else reverse("export-telecharger", args=[export.pk])


class TableSerializer(serializers.Serializer):
    """A table: its name, what it is, its columns, and where its CSV is."""

    nom = serializers.CharField()
    libelle = serializers.CharField()
    colonnes = serializers.ListField(child=serializers.CharField())
    fichier = serializers.SerializerMethodField()

    def get_fichier(self, table: Any) -> str:
        return reverse("export-table", args=[table.nom])
