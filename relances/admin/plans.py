"""Plans, levels and general settings in the office's admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.admin import ModelAdmin, TabularInline

from artjardin.api.requetes import auteur_de
from artjardin.erreurs import ErreurMetier
from facturation.admin.bases import EnLecture, page_de
from relances import services
from relances.models import Niveau, PlanDeRelance, Reglages


class ParService(ModelAdmin):
    """Every change goes through a service, which journals it."""

    enregistrer: Any = None

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        champs = {champ: form.cleaned_data[champ] for champ in form.changed_data}
        if champs:
            type(self).enregistrer(obj, par=auteur_de(request), **champs)


class NiveauInline(EnLecture, TabularInline):
    model = Niveau
    fields = ["jours", "nom", "ton", "canal", "delai_minimum", "actif"]
    readonly_fields = fields
    show_change_link = True


@admin.register(PlanDeRelance)
class PlanAdmin(ParService):
    enregistrer = services.enregistrer_plan
    list_display = ["nom", "type_client"]
    fields = ["nom", "type_client"]
    inlines = [NiveauInline]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Niveau)
class NiveauAdmin(ParService):
    """The levels; their wording is in the texts."""

    enregistrer = services.enregistrer_niveau
    list_display = ["nom", "plan", "jours", "ton", "canal", "delai_minimum", "actif"]
    list_filter = ["plan", "ton"]
    list_select_related = ["plan"]
    fields = ["plan", "jours", "nom", "ton", "canal", "delai_minimum", "actif"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        inutile = obj is None or not obj.relances.exists()
        return inutile and super().has_delete_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        services.supprimer_niveau(obj, par=auteur_de(request))

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for niveau in queryset:
            try:
                services.supprimer_niveau(niveau, par=auteur_de(request))
            except ErreurMetier as refus:
                self.message_user(request, f"{niveau} : {refus.message}", "ERROR")


@admin.register(Reglages)
class ReglagesAdmin(ModelAdmin):
    """One row, so one page."""

    fieldsets = [
        (
            "Ne jamais relancer à tort",
            {"fields": ["fraicheur_jours", "credit_bloque", "tolerance"]},
        ),
        ("Messages", {"fields": ["apercu_par_courriel", "remercier"]}),
    ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(page_de(Reglages.les_notres()))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        champs = {champ: form.cleaned_data[champ] for champ in form.changed_data}
        if champs:
            services.modifier_reglages(par=auteur_de(request), **champs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
