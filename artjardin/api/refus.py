"""A refusal outside of REST framework: the house's error body, or a page for who reads pages."""

from __future__ import annotations

import math
from datetime import timedelta
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from kombu.exceptions import OperationalError

from artjardin.erreurs import TropDeDemandes

SANS_VALKEY = (OperationalError,)
INDISPONIBLE = "Un service est momentanément indisponible : réessayez dans un moment."
DES_PROGRAMMES = ("/api/", "/rebonds/", "/live", "/ready", "/health/", "/metrics")
TITRES = {
    400: "Demande illisible",
    403: "Accès refusé",
    405: "Demande impossible",
    408: "Envoi trop lent",
    411: "Demande illisible",
    413: "Envoi trop volumineux",
    415: "Demande illisible",
    429: "Trop de demandes",
    500: "Une erreur est survenue",
    503: "Momentanément indisponible",
}


def refuser(
    requete: HttpRequest,
    statut: int,
    code: str,
    message: str,
    *,
    attente: timedelta | None = None,
) -> HttpResponse:
    """The answer of this status; `attente`: how long before it is worth asking again."""
    if _veut_une_page(requete):
        contexte = {"titre": TITRES.get(statut, "Demande refusée"), "message": message}
        reponse = HttpResponse(render_to_string("refus.html", contexte), status=statut)
    else:
        corps = {"code": code, "message": message, "champs": {}}
        reponse = JsonResponse(corps, status=statut, json_dumps_params={"ensure_ascii": False})
    if attente is not None:
        reponse["Retry-After"] = str(max(1, math.ceil(attente.total_seconds())))
    return reponse


def trop_de_demandes(requete: HttpRequest, refus: TropDeDemandes) -> HttpResponse:
    """429, and when to come back."""
    statut = HTTPStatus.TOO_MANY_REQUESTS
    return refuser(requete, statut, refus.code, refus.message, attente=refus.attente)


def sans_valkey(requete: HttpRequest) -> HttpResponse:
    """503: what must be done by a worker cannot be asked for now."""
    statut, attente = HTTPStatus.SERVICE_UNAVAILABLE, timedelta(seconds=5)
    return refuser(requete, statut, "indisponible", INDISPONIBLE, attente=attente)


def illisible(requete: HttpRequest, exception: Exception) -> HttpResponse:
    """400 (handler400): a host that is not ours, a form that Django gives up reading."""
    message = "La demande ne peut pas être lue."
    return refuser(requete, HTTPStatus.BAD_REQUEST, "invalide", message)


def en_panne(requete: HttpRequest) -> HttpResponse:
    """500 (handler500): the log says what broke."""
    message = "Une erreur est survenue ; elle est notée. Réessayez dans un moment."
    return refuser(requete, HTTPStatus.INTERNAL_SERVER_ERROR, "erreur", message)


def sans_preuve(requete: HttpRequest, reason: str = "") -> HttpResponse:
    """403 (CSRF_FAILURE_VIEW): the form did not come from one of our pages, or is too old."""
    message = "Cette page a expiré : revenez en arrière, rechargez-la, et recommencez."
    return refuser(requete, HTTPStatus.FORBIDDEN, "preuve_absente", message)


def _veut_une_page(requete: HttpRequest) -> bool:
    if requete.path_info.startswith(DES_PROGRAMMES):
        return False
    return "text/html" in requete.headers.get("Accept", "")
