"""What every line of a request or a task says: its id, and who asks."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.utils.functional import LazyObject
from structlog.contextvars import bound_contextvars, get_contextvars

PERMIS = re.compile(r"[A-Za-z0-9._-]{1,64}")
_demande: ContextVar[Any] = ContextVar("demande", default=None)


def numero_de_requete(donne: str = "") -> str:
    """The id that was given, when it can be written everywhere; else a new one.

    >>> numero_de_requete("a1-b2"), len(numero_de_requete("a b")), len(numero_de_requete())
    ('a1-b2', 32, 32)
    """
    return donne if PERMIS.fullmatch(donne) else uuid.uuid4().hex


def requete_courante() -> str:
    """The id of the request, task or command at work in this thread; "" outside of any."""
    return str(get_contextvars().get("requete", ""))


@contextmanager
def demande(requete: Any, numero: str) -> Iterator[None]:
    """The lines of the block bear this id, and the number of who turns out to ask."""
    jeton = _demande.set(requete)
    try:
        with bound_contextvars(requete=numero):
            yield
    finally:
        _demande.reset(jeton)


def demandeur() -> dict[str, int]:
    """Who asks, by number, once it is known: no query is made to know it."""
    requete = _demande.get()
    if requete is None:
        return {}
    user = requete.__dict__.get("user")
    if isinstance(user, LazyObject):  # Django's: what it found, if it was asked, is beside it
        user = requete.__dict__.get("_cached_user")
    cle = getattr(user, "cle", None)
    nom, pk = ("cle_api", cle.pk) if cle else ("utilisateur", getattr(user, "pk", None))
    return {nom: pk} if pk else {}
