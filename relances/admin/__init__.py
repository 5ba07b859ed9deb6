"""The admin pages of reminders, by subject."""

from relances.admin import apercus, decisions, plans, registre

__all__ = ["apercus", "decisions", "plans", "registre"]
