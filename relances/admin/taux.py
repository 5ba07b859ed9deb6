"""The legal rates in the office's admin: a row for each half-year."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from artjardin.api.requetes import auteur_de
from clients.admin import RefusSurLeFormulaire
from facturation.admin.bases import court
from relances import services
from relances.models import TauxLegal

SOURCES = (
    "Taux de la BCE (refinancement) en vigueur le premier jour du semestre, et taux de l'intérêt "
    "légal du semestre, colonne « tous autres cas » de l'arrêté : le créancier est une entreprise."
)


@admin.register(TauxLegal)
class TauxAdmin(RefusSurLeFormulaire, ModelAdmin):
    """Entered by a person each half-year: a missing one is asked for, never made up."""

    list_display = ["semestre", "bce", "au_professionnel", "legal"]
    fieldsets = [(None, {"fields": ["debut", "bce", "legal"], "description": SOURCES})]

    @admin.display(description="Semestre", ordering="debut")
    def semestre(self, taux: TauxLegal) -> str:
        return str(taux)

    @admin.display(description="Pénalités entre professionnels (%)")
    def au_professionnel(self, taux: TauxLegal) -> str:
        return court(taux.penalites)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return ["debut"] if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        saisis = {champ: form.cleaned_data[champ] for champ in ("bce", "legal")}
        if change:
            services.corriger_taux(obj, par=auteur_de(request), **saisis)
            return
        debut = form.cleaned_data["debut"]
        obj.pk = services.ajouter_taux(debut=debut, par=auteur_de(request), **saisis).pk
