"""The base of every viewset: author of the change, idempotency, deletion to the trash."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from artjardin.accounts.auteur import Auteur, personne
from artjardin.api.idempotence import Idempotent
from artjardin.softdelete.services import supprimer


class Vue(Idempotent, GenericViewSet):
    """Every viewset of the API. `droits` says which permission each action asks for."""

    droits: dict[str, str] = {}

    @property
    def auteur(self) -> Auteur:
        return auteur_de(self.request)

    def corps(self, serializer: type[BaseSerializer], **options: Any) -> dict[str, Any]:
        """The validated body of the request. Raise a 400 that names the fields."""
        contexte = self.get_serializer_context()
        donnees = {} if self.request.data is None else self.request.data
        entree = serializer(data=donnees, context=contexte, **options)
        entree.is_valid(raise_exception=True)
        return dict(entree.validated_data)

    def rendre(self, objet: Any, *, statut: int = status.HTTP_200_OK) -> Response:
        """The full object, as the detail route shows it."""
        return Response(self.get_serializer(objet).data, status=statut)


class Consultation(mixins.ListModelMixin, mixins.RetrieveModelMixin, Vue):
    """List and detail."""


class Corbeille:
    """DELETE sends to the trash: soft, 204. `?renoncer=1&motif=…` gives up what is left to
    invoice."""

    def destroy(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        demande = request.query_params
        renoncer = demande.get("renoncer", "").lower() in {"1", "true", "oui"}
        motif = demande.get("motif", "")
        supprimer(self.get_object(), par=self.auteur, motif=motif, renoncer=renoncer)
        return Response(status=status.HTTP_204_NO_CONTENT)


def auteur_de(request: Request | HttpRequest) -> Auteur:
    return personne(
        request.user,  # type: ignore[arg-type]
        adresse=adresse_de(request),
        requete=requete_de(request),
    )


def requete_de(request: Request | HttpRequest) -> str:
    """The id that the proxy or the front end gave to this request, else one made here, kept."""
    donne = request.headers.get("X-Request-ID", "")[:64]
    return request.META.setdefault("artjardin.requete", donne or uuid.uuid4().hex)


def adresse_de(request: Request | HttpRequest) -> str | None:
    """The client's address, trusting X-Forwarded-For only past MANDATAIRES proxies of ours."""
    chaine = [a.strip() for a in request.headers.get("X-Forwarded-For", "").split(",") if a.strip()]
    if settings.MANDATAIRES and len(chaine) >= settings.MANDATAIRES:
        return chaine[-settings.MANDATAIRES]
    return request.META.get("REMOTE_ADDR") or None
