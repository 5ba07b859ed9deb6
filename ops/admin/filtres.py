"""Filters of lists where one types a value, beside those where one picks it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from facturation.admin.bases import champ_date, champ_texte


class Saisie(admin.SimpleListFilter):
    """A field to fill in. What it does not understand is refused, and the whole list shown."""

    template = "admin/filtre_saisie.html"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return []

    def has_output(self) -> bool:
        return True

    def champ(self) -> forms.Field:
        return champ_texte(label=self.title, required=False)

    def choices(self, changelist: Any) -> Iterator[Any]:
        nom = str(self.parameter_name)
        form = forms.Form({nom: self.value()})
        form.fields[nom] = self.champ()
        yield {"form": form}

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        try:
            valeur = self.champ().clean(self.value())
        except ValidationError as erreur:
            raise IncorrectLookupParameters from erreur
        return queryset if valeur in {None, ""} else self.filtrer(queryset, valeur)

    def filtrer(self, lignes: Any, valeur: Any) -> Any:
        """The rows that this value leaves; by default those whose field of that name equals it."""
        return lignes.filter(**{str(self.parameter_name): valeur})


class SaisieDate(Saisie):
    def champ(self) -> forms.Field:
        return champ_date(label=self.title, required=False)
