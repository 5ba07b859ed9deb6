"""Writing drafts in the admin: fields and lines go together to the services."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextareaWidget

from artjardin.api.requetes import auteur_de
from clients.admin import AdminParServices
from facturation.admin.bases import Decideur, euros, sans_bouton, sur_une_ligne
from facturation.admin.lignes import lignes_changees
from facturation.models import Devis, Facture

TOTAUX = ["ht", "tva", "ttc"]
FACULTATIFS = {"remise_taux", "remise_montant", "retenue_taux"}


class DocumentForm(forms.ModelForm):
    """A discount or a retention left empty is none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for champ in self.fields.keys() & FACULTATIFS:
            self.fields[champ].required = False
            if not self.initial.get(champ):
                self.initial[champ] = None

    def clean(self) -> dict[str, Any]:
        champs = super().clean() or self.cleaned_data
        for champ in FACULTATIFS & champs.keys():
            champs[champ] = champs[champ] or Decimal(0)
        return champs


class AdminDeDocument(AdminParServices, Decideur):
    """Drafts are written here; what is numbered is only looked at."""

    form = DocumentForm
    autocomplete_fields = ["client", "chantier"]
    list_select_related = ["client"]
    warn_unsaved_form = True

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "conditions" or db_field.name.startswith("dechets_"):
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 2})
        return sans_bouton(super().formfield_for_dbfield(db_field, request, **kwargs))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        permis = super().has_change_permission(request, obj)
        return permis and (obj is None or _est_brouillon(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        permis = super().has_delete_permission(request, obj)
        return permis and (obj is None or _est_brouillon(obj))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        """Written by save_related, with its lines."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        par = auteur_de(request)
        lignes = lignes_changees(formsets)
        if not change:
            fait = self.creer(form.cleaned_data | {"lignes": lignes or []}, par=par)
        elif form.changed_data or lignes is not None:
            champs = {champ: form.cleaned_data[champ] for champ in form.changed_data}
            fait = self.modifier(form.instance, champs | {"lignes": lignes}, par=par)
        else:
            return
        vars(form.instance).update(vars(fait))

    def construct_change_message(
        self,
        request: HttpRequest,
        form: Any,
        formsets: Any,
        add: bool = False,  # noqa: FBT001, FBT002
    ) -> Any:
        """The journal has the lines; Django's own log only needs the fields."""
        return super().construct_change_message(request, form, [], add)

    @admin.display(description="Numéro", ordering="numero")
    def reference(self, document: Devis | Facture) -> str:
        return sur_une_ligne(document.numero or "brouillon")

    @admin.display(description="Total HT")
    def ht(self, document: Devis | Facture) -> str:
        return euros(document.total_ht)

    @admin.display(description="TVA")
    def tva(self, document: Devis | Facture) -> str:
        return euros(document.total_tva)

    @admin.display(description="Total TTC", ordering="total_ttc")
    def ttc(self, document: Devis | Facture) -> str:
        return euros(document.total_ttc)


def _est_brouillon(document: Devis | Facture) -> bool:
    return document.statut == "brouillon"
