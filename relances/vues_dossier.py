"""Letters to print, statements of interest, recovery files, texts and rates, over HTTP."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from artjardin.api.pdf import servir
from artjardin.api.vues import Consultation, Vue
from artjardin.erreurs import Conflit
from clients.models import Client
from relances import serializers_dossier as serializers
from relances import services
from relances.decompte import decompter
from relances.documents import decompte_fige, promettre_decompte
from relances.dossier import constituer
from relances.impression import mettre_bout_a_bout
from relances.models import Modele, Relance, TauxLegal
from relances.serializers import RelanceSerializer
from relances.serializers_lectures import DecompteSerializer
from relances.views import LIES

DECIDER = "relances.lancer_passage"
PDF: Any = {(200, "application/pdf"): OpenApiTypes.BINARY}
ZIP: Any = {(200, "application/zip"): OpenApiTypes.BINARY}


class Questions(Vue):
    """Views whose address has parameters."""

    def lire(self, forme: type[BaseSerializer]) -> dict[str, Any]:
        """The validated parameters of the address. Raise a 400 that names them."""
        demande = forme(data=self.request.query_params)
        demande.is_valid(raise_exception=True)
        return dict(demande.validated_data)


class APosterVue(Questions):
    """The letters of the day, together."""

    serializer_class = RelanceSerializer
    queryset = Relance.objects.select_related(*LIES)
    pagination_class = None
    filter_backends: list[Any] = []
    droits = {"pdf": "relances.view_relance", "postees": DECIDER}

    @extend_schema(parameters=[serializers.DemandeDeLettres], responses=PDF)
    @action(detail=False)
    def pdf(self, request: Request) -> HttpResponse:
        """All the letters to print in one PDF; `recto=1`: each begins on the front of a sheet."""
        lettres = services.lettres_du_jour()
        if not lettres:
            raise Conflit("Aucune lettre n'est à poster.", code="aucune_lettre")
        tout = mettre_bout_a_bout(
            [lettre.document for lettre in lettres],
            recto=self.lire(serializers.DemandeDeLettres)["recto"],
        )
        nom = f"Lettres-{timezone.localdate()}.pdf"
        return _fichier(HttpResponse(tout, content_type="application/pdf"), nom)

    @extend_schema(request=serializers.PosteesSerializer, responses=RelanceSerializer(many=True))
    @action(detail=False, methods=["post"])
    def postees(self, request: Request) -> Response:
        """Mark these letters as posted, all or none, with their registered numbers."""
        demande = self.corps(serializers.PosteesSerializer)
        relances = services.marquer_postees(
            demande["lettres"], suivi=demande["suivi"], le=demande["le"], par=self.auteur
        )
        return Response(self.get_serializer(relances, many=True).data)


class ReceptionVue(Vue):
    """The receipt of a posted letter."""

    serializer_class = RelanceSerializer
    queryset = Relance.objects.select_related(*LIES)
    droits = {"recue": DECIDER}

    @extend_schema(request=serializers.RecueSerializer)
    @action(detail=True, methods=["post"])
    def recue(self, request: Request, pk: str) -> Response:
        """Note the day the client signed for it."""
        demande = self.corps(serializers.RecueSerializer)
        return self.rendre(
            services.noter_la_reception(self.get_object(), par=self.auteur, **demande)
        )


class CompteEnRetardVue(Questions):
    """What a late client owes beside its invoices, and the file to recover it."""

    queryset = Client.tous.all()
    droits = {"decompte": "relances.view_relance", "dossier": DECIDER}

    @extend_schema(
        parameters=[serializers.DemandeDeDecompte],
        responses={(200, "application/json"): DecompteSerializer, **PDF},
    )
    @action(detail=True)
    def decompte(self, request: Request, pk: str) -> HttpResponseBase:
        """Interest by period and flat-rate indemnities on a day; `reglees=1`: paid late too."""
        client, demande = self.get_object(), self.lire(serializers.DemandeDeDecompte)
        decompte = decompter(client, au=demande["au"], avec_reglees=demande["reglees"])
        if demande["sortie"] == "json":
            return Response(decompte_fige(decompte))
        return servir(promettre_decompte(client, decompte))

    @extend_schema(request=None, responses=ZIP)
    @action(detail=True)
    def dossier(self, request: Request, pk: str) -> FileResponse:
        """Everything to recover what a client owes, as a ZIP."""
        dossier = constituer(self.get_object(), par=self.auteur)
        return FileResponse(
            dossier.fichier,
            as_attachment=True,
            filename=dossier.nom,
            content_type="application/zip",
        )


class TexteVue(mixins.UpdateModelMixin, Consultation):
    """The texts of the reminders; a patron changes them."""

    serializer_class = serializers.ModeleSerializer
    queryset = Modele.objects.all()
    filterset_fields = ["ton", "type_client"]
    cherche_dans = ("objet", "courriel", "lettre")
    http_method_names = ["get", "patch", "head", "options"]
    droits = {
        "list": "relances.view_modele",
        "retrieve": "relances.view_modele",
        "partial_update": "relances.change_modele",
    }

    @extend_schema(request=serializers.TexteSerializer)
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Change a text; a hole that nothing fills is refused, by field."""
        champs = self.corps(serializers.TexteSerializer)
        return self.rendre(services.modifier_modele(self.get_object(), par=self.auteur, **champs))


class TauxVue(Consultation):
    """The legal rates, by half-year."""

    serializer_class = serializers.TauxSerializer
    queryset = TauxLegal.objects.all()
    tris = {"-debut": "-debut"}
    droits = {
        "list": "relances.view_tauxlegal",
        "retrieve": "relances.view_tauxlegal",
        "create": "relances.add_tauxlegal",
    }

    @extend_schema(
        request=serializers.TauxSaisiSerializer, responses={201: serializers.TauxSerializer}
    )
    def create(self, request: Request) -> Response:
        """Enter the rates of a half-year."""
        taux = self.corps(serializers.TauxSaisiSerializer)
        return self.rendre(services.ajouter_taux(par=self.auteur, **taux), statut=201)


def _fichier(reponse: HttpResponse, nom: str) -> HttpResponse:
    reponse["Content-Disposition"] = f'inline; filename="{nom}"'
    return reponse
