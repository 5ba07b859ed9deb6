"""Shapes of the reminders."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from artjardin.argent import ZERO
from relances.models import Niveau, Passage, Relance
from relances.plan import Ecartee, Ligne, Plan
from relances.regles import MOTIFS


class NiveauSerializer(serializers.ModelSerializer):
    class Meta:
        model = Niveau
        fields = ["id", "jours", "nom", "gabarit", "delai_minimum", "actif"]
        read_only_fields = ["gabarit"]


class PassageSerializer(serializers.ModelSerializer):
    class Meta:
        model = Passage
        fields = [
            "id", "jour", "debut", "fin", "lance_par", "prevues", "relancees", "courriels",
            "lettres", "echecs", "ecartees",
        ]  # fmt: skip


class RelanceSerializer(serializers.ModelSerializer):
    numero = serializers.CharField(source="facture.numero")
    client = serializers.IntegerField(source="facture.client_id")
    niveau = serializers.CharField(source="niveau.nom")
    jours = serializers.IntegerField(source="niveau.jours")
    statut_courriel = serializers.CharField(source="courriel.statut", default=None)

    class Meta:
        model = Relance
        fields = [
            "id", "jour", "facture", "numero", "client", "niveau", "jours", "canal", "solde",
            "retard", "courriel", "statut_courriel", "lettre", "annulee_le", "annulation",
            "postee_le",
        ]  # fmt: skip


class LancementSerializer(serializers.Serializer):
    jour = serializers.DateField(required=False)

    def validate_jour(self, jour: date) -> date:
        if jour != timezone.localdate():
            raise serializers.ValidationError("Les relances se lancent pour aujourd'hui.")
        return jour

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        inconnus = set(self.initial_data) - set(self.fields) - {"csrfmiddlewaretoken"}
        if inconnus:
            raise serializers.ValidationError(dict.fromkeys(inconnus, "Champ inconnu."))
        return attrs


def apercu(plan: Plan) -> dict[str, Any]:
    """The plan of a day as JSON: who, level, amount, and why the others are left out."""
    return {
        "jour": plan.au,
        "a_relancer": [_ligne(ligne) for ligne in plan.a_relancer],
        "a_poster": [_ligne(ligne) for ligne in plan.a_poster],
        "ecartees": [_ecartee(ecartee) for ecartee in plan.ecartees],
        "motifs": dict(plan.motifs),
        "clients_a_relancer": plan.clients_a_relancer,
        "total_a_relancer": f"{plan.total_a_relancer or ZERO:.2f}",
    }


def _ligne(ligne: Ligne) -> dict[str, Any]:
    return _faits(ligne) | {"niveau": ligne.niveau.nom, "retard": ligne.retard}


def _ecartee(ecartee: Ecartee) -> dict[str, Any]:
    return _faits(ecartee) | {"motif": ecartee.motif, "explication": MOTIFS[ecartee.motif]}


def _faits(ligne: Ligne | Ecartee) -> dict[str, Any]:
    faits = ligne.faits
    return {
        "facture": faits.facture_id,
        "numero": faits.numero,
        "client": faits.client_id,
        "code_client": faits.client_code,
        "echeance": faits.echeance,
        "solde": f"{faits.solde:.2f}",
    }
