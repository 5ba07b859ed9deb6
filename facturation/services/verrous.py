"""The order of the locks that span several documents: the client, its devis, its invoices, by id.

The client's row first: a deletion to the trash starts there too, so nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Collection

from clients.models import Client
from facturation.models import Devis, Facture


def verrouiller_le_compte(
    client_id: int, factures: Collection[int], *, devis: Collection[int] = ()
) -> tuple[Client, list[Facture]]:
    """Lock a client, these devis and invoices of it; return the client and the living invoices."""
    client = Client.tous.select_for_update(no_key=True).get(pk=client_id)
    list(Devis.tous.select_for_update(no_key=True).filter(pk__in=devis).order_by("pk"))
    verrouillees = Facture.objects.select_for_update(no_key=True).filter(pk__in=factures)
    return client, list(verrouillees.order_by("pk"))
