"""Filters of the list of clients."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import F, Value
from django.utils import timezone

from clients.models import Client, normalise


class SansAccent(django_filters.CharFilter):
    """The whole value, whatever its case and accents."""

    def filter(self, qs: Any, value: str) -> Any:
        if not value:
            return qs
        alias = f"{self.field_name}_normalise"
        return qs.alias(**{alias: normalise(F(self.field_name))}).filter(
            **{alias: normalise(Value(value.strip()))}
        )


class ClientDEquipeFiltre(django_filters.FilterSet):
    """What the crews may ask: nothing about what they do not see."""

    type = django_filters.ChoiceFilter(choices=Client.Type.choices)


class ClientFiltre(ClientDEquipeFiltre):
    ville = SansAccent(field_name="ville")
    email = django_filters.CharFilter(lookup_expr="iexact")
    siret = django_filters.CharFilter(method="par_siret")
    exclu = django_filters.BooleanFilter(method="par_exclusion", label="Hors relances aujourd'hui")

    def par_siret(self, clients: Any, _nom: str, valeur: str) -> Any:
        return clients.filter(siret="".join(valeur.split()))

    def par_exclusion(self, clients: Any, _nom: str, valeur: bool) -> Any:  # noqa: FBT001
        exclus = Client.exclusion_en_cours(au=timezone.localdate())
        return clients.filter(exclus) if valeur else clients.exclude(exclus)
