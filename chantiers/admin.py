"""Sites, interventions and kinds of work in the office's admin."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from artjardin.accounts.auteur import Auteur
from artjardin.api.requetes import auteur_de
from artjardin.erreurs import ErreurMetier
from chantiers import services
from chantiers.models import Chantier, Intervention, TypeService
from chantiers.portee import equipiers
from clients.admin import AdminParServices

SALARIES = {"responsable", "employe"}


class AdminDEquipe(AdminParServices):
    """People to choose from are those who can be given work."""

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name in SALARIES:
            kwargs["queryset"] = equipiers(request.user)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(TypeService)
class TypeServiceAdmin(ModelAdmin):
    list_display = ["nom"]
    search_fields = ["nom"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        services.enregistrer_type_de_service(obj, par=auteur_de(request))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Sites keep their kinds of work: one is renamed, never removed."""
        return False


class ChantierForm(forms.ModelForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """The state may only stay or take a next step."""
        super().__init__(*args, **kwargs)
        if "statut" in self.fields:
            permis = {self.instance.statut, *Chantier.TRANSITIONS[self.instance.statut]}
            choix = [paire for paire in Chantier.Statut.choices if paire[0] in permis]
            self.fields["statut"].choices = choix  # type: ignore[attr-defined]


@admin.register(Chantier)
class ChantierAdmin(AdminDEquipe):
    form = ChantierForm
    list_display = ["nom", "client", "ville", "statut", "responsable", "cree_le"]
    list_filter = ["statut", "services", ("responsable", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["client", "responsable"]
    autocomplete_fields = ["client", "services"]
    readonly_fields = ["cree_le"]
    fieldsets = [
        (None, {"fields": ["client", "nom", "statut", "services", "responsable"]}),
        (
            "Lieu",
            {
                "fields": ["adresse", ("code_postal", "ville")],
                "description": "Sans adresse, le chantier prend celle du client.",
            },
        ),
        ("Équipe", {"fields": ["consignes", "cree_le"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """A site begins as a demand, and never changes client."""
        return ["cree_le", "client" if obj else "statut"]

    def creer(self, champs: dict[str, Any], *, par: Auteur) -> Chantier:
        return services.creer_chantier(par=par, **champs)

    @transaction.atomic
    def modifier(self, objet: Chantier, champs: dict[str, Any], *, par: Auteur) -> Chantier:
        vers = champs.pop("statut", None)
        chantier = services.modifier_chantier(objet, par=par, **champs)
        return services.changer_statut(chantier, vers=vers, par=par) if vers else chantier


@admin.register(Intervention)
class InterventionAdmin(AdminDEquipe):
    list_display = ["chantier", "employe", "prevu_debut", "prevu_fin", "debut", "fin", "statut"]
    list_filter = ["statut", ("employe", admin.RelatedOnlyFieldListFilter)]
    list_select_related = ["chantier", "employe"]
    date_hierarchy = "prevu_debut"
    autocomplete_fields = ["chantier"]
    readonly_fields = ["statut", "validee_par"]
    actions = ["demarrer", "arreter", "valider", "annuler"]
    fieldsets = [
        (None, {"fields": ["chantier", "employe", ("prevu_debut", "prevu_fin"), "notes"]}),
        ("Heures réelles", {"fields": ["statut", ("debut", "fin"), "validee_par"]}),
    ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Only what the state still lets change."""
        statut = obj.statut if obj else Intervention.Statut.PLANIFIEE
        permis = Intervention.MODIFIABLES.get(statut, frozenset())
        figes = [champ for champ in services.CHAMPS_INTERVENTION if champ not in permis]
        return ["statut", "validee_par", *figes]

    def creer(self, champs: dict[str, Any], *, par: Auteur) -> Intervention:
        return services.planifier_intervention(par=par, **champs)

    def modifier(self, objet: Any, champs: dict[str, Any], *, par: Auteur) -> Intervention:
        return services.modifier_intervention(objet, par=par, **champs)

    def has_pointer_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("chantiers.pointer_intervention")

    def has_valider_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("chantiers.valider_intervention")

    @admin.action(description="Démarrer maintenant", permissions=["pointer"])
    def demarrer(self, request: HttpRequest, queryset: Any) -> None:
        self._pour_chacune(request, queryset, services.demarrer_intervention)

    @admin.action(description="Arrêter maintenant", permissions=["pointer"])
    def arreter(self, request: HttpRequest, queryset: Any) -> None:
        self._pour_chacune(request, queryset, services.arreter_intervention)

    @admin.action(description="Valider les heures", permissions=["valider"])
    def valider(self, request: HttpRequest, queryset: Any) -> None:
        self._pour_chacune(request, queryset, services.valider_intervention)

    @admin.action(description="Annuler", permissions=["change"])
    def annuler(self, request: HttpRequest, queryset: Any) -> None:
        self._pour_chacune(request, queryset, services.annuler_intervention)

    def _pour_chacune(
        self, request: HttpRequest, interventions: Any, service: Callable[..., Intervention]
    ) -> None:
        for intervention in interventions:
            try:
                faite = service(intervention, par=auteur_de(request))
            except (ErreurMetier, PermissionDenied) as erreur:
                self.message_user(request, f"{intervention} : {erreur}", messages.ERROR)
            else:
                etat = faite.get_statut_display().lower()
                self.message_user(request, f"{faite} : {etat}.", messages.SUCCESS)
