"""Shapes of the reminders."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from clients.models import Client
from relances.models import (
    Liberation,
    Niveau,
    Passage,
    PlanDeRelance,
    Reglages,
    Relance,
    Suspension,
)


class NiveauSerializer(serializers.ModelSerializer):
    class Meta:
        model = Niveau
        fields = ["id", "plan", "jours", "nom", "ton", "canal", "delai_minimum", "actif"]
        validators: list[Any] = []  # the model says it in French, by field


class PlanSerializer(serializers.ModelSerializer):
    niveaux = NiveauSerializer(many=True, read_only=True)

    class Meta:
        model = PlanDeRelance
        fields = ["id", "nom", "type_client", "niveaux"]


class ReglagesSerializer(serializers.ModelSerializer):
    class Meta:
        model = Reglages
        fields = Reglages.CHAMPS


class PassageSerializer(serializers.ModelSerializer):
    envoyees = serializers.IntegerField(read_only=True, default=0)
    postees = serializers.IntegerField(read_only=True, default=0)
    annulees = serializers.IntegerField(read_only=True, default=0)
    en_echec = serializers.IntegerField(read_only=True, default=0)
    en_attente = serializers.IntegerField(read_only=True, default=0)

    class Meta:
        model = Passage
        fields = [
            "id", "jour", "debut", "fin", "lance_par", "prevues", "relancees", "courriels",
            "lettres", "retenues", "echecs", "erreurs", "ecartees", "envoyees", "postees",
            "annulees", "en_echec", "en_attente",
        ]  # fmt: skip


class RelanceSerializer(serializers.ModelSerializer):
    numero = serializers.CharField(source="facture.numero")
    client = serializers.IntegerField(source="facture.client_id")
    niveau = serializers.CharField(source="niveau.nom")
    jours = serializers.IntegerField(source="niveau.jours")
    statut_courriel = serializers.CharField(source="courriel.statut", allow_null=True, default=None)

    class Meta:
        model = Relance
        fields = [
            "id", "jour", "passage", "facture", "numero", "client", "niveau", "jours", "canal",
            "solde", "retard", "courriel", "statut_courriel", "lettre", "annulee_le", "annulation",
            "postee_le", "suivi", "recue_le",
        ]  # fmt: skip


class SuspensionSerializer(serializers.ModelSerializer):
    etat = serializers.CharField()
    numero = serializers.CharField(source="facture.numero", allow_null=True, default=None)

    class Meta:
        model = Suspension
        fields = [
            "id", "genre", "client", "facture", "numero", "motif", "debut", "fin", "montant", "par",
            "cree_le", "etat", "levee_le", "levee_par", "signalee_le",
        ]  # fmt: skip


class DecisionsSerializer(serializers.Serializer):
    """What is decided of an invoice, or of a client, the last one first."""

    decisions = SuspensionSerializer(many=True)


class LiberationSerializer(serializers.ModelSerializer):
    class Meta:
        model = Liberation
        fields = ["id", "client", "par", "le"]
        read_only_fields = ["par", "le"]


class Strict(serializers.Serializer):
    """A body whose unknown fields are refused: a mistyped one would silently change nothing."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        inconnus = set(self.initial_data) - set(self.fields) - {"csrfmiddlewaretoken"}
        if inconnus:
            raise serializers.ValidationError(dict.fromkeys(inconnus, "Champ inconnu."))
        return attrs


class LancementSerializer(Strict):
    jour = serializers.DateField(required=False)  # today only: services.relancer says so


class SuspendreSerializer(Strict):
    genre = serializers.ChoiceField(choices=["exclusion", "pause", "litige"], default="pause")
    motif = serializers.CharField(max_length=200)
    jusqu_au = serializers.DateField(required=False, allow_null=True, default=None)


class PromesseSerializer(Strict):
    le = serializers.DateField()
    montant = serializers.DecimalField(
        max_digits=12, decimal_places=2, required=False, allow_null=True, default=None
    )
    motif = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class RetenirSerializer(Strict):
    motif = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class LibererSerializer(Strict):
    client = serializers.PrimaryKeyRelatedField(
        queryset=Client.objects.all(), required=False, allow_null=True, default=None
    )


class RepriseSerializer(Strict):
    relances_faites = serializers.ListField(
        child=serializers.DateField(), required=False, default=list, max_length=31
    )


class PlanDonneSerializer(serializers.Serializer):
    client = serializers.IntegerField()
    plan = serializers.IntegerField(allow_null=True)


class InscritesSerializer(serializers.Serializer):
    inscrites = serializers.IntegerField()


class PlanDuClientSerializer(Strict):
    plan = serializers.PrimaryKeyRelatedField(queryset=PlanDeRelance.objects.all(), allow_null=True)
