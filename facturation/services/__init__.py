"""Use cases of quotes, invoices and payments, one function each."""

from facturation.services.catalogue import enregistrer_prestation, modifier_entreprise
from facturation.services.devis import (
    accepter_devis,
    envoyer_devis,
    expirer_devis,
    facturer_devis,
    finaliser_devis,
    modifier_devis,
    preparer_devis,
    refuser_devis,
)
from facturation.services.factures import (
    clore_litige,
    emettre_facture,
    envoyer_facture,
    modifier_facture,
    ouvrir_litige,
    preparer_facture,
    promettre_recapitulatif,
)
from facturation.services.paiements import annuler_paiement, encaisser

__all__ = [
    "accepter_devis",
    "annuler_paiement",
    "clore_litige",
    "emettre_facture",
    "encaisser",
    "enregistrer_prestation",
    "envoyer_devis",
    "envoyer_facture",
    "expirer_devis",
    "facturer_devis",
    "finaliser_devis",
    "modifier_devis",
    "modifier_entreprise",
    "modifier_facture",
    "ouvrir_litige",
    "preparer_devis",
    "preparer_facture",
    "promettre_recapitulatif",
    "refuser_devis",
]
