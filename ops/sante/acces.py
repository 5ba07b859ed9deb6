"""Who may read the details: the monitoring token, a key of a machine, or somebody of the office."""

from __future__ import annotations

from secrets import compare_digest

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import APIException
from rest_framework.request import Request

from artjardin.api.authentification import ParJeton, ParSession
from ops.sante.bilan import PRET

DROIT = "audit.view_execution"


def est_le_jeton(autorisation: str) -> bool:
    """Whether this header shows JETON_SURVEILLANCE; needs no service."""
    mode, _, secret = autorisation.partition(" ")
    attendu = settings.JETON_SURVEILLANCE
    egaux = compare_digest(secret.strip().encode(), attendu.encode())
    return bool(attendu) and mode.lower() == "bearer" and egaux


def peut_lire(requete: HttpRequest) -> bool:
    """Ask the database of a session or a key only while it answers: this must never hang."""
    autorisation = requete.headers.get("Authorization", "")
    if est_le_jeton(autorisation):
        return True
    if not autorisation and settings.SESSION_COOKIE_NAME not in requete.COOKIES:
        return False
    return not base_en_panne() and _a_le_droit(requete)


def base_en_panne() -> bool:
    """Whether sessions and keys cannot be read at this moment."""
    return any(constat.sonde.nom == "postgresql" for constat in PRET.lire().pannes)


def _a_le_droit(requete: HttpRequest) -> bool:
    demande = Request(requete, authenticators=[ParJeton(), ParSession()])
    try:
        return bool(demande.user.has_perm(DROIT))
    except APIException:  # unknown, expired, or without the second factor
        return False
