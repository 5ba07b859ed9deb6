"""Keys of machines in the office's admin: made, shown once, revoked."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from artjardin.accounts import exigence
from artjardin.accounts.models import CleApi
from artjardin.api.requetes import auteur_de
from facturation.admin.bases import (
    Decideur,
    Decision,
    Suite,
    champ_choix,
    champ_date,
    champ_texte,
    colonne,
    page_de,
)
from ops.comptes import cles

UN_AN = timedelta(days=365)
ETATS = {"En service": "success", "Expirée": "warning", "Révoquée": "danger"}


class CleForm(forms.Form):
    nom = champ_texte(
        label="Nom", max_length=80, help_text="Ce qui s'en sert : « Supervision », « Cabinet Roy »."
    )
    portee = champ_choix(CleApi.Portee.choices, label="Ce qu'elle lit")
    expire_le = champ_date(label="Jusqu'au", help_text="Ce jour compris ; un an au plus.")


@admin.register(CleApi)
class CleApiAdmin(Decideur):
    """The secret is in no row, no message and no mail: only in the page that follows."""

    par = colonne("creee_par", "Créée par")
    creation = colonne("creee_le", "Créée le")
    expiration = colonne("expire_le", "Expire le")
    vue = colonne("vue_le", "Vue le")
    revocation = colonne("revoquee_le", "Révoquée le")
    list_display = ["nom", "portee", "commence", "situation", "expiration", "vue", "par"]
    list_filter = ["portee"]
    list_select_related = ["creee_par"]
    fields = [
        ("nom", "portee"), ("commence", "situation"), ("par", "creation"),
        ("expiration", "vue", "revocation"),
    ]  # fmt: skip
    readonly_fields = [
        "commence", "situation", "par", "creation", "expiration", "vue", "revocation",
    ]  # fmt: skip
    actions_detail = ["revoquer"]
    list_per_page = 50

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description="Commence par")
    def commence(self, cle: CleApi) -> str:
        return f"{cle.debut}…"

    @display(description="État", label=ETATS)
    def situation(self, cle: CleApi) -> str:
        if cle.revoquee_le is not None:
            return "Révoquée"
        return "En service" if cle.est_vivante else "Expirée"

    def possibles(self, objet: Any) -> set[str]:
        return {"revoquer"} if objet.est_vivante else set()

    def add_view(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        """Ask, make the key, and show it in the answer itself."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        exigence.exiger_un_code_frais(request)
        decision = Decision(
            "Nouvelle clé d'API",
            "Créer la clé",
            "Pour une machine : elle lit ce que vous choisissez, n'écrit rien, et ne demande ni "
            "mot de passe ni code. Elle sera montrée une seule fois.",
            formulaire=CleForm,
            initial={"expire_le": timezone.localdate() + UN_AN},
        )
        faites: list[tuple[str, CleApi]] = []

        def agir(**champs: Any) -> Suite:
            champs["expire_le"] = _fin_du_jour(champs["expire_le"])
            faites.append(cles.creer_cle(**champs, par=auteur_de(request)))
            return Suite("La clé est créée.", faites[0][1])

        reponse = self.decider(request, CleApi(), decision, agir)
        return self._montrer(request, *faites[0]) if faites else reponse

    def _montrer(self, request: HttpRequest, secret: str, cle: CleApi) -> HttpResponse:
        contexte = self.admin_site.each_context(request) | {
            "title": f"Clé d'API : {cle.nom}",
            "secret": secret,
            "cle": cle,
            "retour": page_de(cle),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/cle.html", contexte)

    @action(
        description="Révoquer",
        permissions=["accounts.change_cleapi"],
        variant=ActionVariant.DANGER,
        icon="block",
    )
    def revoquer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Without a code: whoever sees a key abused must not wait."""
        cle = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Révoquer la clé",
            "Révoquer",
            "Elle n'ouvre plus rien, tout de suite et pour toujours. Ce qui s'en sert s'arrête.",
            grave=True,
        )

        def agir() -> Suite:
            return Suite("La clé est révoquée.", cles.revoquer_cle(cle, par=auteur_de(request)))

        return self.decider(request, cle, decision, agir)


def _fin_du_jour(jour: date) -> datetime:
    """The last minute of a day, in Paris."""
    return timezone.make_aware(datetime.combine(jour, time(23, 59)))
