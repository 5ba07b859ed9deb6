"""What invoices and payments had left on a day: one statement each, whatever the rows.

Issued documents and money are append-only, so any past day is computed again from their dates. An
allocation counts from its own day, else from that of its payment, and never before its invoice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from artjardin.argent import ZERO

CREANCES = """
    WITH visees AS (
        SELECT id, client_id, echeance, total_ttc FROM facturation_facture
        WHERE statut = 'emise' AND type <> 'avoir' AND date <= %(au)s {du_client}
    ), reglements AS (
        SELECT facture_id, sum(montant) AS montant FROM (
            SELECT i.facture_id, i.montant
            FROM visees v
            JOIN facturation_imputation i ON i.facture_id = v.id
            JOIN facturation_paiement p ON p.id = i.paiement_id
            WHERE coalesce(i.le, p.le) <= %(au)s
            UNION ALL
            SELECT a.origine_id, a.total_ttc
            FROM visees v
            JOIN facturation_facture a ON a.origine_id = v.id
            WHERE a.statut = 'emise' AND a.date <= %(au)s
        ) mouvements GROUP BY facture_id
    )
    SELECT v.id, v.client_id, v.echeance, v.total_ttc - coalesce(g.montant, 0),
        coalesce(r.montant, 0), r.echeance
    FROM visees v
    LEFT JOIN reglements g ON g.facture_id = v.id
    LEFT JOIN facturation_retenue r ON r.facture_id = v.id
    WHERE v.total_ttc <> coalesce(g.montant, 0)
    ORDER BY v.id
"""
CREDITS = """
    SELECT client_id, sum(montant) FROM (
        SELECT p.client_id, p.montant FROM facturation_paiement p
        WHERE p.le <= %(au)s {du_client}
        UNION ALL
        SELECT p.client_id, -i.montant
        FROM facturation_paiement p
        JOIN facturation_imputation i ON i.paiement_id = p.id
        JOIN facturation_facture f ON f.id = i.facture_id
        WHERE greatest(coalesce(i.le, p.le), f.date) <= %(au)s {du_client}
    ) mouvements GROUP BY client_id HAVING sum(montant) <> 0
"""


@dataclass(frozen=True)
class Creance:
    """An issued invoice whose balance is not zero on a day, in euros.

    `solde` is below zero while a credit note has made a payment too large. `retenue` is the part
    that the client may keep until `retenue_echeance`, null until the works are accepted.
    """

    facture: int
    client: int
    echeance: date
    solde: Decimal
    retenue: Decimal
    retenue_echeance: date | None


@contextmanager
def meme_instant() -> Iterator[None]:
    """All the queries inside see the database as the first one does; nothing can be written.

    Within a transaction of the caller, which has a view of its own, it changes nothing.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as curseur:
            curseur.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def creances(*, au: date, client: int | None = None) -> list[Creance]:
    """The invoices dated until `au` whose balance is not zero that day; of one client if given.

    Balance: TTC, less the credit notes and the allocations dated until that day.
    """
    du_client = "" if client is None else "AND client_id = %(client)s"
    return [
        Creance(*ligne) for ligne in _lire(CREANCES.format(du_client=du_client), au, client=client)
    ]


def credits_des_paiements(*, au: date, client: int | None = None) -> dict[int, Decimal]:
    """By client, what no invoice has taken of the payments and was not given back, in euros.

    A payment and its cancellation make zero, as do their allocations.
    """
    du_client = "" if client is None else "AND p.client_id = %(client)s"
    return dict(_lire(CREDITS.format(du_client=du_client), au, client=client))


def avances(soldes: Iterable[Creance], des_paiements: dict[int, Decimal]) -> dict[int, Decimal]:
    """By client, what is held for it in euros: credit of payments, and invoices paid too much.

    >>> jour = date(2026, 3, 31)
    >>> trop = Creance(1, 7, jour, Decimal("-20.00"), ZERO, None)
    >>> avances([trop], {7: Decimal("5.00"), 8: Decimal("1.00")})
    {7: Decimal('25.00'), 8: Decimal('1.00')}
    """
    sommes = dict(des_paiements)
    for creance in soldes:
        if creance.solde < 0:
            sommes[creance.client] = sommes.get(creance.client, ZERO) - creance.solde
    return sommes


def _lire(requete: str, au: date, *, client: int | None) -> list[Any]:
    with connection.cursor() as curseur:
        curseur.execute(requete, {"au": au, "client": client})
        return curseur.fetchall()
