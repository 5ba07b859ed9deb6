"""Searching by client what only bears its number: mails, documents."""

from __future__ import annotations

from django.db.models import Q

from artjardin.outbox.models import PieceJointe
from clients.models import Client


def du_client(demande: str) -> Q:
    """The rows of the clients that a search finds, in the trash or not."""
    return Q(client_ref__in=Client.tous.rechercher(demande).order_by().values("pk"))


def du_client_ou_avec_la_piece(demande: str) -> Q:
    """The mails of these clients, and those that bring a document of that name."""
    pieces = PieceJointe.objects.filter(document__nom__icontains=demande)
    return du_client(demande) | Q(pk__in=pieces.values("courriel"))
