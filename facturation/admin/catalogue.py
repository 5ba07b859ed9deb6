"""The firm and its catalogue in the office's admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import ModelAdmin

from artjardin.api.vues import auteur_de
from facturation import services
from facturation.admin.bases import court, page_de, prix
from facturation.models import Entreprise, Prestation


@admin.register(Entreprise)
class EntrepriseAdmin(ModelAdmin):
    """One row, so one page."""

    fieldsets = [
        (None, {"fields": ["nom", "forme", "adresse", ("code_postal", "ville")]}),
        ("Coordonnées", {"fields": [("telephone", "email")]}),
        ("Immatriculation", {"fields": [("siret", "rcs"), "tva_intracom"]}),
        ("Banque", {"fields": [("iban", "bic")]}),
        ("Mentions des documents", {"fields": ["assurance", "mediateur"]}),
    ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        return HttpResponseRedirect(page_de(Entreprise.la_notre()))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        champs = {champ: form.cleaned_data[champ] for champ in form.changed_data}
        if champs:
            services.modifier_entreprise(par=auteur_de(request), **champs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Prestation)
class PrestationAdmin(ModelAdmin):
    """Lines already written keep the price they were written with."""

    list_display = ["code", "designation", "unite", "pu", "taux", "active"]
    list_filter = ["active", "unite"]
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
