"""Who may read the details: the monitoring token, a key of a machine, or somebody of the office."""

from __future__ import annotations

from http import HTTPStatus
from secrets import compare_digest

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import APIException, PermissionDenied
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
    return statut_de_lecture(requete) == HTTPStatus.OK


def statut_de_lecture(requete: HttpRequest) -> HTTPStatus:
    """200, or 401 for a stranger, 403 for who may not, 503 while that cannot be known.

    Ask the database of a session or a key only while it answers: this must never hang.
    """
    autorisation = requete.headers.get("Authorization", "")
    if est_le_jeton(autorisation):
        return HTTPStatus.OK
    if not autorisation and settings.SESSION_COOKIE_NAME not in requete.COOKIES:
        return HTTPStatus.UNAUTHORIZED
    return HTTPStatus.SERVICE_UNAVAILABLE if base_en_panne() else _statut_du_demandeur(requete)


def base_en_panne() -> bool:
    """Whether sessions and keys cannot be read at this moment."""
    return any(constat.sonde.nom == "postgresql" for constat in PRET.lire().pannes)


def _statut_du_demandeur(requete: HttpRequest) -> HTTPStatus:
    try:
        demandeur = Request(requete, authenticators=[ParJeton(), ParSession()]).user
    except PermissionDenied:  # without the second factor
        return HTTPStatus.FORBIDDEN
    except APIException:  # unknown, expired
        return HTTPStatus.UNAUTHORIZED
    if not demandeur.is_authenticated:
        return HTTPStatus.UNAUTHORIZED
    return HTTPStatus.OK if demandeur.has_perm(DROIT) else HTTPStatus.FORBIDDEN
