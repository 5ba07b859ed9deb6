"""The admin pages of reminders, by subject."""

from relances.admin import apercus, decisions, lettres, plans, registre, taux, textes

__all__ = ["apercus", "decisions", "lettres", "plans", "registre", "taux", "textes"]
