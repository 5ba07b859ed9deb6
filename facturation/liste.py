"""The list of factures, the hottest route: the ORM says which rows, PostgreSQL writes them."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import orjson
from django.core.exceptions import EmptyResultSet
from django.db.models import Q, QuerySet
from rest_framework import serializers

from artjardin.preparees import curseur_prepare
from facturation.models import Facture

# `page` is the query of the ids, made by the ORM: filters, order, cursor, limit
LIGNES = """
    SELECT f.id, f.date, f.echeance, f.numero, json_build_object(
        'id', f.id, 'type', f.type, 'numero', f.numero, 'serie', f.serie, 'statut', f.statut,
        'objet', f.objet, 'date', f.date, 'echeance', f.echeance,
        'total_ht', f.total_ht::text, 'total_tva', f.total_tva::text,
        'total_ttc', f.total_ttc::text,
        'solde', CASE WHEN f.statut = 'emise' AND f.type <> 'avoir' THEN (f.total_ttc - coalesce(
            (SELECT r.montant FROM facturation_reglement r WHERE r.facture_id = f.id), 0
        ))::text END,
        'reprise', f.serie = '{reprise}',
        'client', json_build_object('id', c.id, 'code', c.code, 'designation',
            CASE WHEN c.raison_sociale = '' THEN trim(c.nom || ' ' || c.prenom)
                 ELSE c.raison_sociale END),
        'chantier', CASE WHEN h.id IS NOT NULL
            THEN json_build_object('id', h.id, 'nom', h.nom) END
    )::text
    FROM (SELECT id, row_number() OVER () AS rang FROM ({page}) ids) p
    JOIN facturation_facture f ON f.id = p.id
    JOIN clients_client c ON c.id = f.client_id
    LEFT JOIN chantiers_chantier h ON h.id = f.chantier_id
    ORDER BY p.rang
"""


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


class Ligne(NamedTuple):
    """One row: the columns that a list can be ordered by, and the row as the API shows it."""

    id: int
    date: dt.date | None
    echeance: dt.date | None
    numero: str | None
    json: str


class Lignes:
    """What the paginator asks of a queryset; a page is one query, its JSON made by PostgreSQL."""

    def __init__(self, factures: QuerySet[Facture]) -> None:
        self._factures = factures

    def order_by(self, *colonnes: str) -> Lignes:
        return Lignes(self._factures.order_by(*colonnes))

    def filter(self, condition: Q) -> Lignes:
        return Lignes(self._factures.filter(condition))

    def __getitem__(self, tranche: slice) -> list[Ligne]:
        try:
            page, parametres = self._factures.values("id")[tranche].query.sql_with_params()
        except EmptyResultSet:
            return []
        with curseur_prepare() as curseur:
            curseur.execute(LIGNES.format(page=page, reprise=Facture.SERIE_REPRISE), parametres)
            return list(map(Ligne._make, curseur.fetchall()))


def en_lignes(factures: QuerySet[Facture]) -> Any:
    """The rows of these invoices, to be paginated."""
    return Lignes(factures)


def en_json(ligne: Any) -> orjson.Fragment:
    """One row as it goes into the answer, without being parsed on the way."""
    return orjson.Fragment(ligne.json)
