"""Devis, factures, payments, catalogue, accounts and the firm in the office's admin."""

from facturation.admin import (
    catalogue,
    comptes,
    devis,
    entreprise,
    envois,
    factures,
    mandats,
    paiements,
)

__all__ = [
    "catalogue",
    "comptes",
    "devis",
    "entreprise",
    "envois",
    "factures",
    "mandats",
    "paiements",
]
