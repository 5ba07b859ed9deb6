"""Login and logout of front ends, their accesses, their password."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import permissions, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from artjardin.accounts.models import Jeton, User
from artjardin.api.authentification import EstUnePersonne
from artjardin.api.requetes import auteur_de, inconnu
from ops import tasks
from ops.comptes import appareils, entrees, gestion, liens
from ops.comptes.serializers import (
    ChoixSerializer,
    IdentifiantsSerializer,
    JetonSerializer,
    MoiSerializer,
    MotDePasseSerializer,
    OubliSerializer,
    OuvertureSerializer,
)


class VueOuverte(APIView):
    """For who has not shown who they are: neither token nor session is read."""

    authentication_classes = ()
    permission_classes = (permissions.AllowAny,)


class VuePersonnelle(APIView):
    """What a person does with their own account."""

    permission_classes = (EstUnePersonne,)


def lire(serializer: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    """The validated body. Raise a 400 that names the fields."""
    entree = serializer(data={} if request.data is None else request.data)
    entree.is_valid(raise_exception=True)
    return dict(entree.validated_data)


def ici(request: Request) -> dict[str, Any]:
    """The token or the session by which this request came."""
    jeton = request.auth if isinstance(request.auth, Jeton) else None
    return {"jeton": jeton, "session": None if jeton else request.session.session_key}


class Login(VueOuverte):
    """E-mail, password, and the code of who has a second factor, against a token shown once."""

    @extend_schema(request=IdentifiantsSerializer, responses=JetonSerializer)
    def post(self, request: Request) -> Response:
        secret, jeton = entrees.ouvrir_session_api(
            **lire(IdentifiantsSerializer, request),
            navigateur=request.headers.get("User-Agent", "")[:200],
            de=inconnu(request),
        )
        return Response(
            {
                "jeton": secret,
                "expire_le": timezone.localtime(jeton.expire_le),
                "second_facteur_requis": not jeton.verifie_le and jeton.user.doit_avoir_un_facteur,
            }
        )


class Logout(VuePersonnelle):
    """Revoke the token of this device, or end this session."""

    avant_le_second_facteur = True

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        if isinstance(request.auth, Jeton):
            entrees.fermer_session_api(request.auth, par=auteur_de(request))
        else:
            entrees.fermer_session(request._request)  # noqa: SLF001 - the session is Django's
        return Response(status=status.HTTP_204_NO_CONTENT)


class LogoutPartout(VuePersonnelle):
    """Close every access of this account, this one included."""

    avant_le_second_facteur = True

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        appareils.fermer_partout(personne_de(request), par=auteur_de(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class Moi(VuePersonnelle):
    """Who is logged in, with which roles and permissions."""

    avant_le_second_facteur = True

    @extend_schema(responses=MoiSerializer)
    def get(self, request: Request) -> Response:
        return Response(MoiSerializer(request.user).data)


class MesAcces(VuePersonnelle):
    """The tokens and sessions of this account that are open."""

    @extend_schema(responses=OuvertureSerializer(many=True))
    def get(self, request: Request) -> Response:
        ouverts = appareils.ouvertures(personne_de(request), **ici(request))
        return Response(OuvertureSerializer(ouverts, many=True).data)


class MonAcces(VuePersonnelle):
    """Close one of them."""

    @extend_schema(request=None, responses={204: None})
    def delete(self, request: Request, numero: str) -> Response:
        appareils.fermer(personne_de(request), numero, par=auteur_de(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class MonMotDePasse(VuePersonnelle):
    """Change one's own password; every other access is closed."""

    @extend_schema(request=MotDePasseSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        gestion.changer_le_sien(
            personne_de(request),
            **lire(MotDePasseSerializer, request),
            par=auteur_de(request),
            sauf_session=ici(request)["session"],
            sauf=ici(request)["jeton"],
        )
        if not isinstance(request.auth, Jeton):
            entrees.garder_la_session(request._request, personne_de(request))  # noqa: SLF001
        return Response(status=status.HTTP_204_NO_CONTENT)


class Oubli(VueOuverte):
    """Ask for a link by mail; the answer is the same whether the account exists or not."""

    @extend_schema(request=OubliSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        email, de = lire(OubliSerializer, request)["email"], inconnu(request)
        liens.limiter_les_oublis(email, de=de)
        tasks.envoyer_un_oubli.delay(email, adresse=de.adresse, requete=de.requete)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Choix(VueOuverte):
    """Choose a password by the link of a mail, once; then log in."""

    @extend_schema(request=ChoixSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        donnees, de = lire(ChoixSerializer, request), inconnu(request)
        liens.limiter_les_choix(de=de)
        liens.choisir_le_mot_de_passe(donnees["lien"], donnees["mot_de_passe"], de=de)
        return Response(status=status.HTTP_204_NO_CONTENT)


def personne_de(request: Request) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - EstUnePersonne
    return request.user
