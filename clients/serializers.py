"""Shapes of clients. Lists are rendered by hand: a ModelSerializer costs most of a page."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.extensions import OpenApiSerializerExtension
from rest_framework import serializers

from artjardin.outbox.services import adresses_en_erreur
from clients.models import Client
from clients.services import CHAMPS, CHAMPS_D_EQUIPE, EXCLUSION, doublons_probables


class AvertissementSerializer(serializers.Serializer):
    """A client that looks like the one just written, and why."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    designation = serializers.CharField()
    motifs = serializers.ListField(child=serializers.CharField())


class ClientSerializer(serializers.ModelSerializer):
    telephone_lisible = serializers.CharField(read_only=True)
    designation = serializers.CharField(read_only=True)
    exclu = serializers.BooleanField(read_only=True, help_text="Hors relances aujourd'hui.")

    class Meta:
        model = Client
        fields = [
            "id", "designation", *CHAMPS, "telephone_lisible", "exclu", *EXCLUSION, "cree_le",
        ]  # fmt: skip
        read_only_fields = [*EXCLUSION, "cree_le"]
        # a taken code is a conflict, not a bad value: the database says so
        extra_kwargs: ClassVar[dict[str, Any]] = {"code": {"validators": []}}

    def to_representation(self, instance: Client) -> dict[str, Any]:
        calcules = {
            "exclu": instance.est_exclu(au=timezone.localdate()),
            "cree_le": timezone.localtime(instance.cree_le).isoformat(),
        }
        return {
            champ: calcules[champ] if champ in calcules else getattr(instance, champ)
            for champ in ClientSerializer.Meta.fields
        }


class ClientDEquipeSerializer(serializers.ModelSerializer):
    """A client as the crews see it: no address for bills, no email, nothing of money."""

    telephone_lisible = serializers.CharField(read_only=True)
    designation = serializers.CharField(read_only=True)

    class Meta:
        model = Client
        fields = ["id", "designation", *CHAMPS_D_EQUIPE, "telephone_lisible"]
        read_only_fields = CHAMPS_D_EQUIPE

    def to_representation(self, instance: Client) -> dict[str, Any]:
        return {champ: getattr(instance, champ) for champ in self.Meta.fields}


class ClientFicheSerializer(ClientSerializer):
    """One client, and whether mail still reaches it."""

    email_en_erreur = serializers.BooleanField(
        read_only=True, help_text="Un courriel à cette adresse est revenu."
    )

    class Meta(ClientSerializer.Meta):
        fields = [*ClientSerializer.Meta.fields, "email_en_erreur"]

    def to_representation(self, instance: Client) -> dict[str, Any]:
        en_erreur = bool(instance.email and adresses_en_erreur([instance.email]))
        return super().to_representation(instance) | {"email_en_erreur": en_erreur}


class ClientEcritSerializer(ClientSerializer):
    """The answer to a creation or a change: the client and its likely duplicates."""

    avertissements = AvertissementSerializer(many=True, read_only=True)

    class Meta(ClientSerializer.Meta):
        fields = [*ClientSerializer.Meta.fields, "avertissements"]

    def to_representation(self, instance: Client) -> dict[str, Any]:
        avertissements = [
            {
                "id": autre.pk,
                "code": autre.code,
                "designation": autre.designation,
                "motifs": instance.ressemblances(autre),
            }
            for autre in doublons_probables(instance)
        ]
        return super().to_representation(instance) | {"avertissements": avertissements}


class ClientVuSerializer(serializers.Serializer):
    """In the OpenAPI document: a whole client, or what the crews see of it."""


class ClientVuDansLeSchema(OpenApiSerializerExtension):
    target_class = ClientVuSerializer

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        formes = (ClientFicheSerializer, ClientDEquipeSerializer)
        return {"anyOf": [auto_schema.resolve_serializer(f, direction).ref for f in formes]}


class ExclusionSerializer(serializers.Serializer):
    motif = serializers.CharField(max_length=200)
    jusqu_au = serializers.DateField(required=False, allow_null=True, default=None)


class DoublonSerializer(serializers.Serializer):
    """Clients that share what should be one person's."""

    class Membre(serializers.Serializer):
        id = serializers.IntegerField()
        code = serializers.CharField()
        designation = serializers.CharField()
        ville = serializers.CharField()

    motifs = serializers.ListField(child=serializers.CharField())
    clients = Membre(many=True)
