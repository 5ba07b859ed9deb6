"""What a client owes today: computed from issued invoices, never stored."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone

from artjardin.argent import ZERO
from clients.models import Client
from facturation.comptes.balance import NON_ECHU, ages
from facturation.comptes.soldes import avances, creances, credits_des_paiements, meme_instant


def encours_du_client(client: int) -> dict[str, Any]:
    """Balance, overdue part and advances in euros, and how many invoices. Raise Http404.

    What is kept as a warranty is not overdue before its own due date.
    """
    get_object_or_404(Client, pk=client)
    au = timezone.localdate()
    with meme_instant():
        soldes = creances(au=au, client=client)
        en_avance = avances(soldes, credits_des_paiements(au=au, client=client))
    dues = [une for une in soldes if une.solde > 0]
    retards = [
        sum((montant for age, montant in ages(une, au=au) if age != NON_ECHU), ZERO) for une in dues
    ]
    return {
        "client": client,
        "solde": f"{sum((une.solde for une in dues), ZERO):.2f}",
        "en_retard": f"{sum(retards, ZERO):.2f}",
        "factures_ouvertes": len(dues),
        "factures_en_retard": sum(retard > 0 for retard in retards),
        "avances": f"{en_avance.get(client, ZERO):.2f}",
    }
