"""Devis, factures, payments and catalogue over HTTP."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from artjardin.api.pdf import pdf_de, servir
from artjardin.api.vues import Consultation, Corbeille, Vue
from facturation import filtres, liste, serializers, services
from facturation.encours import encours_du_client
from facturation.models import Devis, Facture, Paiement, Prestation

SANS_PUT = ["get", "post", "patch", "delete", "head", "options"]


class Redaction(Corbeille, mixins.CreateModelMixin, Consultation):
    """Drafts: created and changed through services, answered in full."""

    http_method_names = SANS_PUT
    forme: type[BaseSerializer]
    preparer: Any
    modifier: Any

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        document = type(self).preparer(par=self.auteur, **self.corps(self.forme))
        return self.rendre(self.relire(document), statut=201)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        document = self.get_object()
        champs = self.corps(self.forme, partial=True)
        return self.rendre(self.relire(type(self).modifier(document, par=self.auteur, **champs)))

    def relire(self, document: Any) -> Any:
        """The fresh object, with what the answer shows."""
        return self.get_queryset().get(pk=document.pk)


class DevisViewSet(Redaction):
    """Quotes."""

    serializer_class = forme = serializers.DevisSerializer
    filterset_class = filtres.DevisFiltre
    preparer = services.preparer_devis
    modifier = services.modifier_devis
    tris = {"-id": "-id", "-date": "-date", "numero": "numero"}
    droits = {
        "list": "facturation.view_devis",
        "retrieve": "facturation.view_devis",
        "create": "facturation.add_devis",
        "partial_update": "facturation.change_devis",
        "destroy": "facturation.delete_devis",
        "finaliser": "facturation.decider_devis",
        "envoyer": "facturation.decider_devis",
        "accepter": "facturation.decider_devis",
        "refuser": "facturation.decider_devis",
        "reviser": "facturation.add_devis",
        "facturer": "facturation.add_facture",
        "pdf": "facturation.view_devis",
    }

    def get_queryset(self) -> QuerySet[Devis]:
        return Devis.objects.select_related("client").prefetch_related("lignes")

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def finaliser(self, request: Request, pk: str) -> Response:
        return self.rendre(
            self.relire(services.finaliser_devis(self.get_object(), par=self.auteur))
        )

    @extend_schema(request=None, responses=serializers.CourrielPromisSerializer)
    @action(detail=True, methods=["post"])
    def envoyer(self, request: Request, pk: str) -> Response:
        courriel = services.envoyer_devis(self.get_object(), par=self.auteur)
        return Response(serializers.CourrielPromisSerializer(courriel).data)

    @extend_schema(request=serializers.AcceptationSerializer)
    @action(detail=True, methods=["post"])
    def accepter(self, request: Request, pk: str) -> Response:
        options = self.corps(serializers.AcceptationSerializer)
        devis = services.accepter_devis(self.get_object(), par=self.auteur, **options)
        return self.rendre(self.relire(devis))

    @extend_schema(request=serializers.MotifSerializer)
    @action(detail=True, methods=["post"])
    def refuser(self, request: Request, pk: str) -> Response:
        options = self.corps(serializers.MotifSerializer)
        devis = services.refuser_devis(self.get_object(), par=self.auteur, **options)
        return self.rendre(self.relire(devis))

    @extend_schema(request=None, responses={201: serializers.DevisSerializer})
    @action(detail=True, methods=["post"])
    def reviser(self, request: Request, pk: str) -> Response:
        revision = services.reviser_devis(self.get_object(), par=self.auteur)
        return self.rendre(self.relire(revision), statut=201)

    @extend_schema(
        request=serializers.DemandeSerializer, responses={201: serializers.FactureSerializer}
    )
    @action(detail=True, methods=["post"])
    def facturer(self, request: Request, pk: str) -> Response:
        demande = services.Demande(**self.corps(serializers.DemandeSerializer))
        facture = services.facturer_devis(self.get_object(), par=self.auteur, demande=demande)
        return Response(serializers.FactureSerializer(facture).data, status=201)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True)
    def pdf(self, request: Request, pk: str) -> HttpResponseBase:
        return pdf_de(self.get_object(), genre="devis")


class FactureViewSet(Redaction):
    """Invoices."""

    serializer_class = forme = serializers.FactureSerializer
    filterset_class = filtres.FactureFiltre
    preparer = services.preparer_facture
    modifier = services.modifier_facture
    tris = {"-id": "-id", "-date": "-date", "echeance": "echeance", "numero": "numero"}
    droits = {
        "list": "facturation.view_facture",
        "retrieve": "facturation.view_facture",
        "create": "facturation.add_facture",
        "partial_update": "facturation.change_facture",
        "destroy": "facturation.delete_facture",
        "emettre": "facturation.emettre_facture",
        "envoyer": "facturation.emettre_facture",
        "avoir": "facturation.emettre_facture",
        "encaisser": "facturation.encaisser_facture",
        "reception": "facturation.emettre_facture",
        "ouvrir_litige": "facturation.add_litige",
        "clore_litige": "facturation.change_litige",
        "rejeter_prelevement": "facturation.encaisser_facture",
        "pdf": "facturation.view_facture",
        "acquittee": "facturation.view_facture",
    }

    def get_queryset(self) -> QuerySet[Facture]:
        if self.action == "list":
            return Facture.objects.all()  # the page computes its own balances
        factures = (
            Facture.objects.avec_solde().avec_client().select_related("retenue", "prelevement")
        )
        return factures.prefetch_related("lignes", "tva", "litiges")

    @extend_schema(responses=liste.FactureDeListe(many=True))
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(liste.en_lignes(self.filter_queryset(self.get_queryset())))
        return self.get_paginated_response([liste.en_json(ligne) for ligne in page or []])

    @extend_schema(request=serializers.EmissionSerializer)
    @action(detail=True, methods=["post"])
    def emettre(self, request: Request, pk: str) -> Response:
        options = self.corps(serializers.EmissionSerializer)
        facture = services.emettre_facture(self.get_object(), par=self.auteur, **options)
        return self.rendre(self.relire(facture))

    @extend_schema(request=None, responses=serializers.CourrielPromisSerializer)
    @action(detail=True, methods=["post"])
    def envoyer(self, request: Request, pk: str) -> Response:
        courriel = services.envoyer_facture(self.get_object(), par=self.auteur)
        return Response(serializers.CourrielPromisSerializer(courriel).data)

    @extend_schema(
        request=serializers.AvoirSerializer, responses={201: serializers.FactureSerializer}
    )
    @action(detail=True, methods=["post"])
    def avoir(self, request: Request, pk: str) -> Response:
        options = self.corps(serializers.AvoirSerializer)
        avoir = services.faire_un_avoir(self.get_object(), par=self.auteur, **options)
        return self.rendre(self.relire(avoir), statut=201)

    @extend_schema(request=serializers.ReceptionSerializer)
    @action(detail=True, methods=["post"])
    def reception(self, request: Request, pk: str) -> Response:
        options = self.corps(serializers.ReceptionSerializer)
        facture = self.get_object()
        services.receptionner_les_travaux(facture, par=self.auteur, **options)
        return self.rendre(self.relire(facture))

    @extend_schema(request=serializers.EncaissementSerializer)
    @action(detail=True, methods=["post"])
    def encaisser(self, request: Request, pk: str) -> Response:
        options = self.corps(serializers.EncaissementSerializer)
        facture = self.get_object()
        services.encaisser(facture, par=self.auteur, **options)
        return self.rendre(self.relire(facture))

    @extend_schema(request=serializers.MotifSerializer)
    @action(detail=True, methods=["post"], url_path="litige")
    def ouvrir_litige(self, request: Request, pk: str) -> Response:
        facture = self.get_object()
        options = self.corps(serializers.MotifSerializer)
        services.ouvrir_litige(facture, par=self.auteur, **options)
        return self.rendre(self.relire(facture))

    @extend_schema(request=None)
    @action(detail=True, methods=["post"], url_path="clore-litige")
    def clore_litige(self, request: Request, pk: str) -> Response:
        facture = self.get_object()
        services.clore_litige(facture, par=self.auteur)
        return self.rendre(self.relire(facture))

    @extend_schema(request=serializers.MotifSerializer)
    @action(detail=True, methods=["post"], url_path="rejeter-prelevement")
    def rejeter_prelevement(self, request: Request, pk: str) -> Response:
        facture = self.get_object()
        options = self.corps(serializers.MotifSerializer)
        services.rejeter_le_prelevement(facture, par=self.auteur, **options)
        return self.rendre(self.relire(facture))

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True)
    def pdf(self, request: Request, pk: str) -> HttpResponseBase:
        facture = self.get_object()
        if facture.est_reprise:
            return servir(services.promettre_recapitulatif(facture, le=timezone.localdate()))
        return pdf_de(facture, genre="facture")

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True)
    def acquittee(self, request: Request, pk: str) -> HttpResponseBase:
        """A copy of a paid invoice, stamped."""
        return servir(services.promettre_l_acquittee(self.get_object()))


class PaiementViewSet(Consultation):
    """Payments: entered, allocated, given back, cancelled by an opposite entry."""

    serializer_class = serializers.PaiementSerializer
    filterset_class = filtres.PaiementFiltre
    queryset = Paiement.objects.avec_credit().prefetch_related("imputations__facture")
    tris = {"-id": "-id", "-le": "-le"}
    cherche_dans = ("numero", "reference", "client", "imputations__facture__numero")
    droits = {
        "list": "facturation.view_paiement",
        "retrieve": "facturation.view_paiement",
        "create": "facturation.encaisser_facture",
        "imputer": "facturation.encaisser_facture",
        "rembourser": "facturation.encaisser_facture",
        "annuler": "facturation.encaisser_facture",
    }

    @extend_schema(request=serializers.ReceptionDePaiementSerializer)
    def create(self, request: Request) -> Response:
        recu = self.corps(serializers.ReceptionDePaiementSerializer)
        return self._entree(services.recevoir_paiement(par=self.auteur, **recu))

    @extend_schema(request=serializers.PartSerializer)
    @action(detail=True, methods=["post"])
    def imputer(self, request: Request, pk: str) -> Response:
        part = self.corps(serializers.PartSerializer)
        paiement = self.get_object()
        services.imputer(paiement, part["facture"], montant=part["montant"], par=self.auteur)
        return self.rendre(self.get_object())

    @extend_schema(
        request=serializers.RemboursementSerializer, responses={201: serializers.PaiementSerializer}
    )
    @action(detail=True, methods=["post"])
    def rembourser(self, request: Request, pk: str) -> Response:
        options = self.corps(serializers.RemboursementSerializer)
        return self._entree(services.rembourser(self.get_object(), par=self.auteur, **options))

    @extend_schema(
        request=serializers.MotifSerializer, responses={201: serializers.PaiementSerializer}
    )
    @action(detail=True, methods=["post"])
    def annuler(self, request: Request, pk: str) -> Response:
        options = self.corps(serializers.MotifSerializer)
        oppose = services.annuler_paiement(self.get_object(), par=self.auteur, **options)
        return self._entree(oppose)

    def _entree(self, paiement: Paiement) -> Response:
        return self.rendre(self.get_queryset().get(pk=paiement.pk), statut=201)


class PrestationViewSet(mixins.CreateModelMixin, mixins.UpdateModelMixin, Consultation):
    """Catalogue."""

    serializer_class = serializers.PrestationSerializer
    queryset = Prestation.objects.all()
    http_method_names = ["get", "post", "patch", "head", "options"]
    filterset_fields = ["active", "code"]
    tris = {"code": "code", "designation": "designation"}
    cherche_dans = ("code", "designation")
    droits = {
        "list": "facturation.view_prestation",
        "retrieve": "facturation.view_prestation",
        "create": "facturation.add_prestation",
        "partial_update": "facturation.change_prestation",
    }

    def perform_create(self, serializer: Any) -> None:
        nouvelle = Prestation(**serializer.validated_data)
        serializer.instance = services.enregistrer_prestation(nouvelle, par=self.auteur)

    def perform_update(self, serializer: Any) -> None:
        champs = serializer.validated_data
        voulue = Prestation(pk=serializer.instance.pk, **champs)
        serializer.instance = services.enregistrer_prestation(
            voulue, par=self.auteur, champs=champs
        )


class EncoursViewSet(Vue):
    """What a client owes, computed."""

    droits = {"encours": "facturation.view_facture"}

    @extend_schema(responses=serializers.EncoursSerializer)
    def encours(self, request: Request, pk: str) -> Response:
        return Response(encours_du_client(int(pk)))
