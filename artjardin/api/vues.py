"""The base of every viewset: author of the change, idempotency, deletion to the trash."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from artjardin.accounts.auteur import Auteur, personne
from artjardin.api.idempotence import Idempotent
from artjardin.softdelete.services import supprimer
from artjardin.storage.models import Document
from artjardin.storage.services import lire


class Vue(Idempotent, GenericViewSet):
    """Every viewset of the API. `droits` says which permission each action asks for."""

    droits: dict[str, str] = {}

    @property
    def auteur(self) -> Auteur:
        return auteur_de(self.request)

    def rendre(self, objet: Any, *, statut: int = status.HTTP_200_OK) -> Response:
        """The full object, as the detail route shows it."""
        return Response(self.get_serializer(objet).data, status=statut)


class Consultation(mixins.ListModelMixin, mixins.RetrieveModelMixin, Vue):
    """List and detail."""


class Corbeille:
    """DELETE sends to the trash: soft, 204."""

    def destroy(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        supprimer(self.get_object(), par=self.auteur, motif=request.query_params.get("motif", ""))
        return Response(status=status.HTTP_204_NO_CONTENT)


def auteur_de(request: Request | HttpRequest) -> Auteur:
    return personne(
        request.user,  # type: ignore[arg-type]
        adresse=adresse_de(request),
        requete=request.headers.get("X-Request-ID", "")[:64],
    )


def adresse_de(request: Request | HttpRequest) -> str | None:
    """The client's address, trusting X-Forwarded-For only past MANDATAIRES proxies of ours."""
    chaine = [a.strip() for a in request.headers.get("X-Forwarded-For", "").split(",") if a.strip()]
    if settings.MANDATAIRES and len(chaine) >= settings.MANDATAIRES:
        return chaine[-settings.MANDATAIRES]
    return request.META.get("REMOTE_ADDR") or None


def servir(document: Document) -> HttpResponse:
    """The PDF itself, checked against its SHA-256. Raises Indisponible while it is promised."""
    reponse = HttpResponse(lire(document), content_type="application/pdf")
    reponse["Content-Disposition"] = f'inline; filename="{document.nom}"'
    reponse["ETag"] = f'"{document.sha256}"'
    return reponse
