"""Exports over HTTP: asked for, followed, downloaded; one table, one client's data."""

from __future__ import annotations

from typing import IO, Any

from django.http import FileResponse, Http404, HttpResponseBase
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from artjardin.api.permissions import exiger_un_code_frais
from artjardin.api.vues import Consultation, Vue
from clients.models import Client
from ops.exports import services
from ops.exports.tables import PAR_NOM, TABLES
from ops.models import Export
from ops.serializers_exports import DemandeDExport, ExportSerializer, TableSerializer
from ops.tasks import lancer_l_export

TOUT = "ops.exporter_tout"


def permis_a(user: Any) -> list[str]:
    """The kinds of exports that this person may ask for, see and download."""
    return [genre for genre, droit in Export.DROITS.items() if user.has_perm(droit)]


class ExportViewSet(Consultation):
    """Exports: the file is kept 24 hours, the row stays."""

    serializer_class = ExportSerializer
    queryset = Export.objects.all()
    filterset_fields = ["genre", "etat", "client_ref"]
    droits = {
        "list": "ops.view_export",
        "retrieve": "ops.view_export",
        "create": "ops.exporter_ventes",
        "telecharger": "ops.view_export",
    }

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(genre__in=permis_a(self.request.user))

    def check_permissions(self, request: Request) -> None:
        """Each kind asks for its own right; an unknown one is refused by its shape."""
        super().check_permissions(request)
        genre = request.data.get("genre") if isinstance(request.data, dict) else None
        if self.action == "create" and not request.user.has_perm(
            Export.DROITS.get(str(genre), "ops.exporter_ventes")
        ):
            self.permission_denied(request, message="Votre rôle ne permet pas cet export.")
        if self.action == "create" and genre == Export.Genre.COMPLET:
            exiger_un_code_frais(request)

    @extend_schema(request=DemandeDExport, responses={202: ExportSerializer})
    def create(self, request: Request) -> Response:
        """Ask for one; it is made in the background, and its row says how far it is."""
        demande = self.corps(DemandeDExport)
        if demande.pop("genre") == Export.Genre.VENTES:
            export = services.exporter_les_ventes(par=self.auteur, **demande)
        else:
            export = services.exporter_tout(par=self.auteur)
        lancer_l_export(export)
        return self.rendre(export, statut=202)

    @extend_schema(responses={(200, "application/zip", "text/plain"): OpenApiTypes.BINARY})
    @action(detail=True)
    def telecharger(self, request: Request, pk: str) -> HttpResponseBase:
        """The file, with its SHA-256 as ETag; a fresh code first for all but the sales journal."""
        export = self.get_object()
        if export.genre != Export.Genre.VENTES:
            exiger_un_code_frais(request)
        return envoyer(services.ouvrir(export, par=self.auteur), export)


class TableViewSet(Vue):
    """One table as CSV, of one instant."""

    queryset = Export.objects.none()
    serializer_class = TableSerializer
    filter_backends: list[Any] = []
    pagination_class = None
    droits = {"list": TOUT, "telecharger": TOUT}
    actes_graves = frozenset({"telecharger"})

    @extend_schema(responses=TableSerializer(many=True))
    def list(self, request: Request) -> Response:
        """The tables, and what they hold."""
        return Response(self.get_serializer(TABLES, many=True).data)

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def telecharger(self, request: Request, nom: str) -> HttpResponseBase:
        table = PAR_NOM.get(nom)
        if table is None:
            raise Http404
        flux = services.ouvrir_une_table(table, par=self.auteur)
        return FileResponse(
            flux,
            as_attachment=True,
            filename=f"{table.nom}.csv",
            content_type="text/csv; charset=utf-8",
        )


class PersonneViewSet(Vue):
    """The data held about one client, in the trash or not (RGPD, art. 15 and 20)."""

    queryset = Export.objects.none()
    serializer_class = ExportSerializer
    droits = {"create": TOUT}
    actes_graves = frozenset({"create"})

    @extend_schema(
        operation_id="clients_donnees_personnelles", request=None, responses={202: ExportSerializer}
    )
    def create(self, request: Request, client: int) -> Response:
        """Ask for it; then as any export."""
        personne = get_object_or_404(Client.tous, pk=client)
        export = services.exporter_la_personne(personne, par=self.auteur)
        lancer_l_export(export)
        return self.rendre(export, statut=202)


def envoyer(flux: IO[bytes], export: Export) -> FileResponse:
    """A file to save; the answer closes it."""
    texte = export.genre == Export.Genre.VENTES
    reponse = FileResponse(
        flux,
        as_attachment=True,
        filename=export.nom,
        content_type="text/plain; charset=utf-8" if texte else "application/zip",
    )
    reponse["ETag"] = f'"{export.sha256}"'
    return reponse
