"""Closed by default: an action without an entry in the view's `droits` is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView


class SelonDroits(BasePermission):
    """`droits = {"list": "facturation.view_facture", …}` on the view, action by action."""

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
        return droit is not None and request.user.has_perm(droit)
