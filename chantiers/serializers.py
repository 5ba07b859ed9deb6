"""Shapes of sites and interventions. Lists are rendered by hand, as for clients."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from artjardin.accounts.models import User
from artjardin.api.champs import Instant
from artjardin.api.portee import ChampAPortee
from chantiers.models import ANNEE_IMPOSSIBLE, ANNEES, Chantier, Intervention, TypeService
from chantiers.portee import equipiers
from clients.models import Client


class TypeServiceSerializer(serializers.ModelSerializer):
    class Meta:
        model = TypeService
        fields = ["id", "nom"]


@extend_schema_field(serializers.CharField())
class TypeServiceField(serializers.RelatedField):
    """Read as its name; written as its name, whatever its case, or its id."""

    default_error_messages = {"inconnu": "Type de service inconnu : « {valeur} »."}

    def to_internal_value(self, data: Any) -> TypeService:
        par_id = isinstance(data, int) or str(data).isdecimal()
        critere = {"pk": data} if par_id else {"nom__iexact": str(data).strip()}
        trouve = TypeService.objects.filter(**critere).first()
        if trouve is None:
            self.fail("inconnu", valeur=data)
        return trouve

    def to_representation(self, value: Any) -> str:
        return value.nom


class Equipier(serializers.PrimaryKeyRelatedField):
    """Someone who can be given work."""

    def get_queryset(self) -> Any:
        return equipiers(self.context["request"].user)


class ChantierSerializer(serializers.ModelSerializer):
    client = ChampAPortee(queryset=Client.objects.all())
    client_nom = serializers.CharField(source="client.designation", read_only=True)
    responsable = Equipier(queryset=User.objects.all(), allow_null=True, required=False)
    responsable_nom = serializers.CharField(read_only=True)
    statut_libelle = serializers.CharField(source="get_statut_display", read_only=True)
    services = TypeServiceField(many=True, required=False, queryset=TypeService.objects.all())

    class Meta:
        model = Chantier
        fields = [
            "id", "client", "client_nom", "nom", "adresse", "code_postal", "ville", "statut",
            "statut_libelle", "services", "responsable", "responsable_nom", "consignes", "cree_le",
        ]  # fmt: skip
        read_only_fields = ["statut", "cree_le"]

    def to_representation(self, instance: Chantier) -> dict[str, Any]:
        """Expects client and responsable joined, services prefetched."""
        return {
            "id": instance.pk,
            "client": instance.client_id,
            "client_nom": instance.client.designation,
            "nom": instance.nom,
            "adresse": instance.adresse,
            "code_postal": instance.code_postal,
            "ville": instance.ville,
            "statut": instance.statut,
            "statut_libelle": instance.get_statut_display(),
            "services": [service.nom for service in instance.services.all()],
            "responsable": instance.responsable_id,
            "responsable_nom": str(instance.responsable) if instance.responsable else "",
            "consignes": instance.consignes,
            "cree_le": _iso(instance.cree_le),
        }


class StatutSerializer(serializers.Serializer):
    statut = serializers.ChoiceField(choices=Chantier.Statut.choices)


def verifier_l_annee(instant: datetime) -> None:
    """Raise ValidationError for a year that nobody means: 0202 for 2026."""
    if instant.year not in ANNEES:
        raise serializers.ValidationError(ANNEE_IMPOSSIBLE)


class InterventionSerializer(serializers.ModelSerializer):
    chantier = ChampAPortee(queryset=Chantier.objects.all())
    chantier_nom = serializers.CharField(source="chantier.nom", read_only=True)
    client_nom = serializers.CharField(source="chantier.client.designation", read_only=True)
    employe = Equipier(queryset=User.objects.all())
    employe_nom = serializers.CharField(source="employe", read_only=True)
    statut_libelle = serializers.CharField(source="get_statut_display", read_only=True)
    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.DateTimeField: Instant
    }

    class Meta:
        model = Intervention
        fields = [
            "id", "chantier", "chantier_nom", "client_nom", "employe", "employe_nom", "prevu_debut",
            "prevu_fin", "debut", "fin", "statut", "statut_libelle", "notes", "validee_par",
        ]  # fmt: skip
        read_only_fields = ["statut", "validee_par"]
        extra_kwargs = {
            champ: {"validators": [verifier_l_annee]}
            for champ in ("prevu_debut", "prevu_fin", "debut", "fin")
        }

    def to_representation(self, instance: Intervention) -> dict[str, Any]:
        """Expects chantier, its client and employe joined."""
        return {
            "id": instance.pk,
            "chantier": instance.chantier_id,
            "chantier_nom": instance.chantier.nom,
            "client_nom": instance.chantier.client.designation,
            "employe": instance.employe_id,
            "employe_nom": str(instance.employe),
            "prevu_debut": _iso(instance.prevu_debut),
            "prevu_fin": _iso(instance.prevu_fin),
            "debut": _iso(instance.debut),
            "fin": _iso(instance.fin),
            "statut": instance.statut,
            "statut_libelle": instance.get_statut_display(),
            "notes": instance.notes,
            "validee_par": instance.validee_par_id,
        }


class PlanificationSerializer(InterventionSerializer):
    """What a creation accepts: no real times, they come from the clock."""

    class Meta(InterventionSerializer.Meta):
        read_only_fields = [*InterventionSerializer.Meta.read_only_fields, "debut", "fin"]


def _iso(instant: datetime | None) -> str | None:
    return timezone.localtime(instant).isoformat() if instant else None
