"""Use cases of quotes, invoices and payments, one function each."""

from facturation.services.acquittee import promettre_l_acquittee
from facturation.services.avoirs import faire_un_avoir
from facturation.services.catalogue import (
    changer_le_logo,
    enregistrer_mention,
    enregistrer_prestation,
    modifier_entreprise,
)
from facturation.services.devis import (
    accepter_devis,
    envoyer_devis,
    expirer_devis,
    finaliser_devis,
    modifier_devis,
    preparer_devis,
    refuser_devis,
    reviser_devis,
)
from facturation.services.emission import emettre_facture
from facturation.services.evenements import regler_envoi
from facturation.services.factures import (
    clore_litige,
    envoyer_facture,
    modifier_facture,
    ouvrir_litige,
    preparer_facture,
    promettre_recapitulatif,
    receptionner_les_travaux,
)
from facturation.services.marche import Demande, facturer_devis
from facturation.services.paiements import (
    annuler_paiement,
    encaisser,
    imputer,
    recevoir_paiement,
    rembourser,
)
from facturation.services.prelevements import enregistrer_mandat, rejeter_le_prelevement
from facturation.services.reste import reste_a_facturer

__all__ = [
    "Demande",
    "accepter_devis",
    "annuler_paiement",
    "changer_le_logo",
    "clore_litige",
    "emettre_facture",
    "encaisser",
    "enregistrer_mandat",
    "enregistrer_mention",
    "enregistrer_prestation",
    "envoyer_devis",
    "envoyer_facture",
    "expirer_devis",
    "facturer_devis",
    "faire_un_avoir",
    "finaliser_devis",
    "imputer",
    "modifier_devis",
    "modifier_entreprise",
    "modifier_facture",
    "ouvrir_litige",
    "preparer_devis",
    "preparer_facture",
    "promettre_l_acquittee",
    "promettre_recapitulatif",
    "receptionner_les_travaux",
    "recevoir_paiement",
    "refuser_devis",
    "regler_envoi",
    "rejeter_le_prelevement",
    "rembourser",
    "reste_a_facturer",
    "reviser_devis",
]
