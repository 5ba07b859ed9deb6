"""Devis, factures, payments, catalogue and the firm in the office's admin."""

from facturation.admin import catalogue, devis, factures, paiements

__all__ = ["catalogue", "devis", "factures", "paiements"]
