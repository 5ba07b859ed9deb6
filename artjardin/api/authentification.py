"""Who asks: by a token, a key of a machine, or a session; and whether they have shown enough."""

from __future__ import annotations

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import exceptions
from rest_framework.authentication import (
    BaseAuthentication,
    SessionAuthentication,
    get_authorization_header,
)
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from artjardin.accounts.cles import PREFIXE, Machine, lire_cle
from artjardin.accounts.exigence import exiger_le_second_facteur
from artjardin.accounts.jetons import lire_jeton
from artjardin.accounts.models import CleApi, Jeton, User
from artjardin.erreurs import Interdit


class SecondFacteurRequis(exceptions.PermissionDenied):
    """As Interdit, in the terms of REST framework: its browsable page can then be drawn."""

    default_code = "second_facteur_requis"


class CleEnLecture(exceptions.PermissionDenied):
    default_code = "cle_en_lecture_seule"
    default_detail = "Une clé d'API ne fait que lire."


class ParJeton(BaseAuthentication):
    """`Authorization: Bearer <jeton>`: of a device, or the key of a machine (`ajk_…`)."""

    def authenticate(self, request: Request) -> tuple[User | Machine, Jeton | CleApi] | None:
        match get_authorization_header(request).split():
            case [mode, secret] if mode.lower() == b"bearer":
                return _porteur(request, secret.decode(errors="replace"))
            case _:
                return None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class ParSession(SessionAuthentication):
    """The session of the office, with its proof against forgery."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        trouve = super().authenticate(request)
        if trouve is not None:
            _exiger(request, trouve[0])
        return trouve


class EstUnePersonne(BasePermission):
    """A person, not the key of a machine."""

    def has_permission(self, request: Request, view: object) -> bool:
        return isinstance(request.user, User)


def _porteur(request: Request, secret: str) -> tuple[User | Machine, Jeton | CleApi]:
    if secret.startswith(PREFIXE):
        if (cle := lire_cle(secret)) is None:
            raise exceptions.AuthenticationFailed("Clé inconnue, expirée ou révoquée.")
        if request.method not in SAFE_METHODS:
            raise CleEnLecture
        return Machine(cle), cle
    jeton = lire_jeton(secret)
    if jeton is None:
        raise exceptions.AuthenticationFailed("Jeton inconnu, expiré ou révoqué.")
    _exiger(request, jeton.user)
    return jeton.user, jeton


def _exiger(request: Request, user: User) -> None:
    """The second factor, but on the views that put it in place."""
    if getattr(request.parser_context.get("view"), "avant_le_second_facteur", False):
        return
    try:
        exiger_le_second_facteur(user)
    except Interdit as refus:
        raise SecondFacteurRequis(refus.message) from refus


class JetonDansLeSchema(OpenApiAuthenticationExtension):
    """How the OpenAPI document names this authentication."""

    target_class = ParJeton
    name = "jeton"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class SessionDansLeSchema(OpenApiAuthenticationExtension):
    """As REST framework's own session."""

    target_class = ParSession
    name = "cookieAuth"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid"}
