"""The import of clients over HTTP, and what every import view shares."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import parsers, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from artjardin.api.vues import Vue
from clients.importation import analyser_clients, importer_clients, resumer_clients
from clients.lecture import OCTETS_MAX
from clients.rapport import Rapport
from clients.serializers_import import RapportClients

OUI, NON = ("true", "oui", "1"), ("false", "non", "0")


class DemandeImport(serializers.Serializer):
    """The file, and whether this is a dry run: it is unless told otherwise."""

    fichier = serializers.FileField(allow_empty_file=True, help_text="CSV, 10 Mo au plus.")
    essai = serializers.ChoiceField(
        choices=[*OUI, *NON], default="true", help_text="Tout lire, ne rien écrire."
    )


class ParseurCsv(parsers.BaseParser):
    """A bare `text/csv` body; one byte past the limit is enough to refuse it."""

    media_type = "text/csv"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Any = None
    ) -> dict[str, Any]:
        return {"corps": stream.read(OCTETS_MAX + 1)}


@dataclass(frozen=True)
class CasImport:
    """The dry run, the import, and the report of one kind of file."""

    analyser: Callable[..., Rapport]
    importer: Callable[..., Rapport]
    resumer: Callable[[Rapport], dict[str, Any]]


def decrire_l_import(rapport: type[serializers.Serializer]) -> Callable[..., Any]:
    """What the OpenAPI document says of an import that answers with this report."""
    essai = OpenApiParameter(
        "essai",
        enum=[*OUI, *NON],
        default="true",
        description="Pour un corps text/csv, qui n'a pas de champs.",
    )
    description = extend_schema(
        parameters=[essai],
        request={"multipart/form-data": DemandeImport, "text/csv": OpenApiTypes.BINARY},
        responses={200: rapport, 201: rapport},
    )
    return extend_schema_view(create=description)


class VueImport(Vue):
    """POST a file: 200 and the report of the dry run, or 201 once written."""

    parser_classes = (parsers.MultiPartParser, ParseurCsv)
    serializer_class = DemandeImport
    cas: ClassVar[CasImport]

    def create(self, request: Request) -> Response:
        octets, nom, essai = self._lire(request)
        agir = self.cas.analyser if essai else self.cas.importer
        rapport = agir(octets, fichier=nom, par=self.auteur)
        statut = status.HTTP_200_OK if essai else status.HTTP_201_CREATED
        return Response(self.cas.resumer(rapport), status=statut)

    def _lire(self, request: Request) -> tuple[bytes, str, bool]:
        """Content (cut one byte past the limit), name, and whether it is a dry run."""
        data: Any = request.data
        if isinstance(corps := data.get("corps"), bytes):
            essai = serializers.ChoiceField(choices=[*OUI, *NON]).run_validation(
                request.query_params.get("essai", "true")
            )
            return corps, "corps de la requête", essai in OUI
        entree = self.get_serializer(data=data)
        entree.is_valid(raise_exception=True)
        fichier = entree.validated_data["fichier"]
        return fichier.read(OCTETS_MAX + 1), fichier.name, entree.validated_data["essai"] in OUI


@decrire_l_import(RapportClients)
class ImportClients(VueImport):
    """Import clients from a CSV file of another program."""

    droits = {"create": "clients.importer_client"}
    cas = CasImport(analyser_clients, importer_clients, resumer_clients)
