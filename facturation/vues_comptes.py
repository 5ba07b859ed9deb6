"""The accounts over HTTP: statement of a client, aged balance, turnover; JSON, CSV or PDF."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from artjardin.api.pdf import servir
from artjardin.api.vues import Vue
from clients.models import Client
from facturation import comptes
from facturation import serializers_comptes as formes
from facturation.comptes.impression import en_json
from facturation.models import Facture

Reponse = Response | HttpResponseBase
CSV = {(200, "text/csv"): OpenApiTypes.STR}
PDF = {(200, "application/pdf"): OpenApiTypes.BINARY}


class ComptesViewSet(Vue):
    """What clients owe and what was sold, computed at any past day, from the dates of the rows."""

    queryset = Facture.objects.none()
    droits = {
        "releve": "facturation.view_facture",
        "balance_agee": "facturation.view_facture",
        "chiffre_affaires": "facturation.view_facture",
    }

    @extend_schema(
        operation_id="clients_releve",
        parameters=[formes.DemandeDeReleve],
        responses={(200, "application/json"): formes.ReleveDeCompte, **CSV, **PDF},
    )
    def releve(self, request: Request, pk: int) -> Reponse:
        """The account of a client, from the 1st of January of the year of `au` unless told."""
        demande = self.lire(formes.DemandeDeReleve)
        client = get_object_or_404(Client.tous, pk=pk)  # in the trash, its account stays
        releve = comptes.relever_le_compte(client, du=demande["du"], au=demande["au"])
        if demande["sortie"] == "pdf":
            return servir(comptes.promettre_le_releve(releve, client))
        nom = f"releve-{releve.code}-{releve.du}-{releve.au}"
        return rendre(releve, demande["sortie"], ecrire=comptes.csv_releve, nom=nom)

    @extend_schema(
        operation_id="factures_balance_agee",
        parameters=[formes.DemandeDeBalance],
        responses={(200, "application/json"): formes.BalanceAgee, **CSV, **PDF},
    )
    def balance_agee(self, request: Request) -> Reponse:
        """What each client owes at the end of the day `au`, by age."""
        demande = self.lire(formes.DemandeDeBalance)
        balance = comptes.dresser_la_balance(au=demande["au"])
        if demande["sortie"] == "pdf":
            return servir(comptes.promettre_la_balance(balance))
        nom = f"balance-agee-{balance.au}"
        return rendre(balance, demande["sortie"], ecrire=comptes.csv_balance, nom=nom)

    @extend_schema(
        operation_id="factures_chiffre_affaires",
        parameters=[formes.DemandeDeChiffreAffaires],
        responses={(200, "application/json"): formes.ChiffreDAffaires, **CSV},
    )
    def chiffre_affaires(self, request: Request) -> Reponse:
        """What was issued and cashed by VAT rate and month, from the 1st of the month of `au`."""
        demande = self.lire(formes.DemandeDeChiffreAffaires)
        chiffre = comptes.chiffrer_la_periode(du=demande["du"], au=demande["au"])
        nom = f"chiffre-affaires-{chiffre.du}-{chiffre.au}"
        return rendre(chiffre, demande["sortie"], ecrire=comptes.csv_chiffre_affaires, nom=nom)

    def lire(self, forme: type[BaseSerializer]) -> dict[str, Any]:
        """The validated parameters of the address. Raise a 400 that names them."""
        demande = forme(data=self.request.query_params)
        demande.is_valid(raise_exception=True)
        return dict(demande.validated_data)


def rendre(compte: Any, sortie: str, *, ecrire: Callable[[Any], bytes], nom: str) -> Reponse:
    """An account as JSON, or as the CSV that `ecrire` makes, to be saved under that name."""
    if sortie == "json":
        return Response(en_json(compte))
    reponse = HttpResponse(ecrire(compte), content_type="text/csv; charset=utf-8")
    fichier = f"{get_valid_filename(nom)}.csv"
    reponse["Content-Disposition"] = str(
        content_disposition_header(as_attachment=True, filename=fichier)
    )
    return reponse
