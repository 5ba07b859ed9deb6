"""Shapes of what an import found, for the OpenAPI document (clients.rapport writes it)."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from clients.rapport import Action


class ChangementSerializer(serializers.Serializer):
    champ = serializers.CharField()
    libelle = serializers.CharField()
    avant = serializers.CharField()
    apres = serializers.CharField()


class LigneModifiee(serializers.Serializer):
    ligne = serializers.IntegerField()
    cle = serializers.CharField()
    champs = ChangementSerializer(many=True)


class LigneImportee(serializers.Serializer):
    """The fate of a row; `raison` and `message` when it is refused."""

    ligne = serializers.IntegerField()
    cle = serializers.CharField()
    action = serializers.ChoiceField(choices=[(a.value, a.value) for a in Action])
    raison = serializers.CharField(required=False)
    message = serializers.CharField(required=False)


class RapportDImport(serializers.Serializer):
    """What every import tells; `rejets_csv`: the refused rows, to correct and import again."""

    fichier = serializers.CharField()
    essai = serializers.BooleanField()
    message = serializers.CharField()
    crees = serializers.IntegerField()
    modifies = serializers.IntegerField()
    inchanges = serializers.IntegerField()
    rejetes = serializers.IntegerField()
    doublons = serializers.IntegerField()
    colonnes_ignorees = serializers.ListField(child=serializers.CharField())
    changements = LigneModifiee(many=True)
    lignes = LigneImportee(many=True)
    rejets_csv = serializers.CharField(required=False)


@extend_schema_field(
    {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
)
class CodesRepetes(serializers.Field):
    """One code, or the list of them."""


class RapportClients(RapportDImport):
    clients_importes = serializers.IntegerField()
    clients_rejetes = serializers.DictField(child=serializers.CharField())
    doublon = CodesRepetes()


class RapportFactures(RapportDImport):
    importees = serializers.IntegerField()
    soldees = serializers.IntegerField()
    rejets = serializers.DictField(child=serializers.CharField())
