"""Shapes of devis, factures, payments and catalogue."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework import serializers

from chantiers.models import Chantier
from clients.models import Client
from facturation.models import (
    Devis,
    Facture,
    LigneDevis,
    LigneFacture,
    Paiement,
    Prestation,
    TvaFacture,
)
from facturation.montants import TAUX_TVA

CHAMPS_LIGNE = [
    "prestation", "designation", "quantite", "unite", "prix_unitaire", "remise", "taux_tva",
]  # fmt: skip
TOTAUX = ["total_ht", "total_tva", "total_ttc"]
LIGNES_MAX = 500


def verifier_taux_tva(taux: Decimal) -> None:
    if taux not in TAUX_TVA:
        choix = " ; ".join(f"{t.normalize():f}".replace(".", ",") for t in TAUX_TVA)
        raise serializers.ValidationError(f"Taux de TVA inconnu. Choix : {choix}.")


class PrestationSerializer(serializers.ModelSerializer):
    class Meta:
        model = Prestation
        fields = ["id", "code", "designation", "unite", "prix_unitaire", "taux_tva", "active"]
        extra_kwargs = {
            "prix_unitaire": {"min_value": Decimal(0)},
            "taux_tva": {"validators": [verifier_taux_tva]},
        }


class LigneSerializer(serializers.ModelSerializer):
    """A line; one from the catalogue needs only `prestation` and `quantite`."""

    prestation = serializers.PrimaryKeyRelatedField(
        queryset=Prestation.objects.filter(active=True), required=False, allow_null=True
    )
    designation = serializers.CharField(max_length=2000, required=False)
    prix_unitaire = serializers.DecimalField(
        max_digits=14, decimal_places=6, min_value=Decimal(0), required=False
    )
    quantite = serializers.DecimalField(
        max_digits=12, decimal_places=4, min_value=Decimal("0.0001")
    )
    remise = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=Decimal(0), max_value=Decimal(100), required=False
    )
    taux_tva = serializers.DecimalField(
        max_digits=5, decimal_places=2, required=False, validators=[verifier_taux_tva]
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        prestation = attrs.get("prestation")
        for champ in ("designation", "unite", "prix_unitaire", "taux_tva"):
            if prestation is not None:
                attrs.setdefault(champ, getattr(prestation, champ))
        manquants = [c for c in ("designation", "prix_unitaire") if c not in attrs]
        if manquants:
            raise serializers.ValidationError(dict.fromkeys(manquants, "Ce champ est obligatoire."))
        return attrs


class LigneDevisSerializer(LigneSerializer):
    class Meta:
        model = LigneDevis
        fields = [*CHAMPS_LIGNE, "total_ht"]


class LigneFactureSerializer(LigneSerializer):
    class Meta:
        model = LigneFacture
        fields = [*CHAMPS_LIGNE, "total_ht"]


class DocumentSerializer(serializers.ModelSerializer):
    """What clients and sites share: living ones only, of one client."""

    client = serializers.PrimaryKeyRelatedField(queryset=Client.objects.all())
    chantier = serializers.PrimaryKeyRelatedField(
        queryset=Chantier.objects.all(), required=False, allow_null=True
    )


class DevisSerializer(DocumentSerializer):
    lignes = LigneDevisSerializer(many=True, required=False, max_length=LIGNES_MAX)  # type: ignore[call-arg]

    class Meta:
        model = Devis
        fields = [
            "id", "numero", "statut", "client", "chantier", "objet", "date", "duree_validite",
            "valide_jusqu_au", *TOTAUX, "envoye_le", "decide_le", "motif_refus", "lignes",
        ]  # fmt: skip
        read_only_fields = ["statut"]


class TvaSerializer(serializers.ModelSerializer):
    class Meta:
        model = TvaFacture
        fields = ["taux", "base", "montant"]


class FactureSerializer(DocumentSerializer):
    lignes = LigneFactureSerializer(many=True, required=False, max_length=LIGNES_MAX)  # type: ignore[call-arg]
    tva = TvaSerializer(many=True, read_only=True)
    solde = serializers.SerializerMethodField()
    litige = serializers.SerializerMethodField()
    reprise = serializers.BooleanField(source="est_reprise", read_only=True)
    devis: Any = serializers.PrimaryKeyRelatedField(read_only=True)

    class Meta:
        model = Facture
        fields = [
            "id", "type", "numero", "serie", "statut", "client", "chantier", "devis", "objet",
            "date", "echeance", *TOTAUX, "solde", "litige", "reprise", "tva", "lignes",
        ]  # fmt: skip
        read_only_fields = ["type", "statut"]
        validators: list[Any] = []  # series and number are given at issue, never received

    def get_solde(self, facture: Facture) -> str | None:
        """Left to pay, in euros; null for a draft."""
        if facture.statut != Facture.Statut.EMISE:
            return None
        annotee: Any = facture if hasattr(facture, "solde") else _relue(facture)
        return f"{annotee.solde:.2f}"

    def get_litige(self, facture: Facture) -> str | None:
        """Reason of the open dispute, if any."""
        ouverts = [litige for litige in facture.litiges.all() if litige.clos_le is None]
        return ouverts[0].motif if ouverts else None


def _relue(facture: Facture) -> Any:
    return Facture.tous.avec_solde().get(pk=facture.pk)


class EmissionSerializer(serializers.Serializer):
    date = serializers.DateField(required=False, source="le")
    envoyer = serializers.BooleanField(default=False)


class EncaissementSerializer(serializers.Serializer):
    montant = serializers.DecimalField(max_digits=12, decimal_places=2)
    mode = serializers.ChoiceField(
        choices=[c for c in Paiement.Mode.choices if c[0] != Paiement.Mode.REPRISE],
        default=Paiement.Mode.VIREMENT,
    )
    le = serializers.DateField()
    reference = serializers.CharField(max_length=140, required=False, allow_blank=True)


class MotifSerializer(serializers.Serializer):
    motif = serializers.CharField(max_length=140)


class PaiementSerializer(serializers.ModelSerializer):
    imputations = serializers.SerializerMethodField()

    class Meta:
        model = Paiement
        fields = [
            "id", "client", "montant", "mode", "le", "reference", "annule", "saisi_le",
            "imputations",
        ]  # fmt: skip

    def get_imputations(self, paiement: Paiement) -> list[dict[str, Any]]:
        return [
            {"facture": i.facture_id, "numero": i.facture.numero, "montant": f"{i.montant:.2f}"}
            for i in paiement.imputations.all()
        ]


class CourrielPromisSerializer(serializers.Serializer):
    """What `envoyer/` answers: the mail now in the outbox."""

    courriel = serializers.IntegerField(source="pk")
    statut = serializers.CharField()
    a = serializers.ListField(child=serializers.EmailField())
