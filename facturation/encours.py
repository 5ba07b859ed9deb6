"""What a client owes: computed from issued invoices, never stored."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, Sum
from django.http import Http404
from django.utils import timezone

from artjardin.argent import ZERO
from clients.models import Client
from facturation.models import Facture


def encours_du_client(client_id: int | str) -> dict[str, Any]:
    """Balance and overdue part in euros, and how many invoices. Raise Http404."""
    if not str(client_id).isdigit() or not Client.objects.filter(pk=client_id).exists():
        raise Http404
    retard = Q(echeance__lt=timezone.localdate())
    ouvertes = Facture.objects.ouvertes().filter(client=client_id)
    sommes = ouvertes.aggregate(
        total=Sum("solde"),
        retard=Sum("solde", filter=retard),
        ouvertes=Count("pk"),
        en_retard=Count("pk", filter=retard),
    )
    return {
        "client": int(client_id),
        "solde": f"{sommes['total'] or ZERO:.2f}",
        "en_retard": f"{sommes['retard'] or ZERO:.2f}",
        "factures_ouvertes": sommes["ouvertes"],
        "factures_en_retard": sommes["en_retard"],
    }
