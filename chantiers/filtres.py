"""Filters of the lists of sites and interventions."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters
from django.utils import timezone

from chantiers.models import Chantier, Intervention
from clients.filtres import SansAccent


class ChantierFiltre(django_filters.FilterSet):
    client = django_filters.NumberFilter()
    statut = django_filters.MultipleChoiceFilter(choices=Chantier.Statut.choices)
    responsable = django_filters.NumberFilter()
    ville = SansAccent(field_name="ville")


class InterventionFiltre(django_filters.FilterSet):
    """`du` and `au` are days in Paris, both included: what is planned between them."""

    employe = django_filters.NumberFilter()
    chantier = django_filters.NumberFilter()
    statut = django_filters.MultipleChoiceFilter(choices=Intervention.Statut.choices)
    du = django_filters.DateFilter(method="a_partir_du", label="Du")
    au = django_filters.DateFilter(method="jusqu_au", label="Au (inclus)")

    def a_partir_du(self, interventions: Any, _nom: str, jour: date) -> Any:
        return interventions.filter(prevu_fin__gt=_minuit(jour))

    def jusqu_au(self, interventions: Any, _nom: str, jour: date) -> Any:
        return interventions.filter(prevu_debut__lt=_minuit(jour + timedelta(days=1)))


def _minuit(jour: date) -> datetime:
    return timezone.make_aware(datetime.combine(jour, time.min))
