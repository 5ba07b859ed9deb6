"""Login for front ends: an opaque token."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import permissions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from artjardin.accounts.models import Jeton
from artjardin.accounts.serializers import IdentifiantsSerializer, JetonSerializer, MoiSerializer
from artjardin.accounts.services import fermer_session_api, ouvrir_session_api


class Login(APIView):
    """Email and password against a token, shown once."""

    authentication_classes = ()
    permission_classes = (permissions.AllowAny,)

    @extend_schema(request=IdentifiantsSerializer, responses=JetonSerializer)
    def post(self, request: Request) -> Response:
        entree = IdentifiantsSerializer(data=request.data)
        entree.is_valid(raise_exception=True)
        secret, jeton = ouvrir_session_api(**entree.validated_data)
        return Response({"jeton": secret, "expire_le": timezone.localtime(jeton.expire_le)})


class Logout(APIView):
    """Revoke the token of this device."""

    permission_classes = (permissions.IsAuthenticated,)

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        if isinstance(request.auth, Jeton):
            fermer_session_api(request.auth)
        return Response(status=status.HTTP_204_NO_CONTENT)


class Moi(APIView):
    """Who is logged in, with which roles and permissions."""

    permission_classes = (permissions.IsAuthenticated,)

    @extend_schema(responses=MoiSerializer)
    def get(self, request: Request) -> Response:
        return Response(MoiSerializer(request.user).data)
