"""The catalogue in the office's admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from artjardin.api.requetes import auteur_de
from facturation import services
from facturation.admin.bases import court, prix
from facturation.models import Prestation


@admin.register(Prestation)
class PrestationAdmin(ModelAdmin):
    """Lines already written keep the price they were written with."""

    list_display = [
        "code", "designation", "unite", "pu", "taux", "decennale", "sap", "active",
    ]  # fmt: skip
    list_filter = ["active", "unite", "decennale", "sap"]
    fields = [
        ("code", "active"), "designation", ("unite", "prix_unitaire"),
        ("taux_tva", "justification_tva"), ("decennale", "sap"),
    ]  # fmt: skip
    search_fields = ["code", "designation"]
    list_per_page = 50

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        services.enregistrer_prestation(obj, par=auteur_de(request))

    @admin.display(description="Prix unitaire HT", ordering="prix_unitaire")
    def pu(self, prestation: Prestation) -> str:
        return prix(prestation.prix_unitaire)

    @admin.display(description="TVA", ordering="taux_tva")
    def taux(self, prestation: Prestation) -> str:
        return f"{court(prestation.taux_tva)} %"

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Documents refer to it: it is made inactive instead."""
        return False
