"""Writing drafts in the admin: fields and lines go together to the services."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from artjardin.api.vues import auteur_de
from clients.admin import AdminParServices
from facturation.admin.bases import Decideur, colonne, court, euros, prix, sur_une_ligne
from facturation.models import Devis, Facture, Prestation
from facturation.models.catalogue import UNITES
from facturation.montants import TAUX_TVA

CHAMPS_LIGNE = [
    "prestation", "designation", "quantite", "unite", "prix_unitaire", "remise", "taux_tva",
]  # fmt: skip
DU_CATALOGUE = ["designation", "unite", "prix_unitaire", "taux_tva"]
TOTAUX = ["ht", "tva", "ttc"]


class LigneForm(forms.ModelForm):
    """A line; one from the catalogue needs only the prestation and the quantity."""

    designation = forms.CharField(
        label="Désignation",
        max_length=2000,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2, "style": "min-width: 15rem"}),
    )
    unite = forms.ChoiceField(
        label="Unité", choices=[("", ""), *UNITES], required=False, widget=UnfoldAdminSelectWidget
    )
    taux_tva = forms.TypedChoiceField(
        label="TVA",
        choices=[("", ""), *((f"{t}", f"{t.normalize():f} %") for t in TAUX_TVA)],
        coerce=Decimal,
        empty_value=None,
        required=False,
        widget=UnfoldAdminSelectWidget(attrs={"style": "min-width: 6rem"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for champ in self.fields.keys() & {"quantite", "prix_unitaire", "remise"}:
            self.fields[champ].required = champ == "quantite"
            self.fields[champ].widget.attrs["style"] = "width: 6rem"
            if isinstance(valeur := self.initial.get(champ), Decimal):
                self.initial[champ] = f"{valeur.normalize():f}"
        if "prestation" in self.fields:
            actives = Prestation.objects.filter(active=True)
            siennes = Prestation.objects.filter(pk=self.instance.prestation_id)
            self.fields["prestation"].queryset = actives | siennes  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        champs = super().clean() or self.cleaned_data
        defaut: Any = champs.get("prestation")
        for champ in DU_CATALOGUE:
            if champs.get(champ) in {None, ""} and champ not in self.errors:
                champs[champ] = getattr(defaut, champ, None)
        champs["unite"] = champs.get("unite") or "u"
        champs["taux_tva"] = TAUX_TVA[0] if champs.get("taux_tva") is None else champs["taux_tva"]
        champs["remise"] = champs.get("remise") or Decimal(0)
        for champ in ("designation", "prix_unitaire"):
            if champs.get(champ) in {None, ""} and champ not in self.errors:
                self.add_error(champ, ValidationError("À remplir, ou choisissez une prestation."))
        return champs

    def _post_clean(self) -> None:
        """The model checks whole lines only: what is missing is already said."""
        if not self.errors:
            super()._post_clean()  # type: ignore[misc]


class LigneInline(TabularInline):
    """Lines may be written by whoever may write their document, while it is a draft."""

    form = LigneForm
    extra = 0
    hide_title = True
    verbose_name, verbose_name_plural = "ligne", "lignes"
    document = ""

    combien = colonne("quantite", "Quantité")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Once frozen, only what the document shows."""
        if obj is None or obj.statut == "brouillon":
            return [*CHAMPS_LIGNE, "net"]
        return ["designation", "combien", "unite", "pu", "moins", "taux", "net"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["combien", "pu", "moins", "taux", "net"]

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        return sans_bouton(super().formfield_for_dbfield(db_field, request, **kwargs))

    @admin.display(description="Prix unitaire HT")
    def pu(self, ligne: Any) -> str:
        return prix(ligne.prix_unitaire)

    @admin.display(description="Remise")
    def moins(self, ligne: Any) -> str:
        return f"{court(ligne.remise)} %" if ligne.remise else "–"

    @admin.display(description="TVA")
    def taux(self, ligne: Any) -> str:
        return f"{court(ligne.taux_tva)} %"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("prestation")

    @admin.display(description="Total HT")
    def net(self, ligne: Any) -> str:
        return euros(ligne.total_ht)

    def has_add_permission(self, request: HttpRequest, obj: Any) -> bool:
        return self._peut(request, "add") or self._peut(request, "change")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._peut(request, "change")

    has_delete_permission = has_change_permission

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._peut(request, "view")

    def _peut(self, request: HttpRequest, verbe: str) -> bool:
        return request.user.has_perm(f"facturation.{verbe}_{self.document}")


class AdminDeDocument(AdminParServices, Decideur):
    """Drafts are written here; what is numbered is only looked at."""

    autocomplete_fields = ["client", "chantier"]
    list_select_related = ["client"]
    warn_unsaved_form = True

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
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


def lignes_changees(formsets: Iterable[Any]) -> list[dict[str, Any]] | None:
    """All the lines left, in their order, when anything changed among them."""
    for formset in formsets:
        if isinstance(formset.form(), LigneForm) and formset.has_changed():
            gardees = [f.cleaned_data for f in formset.forms if f.cleaned_data]
            return [
                {champ: ligne[champ] for champ in CHAMPS_LIGNE}
                for ligne in gardees
                if not ligne.get("DELETE")
            ]
    return None


def _est_brouillon(document: Devis | Facture) -> bool:
    return document.statut == "brouillon"


def sans_bouton(champ: Any) -> Any:
    """A choice among what exists: nothing is created or removed from within a document."""
    if champ is not None:
        for bouton in ("add", "change", "delete", "view"):
            setattr(champ.widget, f"can_{bouton}_related", False)
    return champ
