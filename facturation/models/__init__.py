"""The documents of money, one module per aggregate."""

from facturation.models.catalogue import Entreprise, Prestation
from facturation.models.devis import Devis, LigneDevis
from facturation.models.facture import Facture, LigneFacture, Litige, Reglement, TvaFacture
from facturation.models.numerotation import Compteur
from facturation.models.paiement import Imputation, Paiement

__all__ = [
    "Compteur",
    "Devis",
    "Entreprise",
    "Facture",
    "Imputation",
    "LigneDevis",
    "LigneFacture",
    "Litige",
    "Paiement",
    "Prestation",
    "Reglement",
    "TvaFacture",
]
