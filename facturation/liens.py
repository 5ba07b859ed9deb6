"""The signed address of the page « Régler », for the mails; whoever has it sees these invoices."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.core.signing import BadSignature, Signer

PREFIXE = "/reglement/"
_signature = Signer(salt="facturation.reglement", sep=".")


def lien_de_reglement(client_id: int, facture_ids: Iterable[int]) -> str:
    """The public address that shows what these invoices of one client still ask for.

    "" without ADRESSE_PUBLIQUE, or without an invoice. It has no end: once all is paid, the page
    says so and asks for nothing.
    """
    factures = sorted(set(facture_ids))
    if not settings.ADRESSE_PUBLIQUE or not factures:
        return ""
    jeton = _signature.sign_object([client_id, factures])
    return f"{settings.ADRESSE_PUBLIQUE}{PREFIXE}{jeton}/"


def lire_le_jeton(jeton: str) -> tuple[int, list[int]] | None:
    """The client and the invoices that a token names, or None when we did not sign it."""
    try:
        client_id, factures = _signature.unsign_object(jeton)
    except (BadSignature, ValueError):
        return None
    return client_id, factures
