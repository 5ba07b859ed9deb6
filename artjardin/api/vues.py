"""The base of every viewset: author of the change, idempotency, deletion to the trash."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from artjardin.accounts.auteur import Auteur
from artjardin.api.description import Description
from artjardin.api.idempotence import Idempotent
from artjardin.api.portee import a_portee, portee
from artjardin.api.requetes import auteur_de
from artjardin.softdelete.services import supprimer


class Vue(Idempotent, GenericViewSet):
    """Every viewset of the API. `droits` says which permission each action asks for."""

    droits: dict[str, str] = {}
    metadata_class = Description

    @property
    def auteur(self) -> Auteur:
        return auteur_de(self.request)

    @property
    def est_limitee(self) -> bool:
        """Whether who asks reaches some rows only, and then sees and filters on less of them."""
        if getattr(self, "swagger_fake_view", False):
            return False
        lignes: Any = super().get_queryset()
        return portee(lignes.model, self.request.user) is not None

    def get_queryset(self) -> Any:
        """What is within the reach of who asks: the rest answers 404."""
        return a_portee(super().get_queryset(), self.request.user)

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


RENONCER = [
    OpenApiParameter("renoncer", OpenApiTypes.BOOL, description="À ce qui reste à facturer."),
    OpenApiParameter("motif", OpenApiTypes.STR),
]


class Corbeille:
    """DELETE sends to the trash: soft, 204. `?renoncer=1&motif=…` gives up what is left to
    invoice."""

    @extend_schema(parameters=RENONCER)
    def destroy(self: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        demande = request.query_params
        renoncer = demande.get("renoncer", "").lower() in {"1", "true", "oui"}
        motif = demande.get("motif", "")
        supprimer(self.get_object(), par=self.auteur, motif=motif, renoncer=renoncer)
        return Response(status=status.HTTP_204_NO_CONTENT)
