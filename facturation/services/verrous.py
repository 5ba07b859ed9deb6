"""The order in which locks are taken, in one place: the client, then its invoices by id."""

from __future__ import annotations

from collections.abc import Collection

from clients.models import Client
from facturation.models import Facture


def verrouiller_le_compte(
    client_id: int, factures: Collection[int]
) -> tuple[Client, list[Facture]]:
    """Lock a client and these invoices of it; return the fresh rows, living invoices only."""
    client = Client.tous.select_for_update(no_key=True).get(pk=client_id)
    verrouillees = Facture.objects.select_for_update(no_key=True).filter(pk__in=factures)
    return client, list(verrouillees.order_by("pk"))
