"""The incidents in the office's admin: what is down now, since when, what to do, who does it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from artjardin.api.requetes import auteur_de
from facturation.admin.bases import Consultation, Decideur, Decision, Suite, champ_texte, colonne
from ops.veille import services
from ops.veille.models import Incident
from ops.veille.redaction import en_clair

EN_COURS, PRIS, RETABLI = "En cours", "Pris en charge", "Rétabli"
COULEURS = {EN_COURS: "danger", PRIS: "warning", RETABLI: "success"}
ACQUITTER = ["ops.acquitter_incident"]


class EtatFiltre(admin.SimpleListFilter):
    title = "état"
    parameter_name = "etat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("ouvert", "En cours"), ("clos", "Rétablis")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() is None:
            return queryset
        return queryset.filter(clos_le__isnull=self.value() == "ouvert")


class AcquitterForm(forms.Form):
    commentaire = champ_texte(
        max_length=1000, required=False, help_text="Ce qui est fait, ou ce que l'on attend."
    )


@admin.register(Incident)
class IncidentAdmin(Consultation, Decideur):
    depuis = colonne("ouvert_le", "Depuis")
    jusqu_a = colonne("clos_le", "Rétabli le")
    pris_le = colonne("acquitte_le", "Pris en charge le")
    list_display = ["situation", "titre", "depuis", "duree", "dernier_message", "acquitte_nom"]
    list_display_links = ["situation", "titre"]
    list_filter = [EtatFiltre, "gravite"]
    ordering = [F("clos_le").desc(nulls_first=True), "-id"]
    search_fields = ["titre", "dernier_message", "commentaire"]
    fields = [
        ("titre", "situation"), ("depuis", "jusqu_a", "duree"), "dernier_message", "remede",
        ("gravite", "rappels", "stabilite"), ("acquitte_nom", "pris_le"), "commentaire",
    ]  # fmt: skip
    readonly_fields = ["situation", "depuis", "jusqu_a", "duree", "stabilite", "pris_le"]
    actions_detail = ["acquitter"]

    @display(description="État", label=COULEURS)
    def situation(self, incident: Incident) -> str:
        if not incident.est_ouvert:
            return RETABLI
        return PRIS if incident.acquitte_le else EN_COURS

    @admin.display(description="Durée")
    def duree(self, incident: Incident) -> str:
        fin = incident.clos_le or timezone.now()
        return en_clair((fin - incident.ouvert_le).total_seconds())

    @admin.display(description="Instable")
    def stabilite(self, incident: Incident) -> str:
        return "oui, trois fois en six heures" if incident.instable else "non"

    def possibles(self, objet: Any) -> set[str]:
        return {"acquitter"} if objet.est_ouvert and objet.acquitte_le is None else set()

    @action(description="Prendre en charge", permissions=ACQUITTER, variant=ActionVariant.PRIMARY)
    def acquitter(self, request: HttpRequest, object_id: str) -> HttpResponse:
        incident = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Prendre cet incident en charge",
            "Je m'en charge",
            "Les rappels cessent ; le retour à la normale sera dit tout de même.",
            formulaire=AcquitterForm,
        )

        def agir(**champs: Any) -> Suite:
            services.acquitter(incident, par=auteur_de(request), **champs)
            return Suite("L'incident est pris en charge.", incident)

        return self.decider(request, incident, decision, agir)
