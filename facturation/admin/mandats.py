"""The mandates of direct debit in the office's admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from artjardin.api.requetes import auteur_de
from facturation import services
from facturation.admin.bases import sans_bouton
from facturation.admin.graves import ChampsGraves
from facturation.models import MandatPrelevement
from facturation.templatetags.presentation import iban_masque


@admin.register(MandatPrelevement)
class MandatAdmin(ChampsGraves):
    """One by client; made inactive, never deleted: its reference is on documents."""

    champs_graves = frozenset({"iban"})
    acte = "l'IBAN"
    list_display = ["client", "rum", "signe_le", "compte", "actif"]
    list_filter = ["actif"]
    list_select_related = ["client"]
    search_fields = ["rum", "client__nom", "client__raison_sociale", "client__code"]
    fields = ["client", ("rum", "signe_le"), "iban", "actif"]
    autocomplete_fields = ["client"]
    list_per_page = 50

    @display(description="Compte")
    def compte(self, mandat: MandatPrelevement) -> str:
        return iban_masque(mandat.iban)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        fixes: list[str] = super().get_readonly_fields(request, obj)
        return ["client", *fixes] if obj else fixes

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        return sans_bouton(super().formfield_for_dbfield(db_field, request, **kwargs))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        champs = {c: v for c, v in form.cleaned_data.items() if c != "client"}
        mandat = services.enregistrer_mandat(obj.client, par=auteur_de(request), **champs)
        obj.pk = mandat.pk

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
