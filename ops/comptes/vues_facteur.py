"""The second factor by the API (design §6): set up, verify, disable, recovery codes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from artjardin.accounts import exigence, facteurs
from artjardin.accounts.models import Jeton
from artjardin.api.requetes import auteur_de
from ops.comptes import entrees, facteur
from ops.comptes.serializers import (
    CodeSerializer,
    CodesSerializer,
    ConfirmationSerializer,
    DesactivationSerializer,
    EtatFacteurSerializer,
    PreparationSerializer,
    VerifieSerializer,
)
from ops.comptes.vues import VuePersonnelle, ici, lire, personne_de


class Facteur(VuePersonnelle):
    """Whether this account has a second factor, must have one, and how long its code is fresh."""

    avant_le_second_facteur = True

    @extend_schema(responses=EtatFacteurSerializer)
    def get(self, request: Request) -> Response:
        user = personne_de(request)
        return Response(
            {
                "actif": facteurs.a_un_facteur(user),
                "obligatoire": user.doit_avoir_un_facteur,
                "codes_restants": facteurs.codes_restants(user),
                "code_frais_jusqu_a": exigence.frais_jusqu_a(request),
            }
        )


class MiseEnPlace(VuePersonnelle):
    """A secret for the phone, as text, address and QR code. To replace one, a fresh code first."""

    avant_le_second_facteur = True

    @extend_schema(request=None, responses=PreparationSerializer)
    def post(self, request: Request) -> Response:
        user = personne_de(request)
        facteur.exiger_de_pouvoir_le_mettre(user, request)
        return Response(PreparationSerializer(facteur.preparer(user)).data)


class Verification(VuePersonnelle):
    """A code: the first one puts the factor in place and gives the recovery codes; the next ones
    open the grave acts for ten minutes. Without a factor, the password does."""

    avant_le_second_facteur = True

    @extend_schema(request=ConfirmationSerializer, responses=VerifieSerializer)
    def post(self, request: Request) -> Response:
        donnees = lire(ConfirmationSerializer, request)
        codes = facteur.confirmer_ou_verifier(
            personne_de(request), **donnees, par=auteur_de(request), **ici(request)
        )
        _verifier_ici(request)
        fait: dict[str, Any] = {"code_frais_jusqu_a": exigence.frais_jusqu_a(request)}
        return Response(fait | ({"codes_de_secours": codes} if codes else {}))


class Desactivation(VuePersonnelle):
    """Take the factor away, against password and code; 409 where it is compulsory."""

    @extend_schema(request=DesactivationSerializer, responses={204: None})
    def post(self, request: Request) -> Response:
        facteur.desactiver(
            personne_de(request), **lire(DesactivationSerializer, request), par=auteur_de(request)
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class CodesDeSecours(VuePersonnelle):
    """Ten new recovery codes against a code; the older ones are worth nothing any more."""

    @extend_schema(request=CodeSerializer, responses=CodesSerializer)
    def post(self, request: Request) -> Response:
        code = lire(CodeSerializer, request)["code"]
        codes = facteur.regenerer_les_codes(personne_de(request), code, par=auteur_de(request))
        return Response({"codes_de_secours": codes})


def _verifier_ici(request: Request) -> None:
    """This device has shown a code, of the factor if there is one: its token, or its session, says
    so from now on."""
    if isinstance(request.auth, Jeton):
        entrees.verifier_le_jeton(request.auth)
    else:
        entrees.verifier_la_session(request._request)  # noqa: SLF001 - the session is Django's
    exigence.noter_le_code(request)
