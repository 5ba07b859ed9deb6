"""Lines of documents in the admin: a table to write them, another to look at them once frozen."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from artjardin.erreurs import ErreurMetier
from facturation.admin.bases import colonne, court, euros, prix, sans_bouton
from facturation.models import Prestation
from facturation.models.catalogue import UNITES
from facturation.montants import TAUX_REDUITS, TAUX_TVA

COURANTS = [
    "prestation", "designation", "quantite", "unite", "prix_unitaire", "remise", "taux_tva",
]  # fmt: skip
RARES = ["section", "remise_montant", "justification_tva", "decennale", "sap"]
DU_CATALOGUE = ["designation", "unite", "prix_unitaire", "taux_tva"]
DRAPEAUX = ["decennale", "sap"]
NOMBRES = ["quantite", "prix_unitaire", "remise", "remise_montant"]
SUIVI = ["ligne_devis_id", "avancement", "deduit_id"]  # where the line comes from
VIDES: set[Any] = {None, ""}


class LigneForm(forms.ModelForm):
    """A line; one from the catalogue needs only the prestation and the quantity."""

    designation = forms.CharField(
        label="Désignation",
        max_length=2000,
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2, "style": "min-width: 12rem"}),
    )
    unite = forms.ChoiceField(
        label="Unité", choices=[("", ""), *UNITES], required=False, widget=UnfoldAdminSelectWidget
    )
    taux_tva = forms.TypedChoiceField(
        label="TVA",
        choices=[("", ""), *((f"{t}", f"{t.normalize():f} %".replace(".", ",")) for t in TAUX_TVA)],
        coerce=Decimal,
        empty_value=None,
        required=False,
        widget=UnfoldAdminSelectWidget(attrs={"style": "min-width: 6rem"}),
    )
    section = forms.CharField(
        label="Partie du document",
        max_length=150,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "Par exemple : Plantations"}),
    )
    justification_tva = forms.CharField(
        label="Justification du taux réduit",
        max_length=200,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "Exigée à 10 % et 5,5 %"}),
    )
    decennale = forms.BooleanField(
        label="Garantie décennale", required=False, widget=UnfoldBooleanWidget
    )
    sap = forms.BooleanField(
        label="Service à la personne", required=False, widget=UnfoldBooleanWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for champ in self.fields.keys() & set(NOMBRES):
            self.fields[champ].required = champ == "quantite"
            self.fields[champ].widget.attrs["style"] = "width: 6rem"
            if isinstance(valeur := self.initial.get(champ), Decimal):
                self.initial[champ] = f"{valeur.normalize():f}"
        if "prestation" in self.fields:
            actives = Prestation.objects.filter(active=True)
            siennes = Prestation.objects.filter(pk=self.instance.prestation_id)
            self.fields["prestation"].queryset = actives | siennes  # type: ignore[attr-defined]

    @property
    def a_deplier(self) -> bool:
        """Whether one of the rare fields says something."""
        rares = [champ for champ in [*RARES, "option"] if champ in self.fields]
        dits = (self[champ].value() not in {None, "", "0", 0} for champ in rares)
        return any(dits) or any(champ in self.errors for champ in rares)

    def clean(self) -> dict[str, Any]:
        champs = super().clean() or self.cleaned_data
        self._completer(champs)
        for champ in ("designation", "prix_unitaire"):
            if champs.get(champ) in VIDES and champ not in self.errors:
                self.add_error(champ, ValidationError("À remplir, ou choisissez une prestation."))
        return champs

    def _completer(self, champs: dict[str, Any]) -> None:
        """What is left empty comes from the catalogue; so do the flags of one just chosen."""
        prestation: Any = champs.get("prestation")
        for champ in DU_CATALOGUE:
            if champs.get(champ) in VIDES and champ not in self.errors:
                champs[champ] = getattr(prestation, champ, None)
        champs["unite"] = champs.get("unite") or "u"
        champs["taux_tva"] = TAUX_TVA[0] if champs.get("taux_tva") is None else champs["taux_tva"]
        for champ in ("remise", "remise_montant"):
            champs[champ] = champs.get(champ) or Decimal(0)
        if prestation is not None and champs["taux_tva"] in TAUX_REDUITS:
            texte = champs.get("justification_tva") or prestation.justification_tva
            champs["justification_tva"] = texte
        if prestation is not None and "prestation" in self.changed_data:
            for champ in DRAPEAUX:
                champs[champ] = champs.get(champ) or getattr(prestation, champ)

    def _post_clean(self) -> None:
        """The model checks whole lines only: what is missing is already said."""
        if not self.errors:
            super()._post_clean()  # type: ignore[misc]


class LigneInline(TabularInline):
    """Lines may be written by whoever may write their document, while it is a draft."""

    form = LigneForm
    template = "admin/lignes.html"
    extra = 0
    hide_title = True
    verbose_name, verbose_name_plural = "ligne", "lignes"
    document = ""
    rares = RARES

    combien = colonne("quantite", "Quantité")
    partie = colonne("section", "Partie")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Once frozen, only what the document shows."""
        if self.has_add_permission(request, obj) and (obj is None or obj.statut == "brouillon"):
            return [*COURANTS, *self.rares, "net"]
        return self.montres(obj)

    def montres(self, obj: Any) -> list[str]:
        """The columns of lines that are only looked at."""
        parties = ["partie"] if obj and obj.lignes.exclude(section="").exists() else []
        return [*parties, "designation", "combien", "unite", "pu", "moins", "taux", "net"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["partie", "combien", "pu", "moins", "taux", "net"]

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """With what the services refused of this request, each message by its line."""
        base: Any = super().get_formset(request, obj, **kwargs)
        refus: ErreurMetier | None = getattr(request, "refus", None)
        return base if refus is None else _refusant(base, refus)

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        return sans_bouton(super().formfield_for_dbfield(db_field, request, **kwargs))

    @admin.display(description="Prix unitaire HT")
    def pu(self, ligne: Any) -> str:
        return prix(ligne.prix_unitaire)

    @admin.display(description="Remise")
    def moins(self, ligne: Any) -> str:
        if ligne.remise_montant:
            return euros(ligne.remise_montant)
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

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._peut(request, "view")

    def _peut(self, request: HttpRequest, verbe: str) -> bool:
        return request.user.has_perm(f"facturation.{verbe}_{self.document}")


def _refusant(base: Any, refus: ErreurMetier) -> Any:
    class Refuse(base):
        def clean(self) -> None:
            super().clean()
            porter_sur_les_lignes(self, refus)

    return Refuse


def lignes_changees(formsets: Iterable[Any]) -> list[dict[str, Any]] | None:
    """All the lines left, in their order, when anything changed among them."""
    for formset in formsets:
        if isinstance(formset.form(), LigneForm) and formset.has_changed():
            return [_donnees(form) for form in _gardees(formset)]
    return None


def porter_sur_les_lignes(formset: Any, refus: ErreurMetier) -> None:
    """Write each message `lignes.<rank>.<field>` by the field of its line."""
    gardees = _gardees(formset)
    for champ, textes in refus.champs.items():
        debut, _, suite = champ.partition(".")
        rang, _, nom = suite.partition(".")
        if debut == "lignes" and rang.isdigit() and int(rang) < len(gardees):
            form = gardees[int(rang)]
            for texte in textes:
                form.add_error(nom if nom in form.fields else None, texte)


def _gardees(formset: Any) -> list[LigneForm]:
    ecrites = [form for form in formset.forms if getattr(form, "cleaned_data", None)]
    return [form for form in ecrites if not form.cleaned_data.get("DELETE")]


def _donnees(form: LigneForm) -> dict[str, Any]:
    """What the services need of a line; an old one keeps where it comes from."""
    voulus = [*COURANTS, *RARES, "option"]
    ecrites = {champ: form.cleaned_data[champ] for champ in voulus if champ in form.fields}
    suivi = [champ for champ in SUIVI if form.instance.pk and hasattr(form.instance, champ)]
    return ecrites | {champ: getattr(form.instance, champ) for champ in suivi}
