"""Who has shown enough: a second factor where it must be, a fresh code for what is grave."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from artjardin.accounts import sessions
from artjardin.accounts.models import Jeton
from artjardin.erreurs import Interdit

FRAICHEUR = timedelta(minutes=10)


def exiger_le_second_facteur(user: Any) -> None:
    """Raise Interdit when this person must have a second factor and has not shown it (G10)."""
    if not user.is_verified() and user.doit_avoir_un_facteur:
        raise Interdit(
            "Un second facteur est obligatoire pour votre rôle : mettez-le en place d'abord.",
            code="second_facteur_requis",
        )


def exiger_un_code_frais(requete: Any) -> None:
    """Raise Interdit unless a code (or, without a factor, the password) was given within ten
    minutes on this device. `requete`: of Django or of REST framework.
    """
    if frais_jusqu_a(requete) is None:
        raise Interdit(
            "Confirmez d'abord par un code de moins de dix minutes.", code="code_frais_requis"
        )


def frais_jusqu_a(requete: Any) -> datetime | None:
    """Until when the last code given on this device opens the grave acts; None: not any more."""
    donne, maintenant = code_donne_le(requete), timezone.now()
    frais = donne is not None and maintenant - FRAICHEUR < donne <= maintenant
    return timezone.localtime(donne + FRAICHEUR) if donne is not None and frais else None


def code_donne_le(requete: Any) -> datetime | None:
    """When the last code was given on this device, by its token, else in its session; of who has
    no factor, when the password was: at the login, or since."""
    jeton = getattr(requete, "auth", None)
    if isinstance(jeton, Jeton):
        return jeton.code_le
    donnees = getattr(requete, "session", {})
    texte = donnees.get(sessions.CODE) or donnees.get(sessions.OUVERTE)
    return datetime.fromisoformat(texte) if texte else None


def noter_le_code(requete: Any) -> None:
    """A good code, or the password of who has no factor, was just given on this device: that it
    shows a factor is another thing (`verifie_le`)."""
    jeton = getattr(requete, "auth", None)
    if isinstance(jeton, Jeton):
        jeton.code_le = timezone.now()
        jeton.save(update_fields=["code_le"])
    else:
        http: HttpRequest = getattr(requete, "_request", requete)
        sessions.noter_le_code(http)
