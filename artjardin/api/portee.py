"""Reach: the rows that a person may know of. The others are not there, and answer 404.

The rules are the apps' own (branchements.PORTEES); a model without a rule is whole for whoever may
see it at all.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.module_loading import import_string
from rest_framework import serializers

from artjardin.branchements import PORTEES


def portee(modele: type[Model], user: Any) -> Q | None:
    """The condition of what this person reaches among these rows; None without a limit."""
    regle = PORTEES.get(modele._meta.label_lower)
    return import_string(regle)(user) if regle else None


def a_portee(rangees: QuerySet, user: Any) -> QuerySet:
    """These rows, less those out of this person's reach."""
    critere = portee(rangees.model, user)
    return rangees if critere is None else rangees.filter(critere)


def rechercher(rangees: Any, demande: str, user: Any) -> Any:
    """Ask the model's own search; for who reaches some rows only, the one that looks no further
    than what such a person sees (`rechercher_a_portee`)."""
    if portee(rangees.model, user) is None:
        return rangees.rechercher(demande)
    return rangees.rechercher_a_portee(demande)


class ChampAPortee(serializers.PrimaryKeyRelatedField):
    """The id of a row within reach: another is unknown, and is not in the browsable form."""

    def get_queryset(self) -> Any:
        choix: Any = super().get_queryset()
        return a_portee(choix, self.context["request"].user)
