"""Use cases of reminders, one function each."""

from relances.services.comptes_rendus import envoyer_l_apercu
from relances.services.gardes import annuler_courriel, motif_d_abandon, renvoyer_courriel
from relances.services.lettres import (
    annuler_les_lettres_caduques,
    exiger_lettre_vraie,
    lettres_caduques,
    marquer_postee,
)
from relances.services.passages import (
    compteurs,
    relancer,
    relancer_client,
    relancer_du_jour,
    relancer_la_facture,
)
from relances.services.plans import (
    donner_un_plan,
    enregistrer_niveau,
    enregistrer_plan,
    modifier_reglages,
    supprimer_niveau,
)
from relances.services.suspensions import (
    est_tenue,
    liberer,
    promettre_de_payer,
    reprendre,
    retenir,
    suivre_les_promesses,
    suspendre,
)

__all__ = [
    "annuler_courriel",
    "annuler_les_lettres_caduques",
    "compteurs",
    "donner_un_plan",
    "enregistrer_niveau",
    "enregistrer_plan",
    "envoyer_l_apercu",
    "est_tenue",
    "exiger_lettre_vraie",
    "lettres_caduques",
    "liberer",
    "marquer_postee",
    "modifier_reglages",
    "motif_d_abandon",
    "promettre_de_payer",
    "relancer",
    "relancer_client",
    "relancer_du_jour",
    "relancer_la_facture",
    "renvoyer_courriel",
    "reprendre",
    "retenir",
    "suivre_les_promesses",
    "supprimer_niveau",
    "suspendre",
]
