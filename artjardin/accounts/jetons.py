"""Opaque bearer tokens: given at login, stored hashed, revoked at logout."""

import hashlib
import secrets
from functools import cache

from django.conf import settings
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from artjardin.accounts.models import Jeton, User
from artjardin.preparees import curseur_prepare

# A valid token, its user and all their rights, in one query per request
VALABLE = """
    SELECT {jeton}, {user}, ARRAY(
        SELECT t.app_label || '.' || p.codename
        FROM auth_permission p JOIN django_content_type t ON t.id = p.content_type_id
        WHERE p.id IN (
            SELECT g.permission_id FROM auth_group_permissions g
            JOIN accounts_user_groups ug ON ug.group_id = g.group_id WHERE ug.user_id = u.id
            UNION ALL
            SELECT permission_id FROM accounts_user_user_permissions WHERE user_id = u.id
        )
    )
    FROM accounts_jeton j JOIN accounts_user u ON u.id = j.user_id
    WHERE j.empreinte = %s AND j.revoque_le IS NULL AND j.expire_le > %s AND u.is_active
"""


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


def lire_jeton(secret: str) -> Jeton | None:
    """The valid token with its user, whose rights are already known to `has_perm`."""
    texte, des_jetons, des_users = _requete()
    with curseur_prepare() as curseur:
        curseur.execute(texte, [empreinte(secret), timezone.now()])
        ligne = curseur.fetchone()
    if ligne is None:
        return None
    coupe = len(des_jetons)
    jeton = Jeton.from_db(curseur.db.alias, des_jetons, ligne[:coupe])
    jeton.user = User.from_db(curseur.db.alias, des_users, ligne[coupe:-1])
    if not jeton.user.is_superuser:
        # Where Django's own backend keeps the rights once read
        jeton.user._perm_cache = set(ligne[-1])  # type: ignore[attr-defined]  # noqa: SLF001
    return jeton


@cache
def _requete() -> tuple[str, list[str], list[str]]:
    """The query and the fields that it reads of the token and of the user."""
    jetons, users = Jeton._meta.concrete_fields, User._meta.concrete_fields
    colonnes = {
        "jeton": ", ".join(f'j."{champ.column}"' for champ in jetons),
        "user": ", ".join(f'u."{champ.column}"' for champ in users),
    }
    noms = [champ.attname for champ in jetons], [champ.attname for champ in users]
    return VALABLE.format(**colonnes), *noms


class AuthentificationParJeton(BaseAuthentication):
    """`Authorization: Bearer <jeton>`."""

    def authenticate(self, request: Request) -> tuple[User, Jeton] | None:
        match get_authorization_header(request).split():
            case [mode, secret] if mode.lower() == b"bearer":
                jeton = lire_jeton(secret.decode(errors="replace"))
            case _:
                return None
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
