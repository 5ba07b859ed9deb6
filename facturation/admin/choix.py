"""Choosing a client by searching, outside the page of a model."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse_lazy
from unfold.widgets import UnfoldAdminAutocompleteModelChoiceFieldWidget

from clients.models import Client


class RechercheDeClient(UnfoldAdminAutocompleteModelChoiceFieldWidget):
    """The same search as the field `client` of an invoice."""

    def __init__(self) -> None:
        cible = {"app-label": "facturation", "model-name": "facture", "field-name": "client"}
        attrs = {f"data-{clef}": valeur for clef, valeur in cible.items()}
        super().__init__(attrs={**attrs, "data-ajax--url": reverse_lazy("admin:autocomplete")})
        self.attrs["class"] = "unfold-filter-autocomplete admin-autocomplete"  # sends the target

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        """Only the chosen one: the others are searched for."""
        choisis = Client.objects.filter(pk__in=[pk for pk in value if str(pk).isdigit()])
        options = [
            self.create_option(name, client.pk, str(client), selected=True, index=rang)
            for rang, client in enumerate(choisis)
        ]
        return [(None, options, 0)]


class ChampClient(forms.ModelChoiceField):
    def __init__(self) -> None:
        super().__init__(queryset=Client.objects.all(), label="Client", widget=RechercheDeClient())
