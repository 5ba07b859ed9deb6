"""Reminders: plans and levels, decisions that suspend, texts and rates, runs and ledger."""

from relances.models.messages import Modele, TauxLegal
from relances.models.plans import Niveau, PlanDeRelance, PlanDuClient, Ton
from relances.models.registre import Avancement, Passage, Relance, Remerciement
from relances.models.reglages import Liberation, Reglages
from relances.models.suspensions import Suspension

__all__ = [
    "Avancement",
    "Liberation",
    "Modele",
    "Niveau",
    "Passage",
    "PlanDeRelance",
    "PlanDuClient",
    "Reglages",
    "Relance",
    "Remerciement",
    "Suspension",
    "TauxLegal",
    "Ton",
]
