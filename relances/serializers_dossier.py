"""Shapes of letters, statements, texts and rates."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from relances.models import Modele, TauxLegal
from relances.serializers import Strict


class PosteesSerializer(Strict):
    """Letters that were posted, on day `le` (today); `suivi`: registered numbers, by letter id."""

    lettres = serializers.ListField(
        child=serializers.IntegerField(min_value=1), allow_empty=False, max_length=1000
    )
    suivi = serializers.DictField(
        child=serializers.CharField(max_length=40, allow_blank=True), required=False, default=dict
    )

    le = serializers.DateField(required=False, allow_null=True, default=None)

    def validate_suivi(self, suivi: dict[str, str]) -> dict[int, str]:
        if fautifs := [clef for clef in suivi if not clef.isdecimal()]:
            raise serializers.ValidationError(f"Ce n'est pas une lettre : {', '.join(fautifs)}.")
        return {int(clef): numero for clef, numero in suivi.items()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        propres = super().validate(attrs)
        if set(propres["suivi"]) - set(propres["lettres"]):
            raise serializers.ValidationError(
                {"suivi": "Un numéro de recommandé est celui d'une lettre de la liste."}
            )
        return propres


class DemandeDeLettres(serializers.Serializer):
    recto = serializers.BooleanField(default=False)


class DemandeDeDecompte(serializers.Serializer):
    au = serializers.DateField(default=timezone.localdate)
    reglees = serializers.BooleanField(default=False, help_text="Payées en retard comprises.")
    sortie = serializers.ChoiceField(choices=["json", "pdf"], default="json")


class RecueSerializer(Strict):
    le = serializers.DateField()
    suivi = serializers.CharField(max_length=40, required=False, allow_blank=True)


class ModeleSerializer(serializers.ModelSerializer):
    """A text, with the holes it may have."""

    champs = serializers.SerializerMethodField()
    blocs = serializers.SerializerMethodField()

    class Meta:
        model = Modele
        fields = ["id", "ton", "type_client", "objet", "courriel", "lettre", "champs", "blocs"]
        read_only_fields = ["ton", "type_client"]

    def get_champs(self, modele: Modele) -> dict[str, str]:
        return modele.champs

    def get_blocs(self, modele: Modele) -> dict[str, str]:
        return modele.blocs


class TexteSerializer(Strict):
    """What the office changes of a text."""

    objet = serializers.CharField(max_length=150, required=False)
    courriel = serializers.CharField(max_length=5000, required=False)
    lettre = serializers.CharField(max_length=5000, required=False, allow_blank=True)


class TauxSerializer(serializers.ModelSerializer):
    fin = serializers.DateField(read_only=True)
    penalites = serializers.DecimalField(max_digits=6, decimal_places=2, read_only=True)

    class Meta:
        model = TauxLegal
        fields = ["id", "debut", "fin", "bce", "legal", "penalites"]


class TauxSaisiSerializer(Strict):
    debut = serializers.DateField()
    bce = serializers.DecimalField(max_digits=5, decimal_places=2)
    legal = serializers.DecimalField(max_digits=5, decimal_places=2)
