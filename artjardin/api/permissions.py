"""Closed by default: an action without an entry in the view's `droits` is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission

from artjardin.accounts import exigence
from artjardin.erreurs import Interdit

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class CodeFraisRequis(PermissionDenied):
    """As Interdit, in the terms of REST framework: its browsable page can then be drawn."""

    default_code = "code_frais_requis"


class SelonDroits(BasePermission):
    """`droits = {"list": "facturation.view_facture", …}` on the view, action by action; those of
    `actes_graves` also ask for a fresh code."""

    message = "Votre rôle ne permet pas cette action."

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user.is_authenticated:
            return False
        if getattr(view, "action", "") is None:
            return True  # no handler for this method: 405 follows
        action = getattr(view, "action", None) or str(request.method).lower()
        if action in {"metadata", "options"}:
            return True
        droit = getattr(view, "droits", {}).get(action)
        if droit is None or not request.user.has_perm(droit):
            return False
        if action in getattr(view, "actes_graves", ()):
            exiger_un_code_frais(request)
        return True


def exiger_un_code_frais(request: Request) -> None:
    """Raise a 403 `code_frais_requis` unless a code was given on this device within ten minutes."""
    try:
        exigence.exiger_un_code_frais(request)
    except Interdit as refus:
        raise CodeFraisRequis(refus.message) from refus
