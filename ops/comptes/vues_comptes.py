"""Accounts and keys of machines, by the patrons."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from artjardin.accounts.models import CleApi, Role, User
from artjardin.api.vues import Consultation
from ops.comptes import cles, facteur, gestion, liens
from ops.comptes.serializers import (
    CleApiEcriteSerializer,
    CleApiSecreteSerializer,
    CleApiSerializer,
    CompteEcritSerializer,
    CompteSerializer,
    InvitationSerializer,
)


class CompteViewSet(Consultation):
    """Accounts: invited, changed, closed; never deleted."""

    queryset = User.objects.prefetch_related("groups", "facteur_set")
    serializer_class = CompteSerializer
    tris = {"nom": "nom", "email": "email"}
    actes_graves = frozenset({"create", "partial_update", "reinitialiser_facteur"})
    droits = {
        "list": "accounts.view_user",
        "retrieve": "accounts.view_user",
        "create": "accounts.add_user",
        "partial_update": "accounts.change_user",
        "inviter": "accounts.add_user",
        "reinitialiser_facteur": "accounts.change_user",
        "fermer_acces": "accounts.change_user",
    }

    @extend_schema(request=InvitationSerializer, responses={201: CompteSerializer})
    def create(self, request: Request) -> Response:
        """Invite: the person chooses a password by the link that they receive."""
        donnees = self.corps(InvitationSerializer)
        user = liens.inviter(par=self.auteur, **donnees | {"role": Role(donnees["role"])})
        return self.rendre(user, statut=status.HTTP_201_CREATED)

    @extend_schema(request=CompteEcritSerializer, responses=CompteSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change name, address, roles, or close the account; 409 for the last active patron."""
        donnees = self.corps(CompteEcritSerializer, partial=True)
        gestion.modifier_compte(self.get_object(), par=self.auteur, **donnees)
        return self.rendre(self.get_object())

    @extend_schema(request=None, responses=CompteSerializer)
    @action(detail=True, methods=["post"])
    def inviter(self, request: Request, pk: str) -> Response:
        """Mail another invitation; the one before is worth nothing any more."""
        user = self.get_object()
        liens.reinviter(user, par=self.auteur)
        return self.rendre(user)

    @extend_schema(request=None, responses=CompteSerializer)
    @action(detail=True, methods=["post"], url_path="reinitialiser-facteur")
    def reinitialiser_facteur(self, request: Request, pk: str) -> Response:
        """Take another's second factor away; both are told."""
        facteur.reinitialiser(self.get_object(), par=self.auteur)
        return self.rendre(self.get_object())

    @extend_schema(request=None, responses=CompteSerializer)
    @action(detail=True, methods=["post"], url_path="fermer-acces")
    def fermer_acces(self, request: Request, pk: str) -> Response:
        """Close every token and session of this account."""
        user = self.get_object()
        gestion.fermer_les_acces(user, par=self.auteur)
        return self.rendre(user)


class CleApiViewSet(mixins.DestroyModelMixin, Consultation):
    """Keys of machines; the secret is shown when it is made, and never again."""

    queryset = CleApi.objects.all()
    serializer_class = CleApiSerializer
    tris = {"-creee_le": "-creee_le", "expire_le": "expire_le"}
    actes_graves = frozenset({"create"})
    sans_idempotence = True  # its answer holds a secret, which is stored nowhere
    droits = {
        "list": "accounts.view_cleapi",
        "retrieve": "accounts.view_cleapi",
        "create": "accounts.add_cleapi",
        "destroy": "accounts.change_cleapi",
    }

    @extend_schema(request=CleApiEcriteSerializer, responses={201: CleApiSecreteSerializer})
    def create(self, request: Request) -> Response:
        secret, cle = cles.creer_cle(par=self.auteur, **self.corps(CleApiEcriteSerializer))
        montree = dict(CleApiSerializer(cle).data) | {"secret": secret}
        return Response(montree, status=status.HTTP_201_CREATED)

    def perform_destroy(self, instance: Any) -> None:
        """Revoke it: the row stays, for the journal."""
        cles.revoquer_cle(instance, par=self.auteur)

    def get_serializer_class(self) -> type[BaseSerializer]:
        return CleApiEcriteSerializer if self.action == "create" else CleApiSerializer
