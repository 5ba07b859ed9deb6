"""The list of factures, read straight as rows: no model instances on the hottest route."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from facturation.models import Facture

CHAMPS = [
    "id", "type", "numero", "serie", "statut", "objet", "date", "echeance", "total_ht",
    "total_tva", "total_ttc", "solde", "client_id", "client__code", "client__raison_sociale",
    "client__nom", "client__prenom", "chantier_id", "chantier__nom",
]  # fmt: skip


class ClientDeListe(serializers.Serializer):
    id = serializers.IntegerField()
    code = serializers.CharField()
    designation = serializers.CharField()


class ChantierDeListe(serializers.Serializer):
    id = serializers.IntegerField()
    nom = serializers.CharField()


class FactureDeListe(serializers.ModelSerializer):
    """Shape of one row, for the OpenAPI document."""

    client = ClientDeListe()
    chantier = ChantierDeListe(allow_null=True)
    solde = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True)
    reprise = serializers.BooleanField()

    class Meta:
        model = Facture
        fields = [
            "id", "type", "numero", "serie", "statut", "objet", "date", "echeance", "total_ht",
            "total_tva", "total_ttc", "solde", "reprise", "client", "chantier",
        ]  # fmt: skip


def en_lignes(factures: QuerySet[Facture]) -> QuerySet[Any, dict[str, Any]]:
    """The columns of a page, in one query."""
    return factures.values(*CHAMPS)


def en_json(ligne: dict[str, Any]) -> dict[str, Any]:
    """One row as the API shows it; amounts are strings with two decimals."""
    emise = ligne["statut"] == Facture.Statut.EMISE
    nom = ligne["client__raison_sociale"] or f"{ligne['client__nom']} {ligne['client__prenom']}"
    chantier = ligne["chantier_id"] and {"id": ligne["chantier_id"], "nom": ligne["chantier__nom"]}
    return {
        "id": ligne["id"],
        "type": ligne["type"],
        "numero": ligne["numero"],
        "serie": ligne["serie"],
        "statut": ligne["statut"],
        "objet": ligne["objet"],
        "date": ligne["date"],
        "echeance": ligne["echeance"],
        "total_ht": str(ligne["total_ht"]),
        "total_tva": str(ligne["total_tva"]),
        "total_ttc": str(ligne["total_ttc"]),
        "solde": str(ligne["solde"]) if emise else None,
        "reprise": ligne["serie"] == Facture.SERIE_REPRISE,
        "client": {
            "id": ligne["client_id"],
            "code": ligne["client__code"],
            "designation": nom.strip(),
        },
        "chantier": chantier,
    }
