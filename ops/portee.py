"""Which mails a person reads (branchements.PORTEES).

Those of accounts and the alerts are for whoever sees the accounts; the others read what concerns
clients, and what the firm is told of documents and reminders.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q

# Closed by default: a new mail inside the firm is not in it
DE_GESTION = ["interne", "apercu_relances", "passage_relances", "promesses_relances"]


def courriels(user: Any) -> Q | None:
    """The condition on mails; None without a limit."""
    return None if _voit_tout(user) else _ouverts("")


def rebonds(user: Any) -> Q | None:
    """The condition on bounces: that of the mails that came back, or of no mail that is known."""
    return None if _voit_tout(user) else Q(courriel=None) | _ouverts("courriel__")


def _voit_tout(user: Any) -> bool:
    return bool(user.has_perm("accounts.view_user"))


def _ouverts(vers: str) -> Q:
    return Q(**{f"{vers}client_ref__isnull": False}) | Q(**{f"{vers}type__in": DE_GESTION})
