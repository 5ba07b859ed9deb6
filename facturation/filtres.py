"""Filters of the lists."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from facturation.models import Devis, Facture, Imputation, Paiement


class FactureFiltre(django_filters.FilterSet):
    client = django_filters.NumberFilter()  # also one in the trash: its invoices stay
    du = django_filters.DateFilter(field_name="date", lookup_expr="gte")
    au = django_filters.DateFilter(field_name="date", lookup_expr="lte")
    reglee = django_filters.BooleanFilter(method="filtrer_reglee")
    en_retard = django_filters.BooleanFilter(method="filtrer_en_retard")

    class Meta:
        model = Facture
        fields = ["chantier", "devis", "statut", "type", "numero", "serie"]

    def filtrer_reglee(self, queryset: Any, _nom: str, valeur: Any) -> QuerySet:
        emises = queryset.emises().avec_solde()
        return emises.filter(solde__lte=0) if valeur else emises.filter(solde__gt=0)

    def filtrer_en_retard(self, queryset: Any, _nom: str, valeur: Any) -> QuerySet:
        aujourdhui = timezone.localdate()
        factures = queryset.avec_solde().avec_exigible(au=aujourdhui)
        retard = {"statut": Facture.Statut.EMISE, "exigible_le__lt": aujourdhui}
        return (factures.filter if valeur else factures.exclude)(**retard, exigible__gt=0)


class DevisFiltre(django_filters.FilterSet):
    client = django_filters.NumberFilter()

    class Meta:
        model = Devis
        fields = ["chantier", "statut", "numero"]


class PaiementFiltre(django_filters.FilterSet):
    client = django_filters.NumberFilter()
    facture = django_filters.NumberFilter(method="filtrer_facture")
    du = django_filters.DateFilter(field_name="le", lookup_expr="gte")
    au = django_filters.DateFilter(field_name="le", lookup_expr="lte")

    class Meta:
        model = Paiement
        fields = ["mode"]

    def filtrer_facture(self, queryset: Any, _nom: str, valeur: Any) -> QuerySet:
        """Each payment once, whatever it was allocated and taken back."""
        return queryset.filter(pk__in=Imputation.objects.filter(facture=valeur).values("paiement"))
