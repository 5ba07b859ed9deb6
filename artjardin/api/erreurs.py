"""One error body for the whole API: `{"code", "message", "champs"}`, message in French."""

from __future__ import annotations

import logging
import math
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import ValidationError as ErreurDjango
from django.db import DataError, IntegrityError, OperationalError, ProgrammingError
from django.http import Http404
from psycopg.errors import DeadlockDetected, RaiseException, SerializationFailure
from rest_framework import exceptions
from rest_framework.response import Response

from artjardin.api.limites import compter_un_etranger
from artjardin.api.refus import INDISPONIBLE, SANS_VALKEY
from artjardin.erreurs import (
    Conflit,
    ErreurMetier,
    Indisponible,
    Interdit,
    Invalide,
    TropDeDemandes,
)

journal = logging.getLogger(__name__)
STATUTS: dict[type[ErreurMetier], int] = {
    Invalide: 400,
    Interdit: 403,
    Conflit: 409,
    TropDeDemandes: 429,
    Indisponible: 503,
}
MESSAGES = {
    400: "La demande contient des erreurs.",
    401: "Authentification requise.",
    403: "Votre rôle ne permet pas cette action.",
    404: "Introuvable.",
    413: "La demande est trop grande.",
}


def repondre(erreur: Exception, contexte: dict[str, Any]) -> Response | None:
    """DRF exception handler. None lets an unforeseen error become a logged 500."""
    erreur = _traduite(erreur, contexte)
    if isinstance(erreur, ErreurMetier):
        return _du_metier(erreur)
    if isinstance(erreur, ErreurDjango):
        return _corps(400, "invalide", MESSAGES[400], _champs_django(erreur))
    if isinstance(erreur, SuspiciousOperation):
        return _suspecte(erreur)
    if isinstance(erreur, IntegrityError | DataError) or _vient_d_un_trigger(erreur):
        journal.warning("refusé par la base : %s", erreur)
        return _corps(409, "conflit", "La base de données refuse cette modification.", {})
    if isinstance(erreur, Http404):
        erreur = exceptions.NotFound()
    elif isinstance(erreur, PermissionDenied):
        erreur = exceptions.PermissionDenied()
    return _de_drf(erreur) if isinstance(erreur, exceptions.APIException) else None


def _traduite(erreur: Exception, contexte: dict[str, Any]) -> Exception:
    """What the error means to who asks."""
    if _vient_d_un_croisement(erreur):
        journal.warning("deux transactions se sont croisées : %s", erreur)
        return Indisponible("Une autre modification était en cours : réessayez.")
    if isinstance(erreur, SANS_VALKEY):
        return Indisponible(INDISPONIBLE)
    etranger = isinstance(erreur, exceptions.NotAuthenticated | exceptions.AuthenticationFailed)
    if etranger and "request" in contexte:  # REST framework counts only who may come in
        try:
            compter_un_etranger(contexte["request"])
        except TropDeDemandes as refus:
            return refus
    return erreur


def _vient_d_un_croisement(erreur: Exception) -> bool:
    """The database undid this transaction so that another could go on: nothing was written."""
    croisements = DeadlockDetected | SerializationFailure
    return isinstance(erreur, OperationalError) and isinstance(erreur.__cause__, croisements)


def _du_metier(erreur: ErreurMetier) -> Response:
    statut = next((s for genre, s in STATUTS.items() if isinstance(erreur, genre)), 409)
    reponse = _corps(statut, erreur.code, erreur.message, erreur.champs)
    if statut == HTTPStatus.SERVICE_UNAVAILABLE:
        reponse["Retry-After"] = "2"
    if isinstance(erreur, TropDeDemandes):
        reponse["Retry-After"] = str(max(1, math.ceil(erreur.attente.total_seconds())))
    return reponse


def _suspecte(erreur: SuspiciousOperation) -> Response:
    """A form that Django gives up reading: too big, too many fields or files."""
    trop_grande = isinstance(erreur, RequestDataTooBig)
    statut, code = (413, "trop_grand") if trop_grande else (400, "invalide")
    journal.warning("demande illisible : %s", erreur)
    return _corps(statut, code, MESSAGES[statut], {})


def _vient_d_un_trigger(erreur: Exception) -> bool:
    return isinstance(erreur, ProgrammingError) and isinstance(erreur.__cause__, RaiseException)


def _de_drf(erreur: exceptions.APIException) -> Response:
    if isinstance(erreur, exceptions.ValidationError):
        reponse = _corps(400, "invalide", MESSAGES[400], _champs(erreur.detail))
    else:
        detail = erreur.detail if isinstance(erreur.detail, str) else MESSAGES[400]
        message = MESSAGES[404] if isinstance(erreur, exceptions.NotFound) else detail
        reponse = _corps(erreur.status_code, erreur.default_code, message, {})
    if entete := getattr(erreur, "auth_header", None):
        reponse["WWW-Authenticate"] = entete
    if attente := getattr(erreur, "wait", None):
        reponse["Retry-After"] = str(int(attente))
    return reponse


def _champs(detail: Any, chemin: str = "") -> dict[str, list[str]]:
    """Flatten DRF's nested details: `lignes.0.quantite`, and `lignes` for the whole list."""
    if isinstance(detail, dict):
        paires = ((_joindre(chemin, str(clef)), v) for clef, v in detail.items())
    elif isinstance(detail, list) and any(isinstance(v, dict | list) for v in detail):
        paires = ((f"{chemin}.{rang}", v) for rang, v in enumerate(detail) if v)
    else:
        textes = detail if isinstance(detail, list) else [detail]
        return {chemin or "non_field_errors": [str(texte) for texte in textes]}
    return {clef: textes for c, v in paires for clef, textes in _champs(v, c).items()}


def _joindre(chemin: str, clef: str) -> str:
    if not chemin:
        return clef
    return chemin if clef == "non_field_errors" else f"{chemin}.{clef}"


def _champs_django(erreur: ErreurDjango) -> dict[str, list[str]]:
    if hasattr(erreur, "error_dict"):
        return dict(erreur.message_dict)
    return {"non_field_errors": erreur.messages}


def _corps(statut: int, code: str, message: str, champs: dict[str, list[str]]) -> Response:
    return Response({"code": code, "message": message, "champs": champs}, status=statut)
