"""Accounts in the office's admin: opened, changed, closed; never deleted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action, display
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
)

from artjardin.accounts.auteur import Auteur
from artjardin.accounts.models import Role, User
from artjardin.api.requetes import auteur_de
from clients.admin import AdminParServices
from facturation.admin.bases import Decideur, Decision, Suite
from ops.comptes.gestion import changer_mot_de_passe, modifier_compte, ouvrir_compte

admin.site.unregister(Group)  # what a role may do is written in ops/roles.py, not here


class MotDePasseForm(forms.Form):
    mot_de_passe = forms.CharField(
        label="Mot de passe",
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
        help_text="Au moins 12 caractères, sans rapport avec le nom.",
    )
    encore = forms.CharField(
        label="Le même, encore une fois",
        strip=False,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        champs = super().clean() or self.cleaned_data
        if champs.get("mot_de_passe") != champs.pop("encore", None):
            self.add_error("encore", "Les deux mots de passe diffèrent.")
        return champs


class OuvertureForm(MotDePasseForm, forms.ModelForm):
    role = forms.ChoiceField(label="Rôle", choices=Role.choices, widget=UnfoldAdminSelectWidget)


class CompteForm(forms.ModelForm):
    roles = forms.MultipleChoiceField(
        label="Rôles", choices=Role.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "roles" in self.fields:
            self.initial["roles"] = [groupe.name for groupe in self.instance.groups.all()]


@admin.register(User)
class UserAdmin(AdminParServices, Decideur):
    list_display = ["email", "prenom", "nom", "fonctions", "is_active", "last_login"]
    list_filter = ["is_active", "groups"]
    search_fields = ["email", "nom", "prenom"]
    actions_detail = ["mot_de_passe"]
    readonly_fields = ["last_login", "cree_le"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """Accounts are few: Django's own search, over the three fields."""
        return super(AdminParServices, self).get_search_results(request, queryset, search_term)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ["email", ("prenom", "nom"), "role", "mot_de_passe", "encore"]
        return ["email", ("prenom", "nom"), "roles", "is_active", ("last_login", "cree_le")]

    def get_form(self, request: HttpRequest, obj: Any = None, **options: Any) -> Any:
        options["form"] = CompteForm if obj else OuvertureForm
        return super().get_form(request, obj, **options)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever leaves is made inactive: the journal still names them."""
        return False

    @display(description="Rôles", label=True)
    def fonctions(self, user: User) -> str:
        noms = dict(Role.choices)
        return ", ".join(str(noms.get(groupe.name, groupe.name)) for groupe in user.groups.all())

    def creer(self, champs: dict[str, Any], *, par: Auteur) -> User:
        return ouvrir_compte(par=par, **champs | {"role": Role(champs["role"])})

    def modifier(self, objet: Any, champs: dict[str, Any], *, par: Auteur) -> User:
        return modifier_compte(objet, par=par, **champs)

    @action(description="Changer le mot de passe", permissions=["accounts.change_user"])
    def mot_de_passe(self, request: HttpRequest, object_id: str) -> HttpResponse:
        user = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Changer le mot de passe",
            "Changer le mot de passe",
            "Toutes ses sessions et tous ses appareils devront se reconnecter.",
            formulaire=MotDePasseForm,
        )

        def agir(mot_de_passe: str) -> Suite:
            change = changer_mot_de_passe(user, mot_de_passe, par=auteur_de(request))
            return Suite(f"Le mot de passe de {change} est changé.", change)

        return self.decider(request, user, decision, agir)
