"""The documents of money, one module per aggregate."""

from facturation.models.catalogue import Prestation
from facturation.models.devis import Devis, LigneDevis
from facturation.models.entreprise import Entreprise, Logo, Mention
from facturation.models.evenement import Evenement
from facturation.models.facture import Facture, LigneFacture, Reglement, TvaFacture
from facturation.models.numerotation import Compteur
from facturation.models.paiement import Imputation, Paiement
from facturation.models.prelevement import MandatPrelevement, Prelevement
from facturation.models.suites import Litige, Retenue

__all__ = [
    "Compteur",
    "Devis",
    "Entreprise",
    "Evenement",
    "Facture",
    "Imputation",
    "LigneDevis",
    "LigneFacture",
    "Litige",
    "Logo",
    "MandatPrelevement",
    "Mention",
    "Paiement",
    "Prelevement",
    "Prestation",
    "Reglement",
    "Retenue",
    "TvaFacture",
]
