"""Accounts that opened again in the trash: a cheque that bounced, a payment received since."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from artjardin.controles import Anomalie, Bilan
from clients.models import Client
from facturation.models import Facture, Paiement


def comptes_ouverts() -> list[tuple[Client, list[str]]]:
    """The clients of the trash who owe, or to whom money is owed, and what it is."""
    par_client = []
    for client in Client.tous.filter(pk__in=_leurs_clients()).order_by("pk"):
        factures: Any = Facture.objects.filter(client=client)
        paiements: Any = Paiement.objects.filter(client=client)
        raisons = factures.obstacles_au_parent() + paiements.obstacles_au_parent()
        par_client.append((client, raisons))
    return par_client


def controler() -> Bilan:
    """For the night: told until the client is restored, or its account settled."""
    ouverts = comptes_ouverts()
    en_corbeille = Client.tous.supprimes().count()
    fautes = [Anomalie(f"{client}", " ".join(raisons)) for client, raisons in ouverts]
    return Bilan({"clients_en_corbeille": en_corbeille}, fautes)


def _leurs_clients() -> set[int]:
    jetes: Any = {"client__supprime_le__isnull": False}
    factures: QuerySet[Any] = Facture.objects.emises().filter(**jetes).avec_solde()
    avances: Any = Paiement.objects.filter(**jetes).avec_credit()
    credits_dus = avances.filter(credit__gt=0)
    dus = factures.exclude(solde=0)
    return {
        *dus.values_list("client", flat=True),
        *credits_dus.values_list("client", flat=True),
    }
