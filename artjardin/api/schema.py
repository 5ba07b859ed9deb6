"""The OpenAPI document: what every operation says of its refusals, and of a request made again."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.permissions import SAFE_METHODS

from artjardin.api.idempotence import ENTETE, LONGUEUR_MAX, Idempotent

JSON = "application/json"
REFUS = {
    HTTPStatus.BAD_REQUEST: "Demande mal formée ; `champs` dit où.",
    HTTPStatus.UNAUTHORIZED: "Ni jeton, ni clé, ni session valables.",
    HTTPStatus.FORBIDDEN: (
        "Interdit à ce rôle ; ou `second_facteur_requis`, `code_frais_requis`, "
        "`cle_en_lecture_seule`."
    ),
    HTTPStatus.NOT_FOUND: "Inconnu, ou hors de portée de qui demande.",
    HTTPStatus.CONFLICT: "L'état des données s'y oppose ; `code` dit pourquoi.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "Corps trop grand.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "Corps d'un type que cette adresse ne lit pas.",
    HTTPStatus.TOO_MANY_REQUESTS: "Trop de demandes ; `Retry-After` dit quand revenir.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Pas prêt, ou croisé avec une autre modification : réessayez.",
}
ATTENTE = {
    "description": "Secondes à attendre.",
    "schema": {"type": "integer", "minimum": 1},
    "required": True,
}
ENTETES = {
    HTTPStatus.UNAUTHORIZED: {"WWW-Authenticate": {"schema": {"type": "string"}, "required": True}},
    HTTPStatus.TOO_MANY_REQUESTS: {"Retry-After": ATTENTE},
    HTTPStatus.SERVICE_UNAVAILABLE: {"Retry-After": ATTENTE},
}


class ErreurSerializer(serializers.Serializer):
    """The body of every refusal (artjardin.api.erreurs)."""

    code = serializers.CharField(help_text="Pour les programmes.")
    message = serializers.CharField(help_text="Pour les personnes, en français.")
    champs = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        help_text="Messages par champ ; `lignes.0.quantite` pour un champ d'une ligne.",
    )


class Schema(AutoSchema):
    """Adds to each operation the refusals that it can give, and the header of a safe retry."""

    def get_override_parameters(self) -> list[Any]:
        autres = list(super().get_override_parameters())
        retenue = isinstance(self.view, Idempotent) and not self.view.sans_idempotence
        if self.method == "POST" and retenue:
            autres.append(
                OpenApiParameter(
                    ENTETE,
                    {"type": "string", "maxLength": LONGUEUR_MAX},
                    OpenApiParameter.HEADER,
                    description="Au choix de qui demande : la même clef n'agit qu'une fois.",
                )
            )
        return autres

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation = super().get_operation(*args, **kwargs)
        if operation is not None:
            reponses = operation["responses"]
            for statut in self._refus(operation):
                reponses.setdefault(str(statut.value), self._corps(statut))
            operation["responses"] = dict(sorted(reponses.items()))
        return operation

    def _refus(self, operation: dict[str, Any]) -> set[HTTPStatus]:
        """What can go wrong there: known by what it reads, and by what it gives."""
        lus = {(p["in"], p["name"]) for p in operation.get("parameters", [])}
        lieux, ecrit = {lieu for lieu, _ in lus}, self.method not in SAFE_METHODS
        refus = {HTTPStatus.TOO_MANY_REQUESTS}
        if self.view.get_authenticators():
            refus |= {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
        if ecrit or "query" in lieux:
            refus.add(HTTPStatus.BAD_REQUEST)
        if "path" in lieux or ("query", "curseur") in lus:
            refus.add(HTTPStatus.NOT_FOUND)
        if "requestBody" in operation:
            refus |= {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE}
        if ecrit or _donne_un_fichier(operation):
            refus |= {HTTPStatus.CONFLICT, HTTPStatus.SERVICE_UNAVAILABLE}
        return refus

    def _corps(self, statut: HTTPStatus) -> dict[str, Any]:
        erreur = self.resolve_serializer(ErreurSerializer, "response")
        return {
            "description": REFUS[statut],
            "headers": ENTETES.get(statut, {}),
            "content": {JSON: {"schema": erreur.ref}},
        }


def _donne_un_fichier(operation: dict[str, Any]) -> bool:
    return any(
        reponse.get("content", {}).keys() - {JSON} for reponse in operation["responses"].values()
    )
