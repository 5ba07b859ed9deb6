"""The letter that reminds a client whom no email reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from artjardin.argent import ZERO
from artjardin.storage.models import Document
from artjardin.storage.services import promettre_document
from clients.models import Client
from facturation.documents import compte_fige
from relances.models import Niveau


def promettre_lettre(
    client: Client, *, niveau: Niveau, le: date, lignes: Sequence[Mapping[str, Any]], nom: str
) -> Document:
    """Promise the letter of this level about these invoices.

    Each line has numero, date, echeance, objet, total_ttc and solde (euros), retard (days).
    """
    total = sum((ligne["solde"] for ligne in lignes), ZERO)
    compte = compte_fige(client, le=le, lignes=lignes, total=total)
    ton = {champ: getattr(niveau, champ) for champ in ("nom", "jours", "gabarit")}
    return promettre_document(
        client,
        genre="lettre_relance",
        nom=nom,
        affiche=f"Relance-{client.code}-{le}",
        le=le,
        client=client.pk,
        contexte=compte | {"niveau": ton},
    )
