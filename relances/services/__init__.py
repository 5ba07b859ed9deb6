"""Use cases of reminders, one function each."""

from relances.services.comptes_rendus import envoyer_l_apercu
from relances.services.gardes import annuler_courriel, motif_d_abandon, renvoyer_courriel
from relances.services.lettres import (
    annuler_les_lettres_caduques,
    exiger_lettre_vraie,
    lettres_caduques,
    lettres_du_jour,
    marquer_postee,
    marquer_postees,
    noter_la_reception,
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
from relances.services.reconstitution import (
    jours_en_doute,
    plan_perdu,
    reconstituer,
    reprendre_apres_restauration,
)
from relances.services.remerciements import remercier
from relances.services.suspensions import (
    est_tenue,
    liberer,
    promettre_de_payer,
    reprendre,
    retenir,
    suivre_les_promesses,
    suspendre,
)
from relances.services.textes import ajouter_taux, corriger_taux, modifier_modele

__all__ = [
    "ajouter_taux",
    "annuler_courriel",
    "annuler_les_lettres_caduques",
    "compteurs",
    "corriger_taux",
    "donner_un_plan",
    "enregistrer_niveau",
    "enregistrer_plan",
    "envoyer_l_apercu",
    "est_tenue",
    "exiger_lettre_vraie",
    "jours_en_doute",
    "lettres_caduques",
    "lettres_du_jour",
    "liberer",
    "marquer_postee",
    "marquer_postees",
    "modifier_modele",
    "modifier_reglages",
    "motif_d_abandon",
    "noter_la_reception",
    "plan_perdu",
    "promettre_de_payer",
    "reconstituer",
    "relancer",
    "relancer_client",
    "relancer_du_jour",
    "relancer_la_facture",
    "remercier",
    "renvoyer_courriel",
    "reprendre",
    "reprendre_apres_restauration",
    "retenir",
    "suivre_les_promesses",
    "supprimer_niveau",
    "suspendre",
]
