"""Opaque bearer tokens: given at login, stored hashed, revoked at logout."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.utils import timezone

from artjardin.accounts.models import Jeton, User
from artjardin.preparees import curseur_prepare

PRECISION = timedelta(minutes=1)  # of `vu_le`
# A valid token, its user, their roles and all their rights, in one query per request
VALABLE = """
    SELECT {jeton}, {user}, ARRAY(
        SELECT g.name FROM auth_group g
        JOIN accounts_user_groups ug ON ug.group_id = g.id WHERE ug.user_id = u.id
    ), ARRAY(
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
    WHERE j.empreinte = %s AND j.revoque_le IS NULL AND j.expire_le > %s AND j.vu_le > %s
    AND u.is_active
"""


def empreinte(jeton: str) -> str:
    return hashlib.sha256(jeton.encode()).hexdigest()


def creer_jeton(
    user: User, *, appareil: str = "", adresse: str | None = None, verifie: bool = False
) -> tuple[str, Jeton]:
    """Return the secret, shown this once, and its row. It expires after JETON_DUREE, or when it has
    not served for JETON_INACTIVITE. `verifie`: a code of the second factor was given.
    """
    secret, maintenant = secrets.token_urlsafe(32), timezone.now()
    jeton = Jeton.objects.create(
        user=user,
        empreinte=empreinte(secret),
        appareil=appareil[:200],
        adresse=adresse,
        verifie_le=maintenant if verifie else None,
        code_le=maintenant,
        expire_le=maintenant + settings.JETON_DUREE,
    )
    return secret, jeton


def lire_jeton(secret: str) -> Jeton | None:
    """The valid token with its user, whose roles and rights are already known."""
    texte, des_jetons, des_users = _requete()
    maintenant = timezone.now()
    limite = maintenant - settings.JETON_INACTIVITE
    with curseur_prepare() as curseur:
        curseur.execute(texte, [empreinte(secret), maintenant, limite])
        ligne = curseur.fetchone()
    if ligne is None:
        return None
    coupe = len(des_jetons)
    jeton = Jeton.from_db(curseur.db.alias, des_jetons, ligne[:coupe])
    jeton.user = User.from_db(curseur.db.alias, des_users, ligne[coupe:-2])
    _connaitre(jeton, roles=ligne[-2], droits=ligne[-1])
    if jeton.vu_le < maintenant - PRECISION:
        Jeton.objects.filter(pk=jeton.pk).update(vu_le=maintenant)
    return jeton


def _connaitre(jeton: Jeton, *, roles: list[str], droits: list[str]) -> None:
    """What was read with the token, put where Django, django-otp and ourselves look for it."""
    user: Any = jeton.user
    user.roles_lus = frozenset(roles)
    user.is_verified = partial(bool, jeton.verifie_le)
    if not user.is_superuser:
        user._perm_cache = set(droits)  # noqa: SLF001


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
