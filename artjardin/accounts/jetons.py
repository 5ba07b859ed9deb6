"""Opaque bearer tokens: given at login, stored hashed, revoked at logout."""

import hashlib
import secrets

from django.conf import settings
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from artjardin.accounts.models import Jeton, User


def empreinte(jeton: str) -> str:
    return hashlib.sha256(jeton.encode()).hexdigest()


def creer_jeton(user: User, *, appareil: str = "") -> tuple[str, Jeton]:
    """Return the secret, shown this once, and its row. It expires after JETON_DUREE."""
    secret = secrets.token_urlsafe(32)
    jeton = Jeton.objects.create(
        user=user,
        empreinte=empreinte(secret),
        appareil=appareil[:200],
        expire_le=timezone.now() + settings.JETON_DUREE,
    )
    return secret, jeton


class AuthentificationParJeton(BaseAuthentication):
    """`Authorization: Bearer <jeton>`."""

    def authenticate(self, request: Request) -> tuple[User, Jeton] | None:
        mots = get_authorization_header(request).split()
        if len(mots) != 2 or mots[0].lower() != b"bearer":  # noqa: PLR2004
            return None
        secret = mots[1].decode(errors="replace")
        valables = Jeton.objects.valables(au=timezone.now()).select_related("user")
        jeton = valables.filter(empreinte=empreinte(secret)).first()
        if jeton is None:
            raise AuthenticationFailed("Jeton inconnu, expiré ou révoqué.")
        return jeton.user, jeton

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class JetonDansLeSchema(OpenApiAuthenticationExtension):
    """How the OpenAPI document names this authentication."""

    target_class = AuthentificationParJeton
    name = "jeton"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}
