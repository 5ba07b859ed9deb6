"""Use cases of the outbox: promise in a transaction, send outside it, decide, hear of bounces."""

from artjardin.outbox.services.alertes import age_de_la_file, signaler
from artjardin.outbox.services.decisions import annuler, constater, renvoyer
from artjardin.outbox.services.envoi import (
    PlusTard,
    envoyer_les_courriels,
    reprendre_les_abandonnes,
)
from artjardin.outbox.services.promesses import (
    Contenu,
    contenu_du_gabarit,
    promettre,
    promettre_a_chacun,
)
from artjardin.outbox.services.rebonds import adresses_en_erreur, lever_le_rebond, noter_le_rebond
from artjardin.outbox.services.restaurations import (
    constater_une_restauration,
    declarer_une_restauration,
    lever_la_restauration,
)

__all__ = [
    "Contenu",
    "PlusTard",
    "adresses_en_erreur",
    "age_de_la_file",
    "annuler",
    "constater",
    "constater_une_restauration",
    "contenu_du_gabarit",
    "declarer_une_restauration",
    "envoyer_les_courriels",
    "lever_la_restauration",
    "lever_le_rebond",
    "noter_le_rebond",
    "promettre",
    "promettre_a_chacun",
    "renvoyer",
    "reprendre_les_abandonnes",
    "signaler",
]
