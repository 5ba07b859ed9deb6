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
    Prelevement,
    Prestation,
    Retenue,
    TvaFacture,
)
from facturation.models.facture import RETENUE_MAX
from facturation.montants import TAUX_TVA

CHAMPS_LIGNE = [
    "section", "prestation", "designation", "quantite", "unite", "prix_unitaire", "remise",
    "remise_montant", "taux_tva", "justification_tva", "decennale", "sap",
]  # fmt: skip
PIECE = ["remise_taux", "remise_montant", "exoneration", "conditions"]
DECHETS = [
    "dechets_quantite", "dechets_tri", "dechets_collecte", "dechets_cout", "sans_dechets",
]  # fmt: skip
TOTAUX = ["total_ht", "total_tva", "total_ttc"]
LIGNES_MAX = 500
PARTS_MAX = 100  # invoices that one payment settles
MODES = [c for c in Paiement.Mode.choices if c[0] != Paiement.Mode.REPRISE]


def verifier_taux_tva(taux: Decimal) -> None:
    if taux not in TAUX_TVA:
        choix = " ; ".join(f"{t.normalize():f}".replace(".", ",") for t in TAUX_TVA)
        raise serializers.ValidationError(f"Taux de TVA inconnu. Choix : {choix}.")


class PrestationSerializer(serializers.ModelSerializer):
    class Meta:
        model = Prestation
        fields = ["id", "code", *Prestation.DONNE, "active"]
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
    remise_montant = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=Decimal(0), required=False
    )
    taux_tva = serializers.DecimalField(
        max_digits=5, decimal_places=2, required=False, validators=[verifier_taux_tva]
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        prestation = attrs.get("prestation")
        for champ in Prestation.DONNE:
            if prestation is not None:
                attrs.setdefault(champ, getattr(prestation, champ))
        manquants = [c for c in ("designation", "prix_unitaire") if c not in attrs]
        if manquants:
            raise serializers.ValidationError(dict.fromkeys(manquants, "Ce champ est obligatoire."))
        return attrs


class LigneDevisSerializer(LigneSerializer):
    class Meta:
        model = LigneDevis
        fields = ["id", "rang", *CHAMPS_LIGNE, "option", "total_ht"]
        read_only_fields = ["rang"]


class LigneFactureSerializer(LigneSerializer):
    class Meta:
        model = LigneFacture
        fields = ["id", "rang", *CHAMPS_LIGNE, "ligne_devis", "avancement", "deduit", "total_ht"]
        read_only_fields = ["rang"]


class DocumentSerializer(serializers.ModelSerializer):
    """What devis and factures share: living clients and sites only, one discount."""

    remise_taux = serializers.DecimalField(
        max_digits=5, decimal_places=2, min_value=Decimal(0), max_value=Decimal(100), required=False
    )
    remise_montant = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=Decimal(0), required=False
    )

    client = serializers.PrimaryKeyRelatedField(queryset=Client.objects.all())
    chantier = serializers.PrimaryKeyRelatedField(
        queryset=Chantier.objects.all(), required=False, allow_null=True
    )


class DevisSerializer(DocumentSerializer):
    lignes = LigneDevisSerializer(many=True, required=False, max_length=LIGNES_MAX)  # type: ignore[call-arg]

    class Meta:
        model = Devis
        fields = [
            "id", "numero", "statut", "version", "remplace", "client", "chantier", "objet",
            "date", "duree_validite", "valide_jusqu_au", "conclusion", *PIECE, *TOTAUX,
            *DECHETS, "envoye_le", "decide_le", "signe_le", "options_retenues", "motif_refus",
            "empreinte", "lignes",
        ]  # fmt: skip
        read_only_fields = ["statut"]


class TvaSerializer(serializers.ModelSerializer):
    class Meta:
        model = TvaFacture
        fields = ["taux", "base", "montant"]


class TauxDeRetenue(serializers.DecimalField):
    """Percent kept by the client, within the law."""

    def __init__(self, **options: Any) -> None:
        maximum = Decimal(RETENUE_MAX)
        super().__init__(4, 2, min_value=Decimal(0), max_value=maximum, **options)


class RetenueSerializer(serializers.ModelSerializer):
    class Meta:
        model = Retenue
        fields = ["montant", "reception_le", "echeance"]


class PrelevementSerializer(serializers.ModelSerializer):
    class Meta:
        model = Prelevement
        fields = ["rum", "prevu_le", "rejete_le", "motif_rejet"]


class FactureSerializer(DocumentSerializer):
    lignes = LigneFactureSerializer(many=True, required=False, max_length=LIGNES_MAX)  # type: ignore[call-arg]
    tva = TvaSerializer(many=True, read_only=True)
    solde = serializers.SerializerMethodField()
    litige = serializers.SerializerMethodField()
    reprise = serializers.BooleanField(source="est_reprise", read_only=True)
    avertissements = serializers.SerializerMethodField()
    devis: Any = serializers.PrimaryKeyRelatedField(read_only=True, allow_null=True)
    retenue = RetenueSerializer(read_only=True, allow_null=True)
    retenue_taux = TauxDeRetenue(required=False)
    prelevement = PrelevementSerializer(read_only=True, allow_null=True)

    class Meta:
        model = Facture
        fields = [
            "id", "type", "numero", "serie", "statut", "client", "chantier", "devis", "origine",
            "motif", "objet", "date", "echeance", "prestation_le", "reference_client", *PIECE,
            "retenue_taux", "retenue", "preleve", "prelevement", *TOTAUX, "solde", "litige",
            "reprise", "avertissements", "references", "mentions", "empreinte", "tva", "lignes",
        ]  # fmt: skip
        read_only_fields = ["type", "statut", "origine", "motif"]
        validators: list[Any] = []  # series and number are given at issue, never received

    def get_solde(self, facture: Facture) -> str | None:
        """Left to pay, in euros; null for a draft and for a credit note."""
        if facture.statut != Facture.Statut.EMISE or facture.type == Facture.Type.AVOIR:
            return None
        annotee: Any = facture if hasattr(facture, "solde") else _relue(facture)
        return f"{annotee.solde:.2f}"

    def get_avertissements(self, facture: Facture) -> list[str]:
        """What whoever asked should know, in French."""
        jete = facture.client.supprime_le is not None
        return ["Le client est dans la corbeille : rien ne lui est envoyé."] if jete else []

    def get_litige(self, facture: Facture) -> str | None:
        """Reason of the open dispute, if any."""
        ouverts = [litige for litige in facture.litiges.all() if litige.clos_le is None]
        return ouverts[0].motif if ouverts else None


def _relue(facture: Facture) -> Any:
    return Facture.tous.avec_solde().get(pk=facture.pk)


class EmissionSerializer(serializers.Serializer):
    """`envoyer`: true or false; null, or absent, as the table of events says."""

    date = serializers.DateField(required=False, source="le")
    envoyer = serializers.BooleanField(default=None, allow_null=True)


class AcceptationSerializer(serializers.Serializer):
    options = serializers.ListField(
        child=serializers.IntegerField(), required=False, max_length=LIGNES_MAX
    )
    le = serializers.DateField(required=False)
    conclusion = serializers.ChoiceField(choices=Devis.Conclusion.choices, required=False)


class AvancementSerializer(serializers.Serializer):
    ligne = serializers.IntegerField()
    pourcentage = serializers.DecimalField(max_digits=5, decimal_places=2)


class DemandeSerializer(serializers.Serializer):
    """What part of a devis to invoice; everything by default."""

    type = serializers.ChoiceField(
        choices=[c for c in Facture.Type.choices if c[0] != Facture.Type.AVOIR], required=False
    )
    pourcentage = serializers.DecimalField(max_digits=5, decimal_places=2, required=False)
    montant = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=Decimal("0.01"), required=False
    )
    avancement = AvancementSerializer(many=True, required=False, max_length=LIGNES_MAX)  # type: ignore[call-arg]
    retenue_taux = TauxDeRetenue(required=False)

    def validate_avancement(self, lignes: list[dict[str, Any]]) -> dict[int, Decimal]:
        return {ligne["ligne"]: ligne["pourcentage"] for ligne in lignes}


class AvoirSerializer(serializers.Serializer):
    """A credit note: of everything left, or of these lines."""

    motif = serializers.CharField(max_length=300)
    lignes = LigneFactureSerializer(  # type: ignore[call-arg]
        many=True, required=False, allow_empty=False, max_length=LIGNES_MAX
    )


class ReceptionSerializer(serializers.Serializer):
    le = serializers.DateField()


class ReglementSerializer(serializers.Serializer):
    """How money came, or went."""

    montant = serializers.DecimalField(max_digits=12, decimal_places=2)
    mode = serializers.ChoiceField(
        choices=MODES,
        default=Paiement.Mode.VIREMENT,
    )
    le = serializers.DateField()


class EncaissementSerializer(ReglementSerializer):
    reference = serializers.CharField(max_length=140, required=False, allow_blank=True)
    garder_le_surplus = serializers.BooleanField(default=False)


class PartSerializer(serializers.Serializer):
    facture = serializers.PrimaryKeyRelatedField(queryset=Facture.objects.all())
    montant = serializers.DecimalField(max_digits=12, decimal_places=2)


class ReceptionDePaiementSerializer(EncaissementSerializer):
    """Money from a client, for several invoices or for none yet."""

    client = serializers.PrimaryKeyRelatedField(queryset=Client.objects.all())
    imputations = PartSerializer(  # type: ignore[call-arg]
        many=True, required=False, source="parts", max_length=PARTS_MAX
    )

    def validate_imputations(self, parts: list[dict[str, Any]]) -> list[tuple[Facture, Decimal]]:
        return [(part["facture"], part["montant"]) for part in parts]


class RemboursementSerializer(ReglementSerializer):
    motif = serializers.CharField(max_length=140)


class MotifSerializer(serializers.Serializer):
    motif = serializers.CharField(max_length=140)


class PaiementSerializer(serializers.ModelSerializer):
    imputations = serializers.SerializerMethodField()
    credit = serializers.DecimalField(max_digits=12, decimal_places=2, read_only=True)

    class Meta:
        model = Paiement
        fields = [
            "id", "numero", "client", "montant", "credit", "mode", "le", "reference", "annule",
            "rembourse", "saisi_le", "empreinte", "imputations",
        ]  # fmt: skip

    def get_imputations(self, paiement: Paiement) -> list[dict[str, Any]]:
        return [
            {
                "facture": i.facture_id,
                "numero": i.facture.numero,
                "montant": f"{i.montant:.2f}",
                "le": (i.le or paiement.le).isoformat(),
            }
            for i in paiement.imputations.all()
        ]


class EncoursSerializer(serializers.Serializer):
    """What a client owes today, in euros TTC."""

    client = serializers.IntegerField()
    solde = serializers.DecimalField(max_digits=14, decimal_places=2)
    en_retard = serializers.DecimalField(max_digits=14, decimal_places=2)
    factures_ouvertes = serializers.IntegerField()
    factures_en_retard = serializers.IntegerField()
    avances = serializers.DecimalField(max_digits=14, decimal_places=2)


class CourrielPromisSerializer(serializers.Serializer):
    """What `envoyer/` answers: the mail now in the outbox."""

    courriel = serializers.IntegerField(source="pk")
    statut = serializers.CharField()
    a = serializers.ListField(child=serializers.EmailField())
