"""Login and logout: of front ends by an opaque token, of the office by its pages."""

from __future__ import annotations

from typing import cast

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from drf_spectacular.utils import extend_schema
from rest_framework import permissions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from artjardin.accounts.auteur import Auteur
from artjardin.accounts.models import Jeton, User
from artjardin.accounts.serializers import IdentifiantsSerializer, JetonSerializer, MoiSerializer
from artjardin.api.vues import adresse_de, auteur_de, requete_de
from artjardin.audit.services import consigner
from ops.comptes import suivre_un_nouveau_mot_de_passe
from ops.sessions import fermer_session_api, noter_le_refus, ouvrir_session_api


class Login(APIView):
    """Email and password against a token, shown once."""

    authentication_classes = ()
    permission_classes = (permissions.AllowAny,)

    @extend_schema(request=IdentifiantsSerializer, responses=JetonSerializer)
    def post(self, request: Request) -> Response:
        entree = IdentifiantsSerializer(data=request.data)
        entree.is_valid(raise_exception=True)
        secret, jeton = ouvrir_session_api(**entree.validated_data, de=inconnu(request))
        return Response({"jeton": secret, "expire_le": timezone.localtime(jeton.expire_le)})


class Logout(APIView):
    """Revoke the token of this device."""

    permission_classes = (permissions.IsAuthenticated,)

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        if isinstance(request.auth, Jeton):
            fermer_session_api(request.auth, par=auteur_de(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class Moi(APIView):
    """Who is logged in, with which roles and permissions."""

    permission_classes = (permissions.IsAuthenticated,)

    @extend_schema(responses=MoiSerializer)
    def get(self, request: Request) -> Response:
        return Response(MoiSerializer(request.user).data)


@never_cache
@sensitive_post_parameters()
def entrer(requete: HttpRequest) -> HttpResponse:
    """The login page of the office: who came in, and who was not let in."""
    if requete.method != "POST":
        return admin.site.login(requete)
    with transaction.atomic():
        reponse = admin.site.login(requete)
        if _a_suivi(reponse):
            par = auteur_de(requete)
            consigner(cast(User, requete.user), "session.ouverte", par=par)
            return reponse
    tente = requete.POST.get("username", "")[:254].replace("\0", "")
    if tente and requete.POST.get("password"):
        noter_le_refus(tente, de=inconnu(requete), voie="bureau")
    return reponse


@never_cache
@transaction.atomic
def sortir(requete: HttpRequest) -> HttpResponse:
    """The end of a session of the office."""
    if requete.method == "POST" and requete.user.is_authenticated:
        consigner(requete.user, "session.fermee", par=auteur_de(requete))
    return admin.site.logout(requete)


@sensitive_post_parameters()
@transaction.atomic
def changer_le_mien(requete: HttpRequest) -> HttpResponse:
    """A person's own password, by the office's page; the tokens of every device are revoked."""
    reponse = admin.site.admin_view(admin.site.password_change, cacheable=True)(requete)
    if requete.method == "POST" and requete.user.is_authenticated and _a_suivi(reponse):
        suivre_un_nouveau_mot_de_passe(requete.user, par=auteur_de(requete))
    return reponse


def inconnu(requete: HttpRequest | Request) -> Auteur:
    """Whoever asks without having shown who they are."""
    return Auteur(
        nom="personne non identifiée", adresse=adresse_de(requete), requete=requete_de(requete)
    )


def _a_suivi(reponse: HttpResponse) -> bool:
    """Django's pages go elsewhere when they are done, and come back when they refuse."""
    return reponse.status_code == status.HTTP_302_FOUND
