"""The order of the locks that span several documents: the client, its devis, its invoices, by id.

The client's row first: a deletion to the trash starts there too, so nobody waits in a circle.
"""

from __future__ import annotations

from collections.abc import Collection

from artjardin.preparees import curseur_prepare, lire
from clients.models import Client
from facturation.models import Devis, Facture

LIGNES = "SELECT FROM facturation_facture WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"


def verrouiller_le_compte(
    client_id: int, factures: Collection[int], *, devis: Collection[int] = ()
) -> tuple[Client, list[Facture]]:
    """Lock a client, these devis and invoices of it; return the client and the living invoices."""
    client = Client.tous.select_for_update(no_key=True).get(pk=client_id)
    list(Devis.tous.select_for_update(no_key=True).filter(pk__in=devis).order_by("pk"))
    verrouillees = Facture.objects.select_for_update(no_key=True).filter(pk__in=factures)
    return client, list(verrouillees.order_by("pk"))


def tenir_le_compte(client_id: int, factures: Collection[int]) -> Client:
    """The same locks on a client and these invoices, without reading the invoices: for runs.

    What is prepared is planned once from then on in this transaction: planning the questions that
    follow costs more than asking them.
    """
    [client] = lire(Client, "WHERE id = %s FOR NO KEY UPDATE", client_id)
    with curseur_prepare() as curseur:
        curseur.execute(LIGNES, [list(factures)])
        curseur.execute("SET LOCAL plan_cache_mode TO force_generic_plan")
    return client
