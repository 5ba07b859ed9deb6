"""Accounts in the office's admin: invited, changed, closed; never deleted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from artjardin.accounts import exigence
from artjardin.accounts.auteur import Auteur
from artjardin.accounts.models import Role, User
from artjardin.api.requetes import auteur_de
from clients.admin import AdminParServices
from facturation.admin.bases import (
    Decideur,
    Decision,
    Suite,
    champ_choix,
    colonne,
    page_de,
)
from facturation.admin.graves import ChampsGraves
from ops.comptes import facteur, gestion, liens

admin.site.unregister(Group)  # what a role may do is written in ops/roles.py, not here
CHANGER = "accounts.change_user"
ETATS = {"Actif": "success", "Invité": "info", "Désactivé": "danger"}


class InvitationForm(forms.ModelForm):
    role = champ_choix([("", "À choisir"), *Role.choices], label="Rôle")


class CompteForm(forms.ModelForm):
    roles = forms.MultipleChoiceField(
        label="Rôles", choices=Role.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "roles" in self.fields:
            self.initial["roles"] = [groupe.name for groupe in self.instance.groups.all()]


@admin.register(User)
class UserAdmin(ChampsGraves, AdminParServices, Decideur):
    champs_graves = frozenset({"email", "roles", "is_active"})
    acte = "l'adresse, les rôles ou l'activité"
    form = CompteForm
    derniere = colonne("last_login", "Dernière connexion")
    creation = colonne("cree_le", "Compte créé le")
    list_display = ["email", "prenom", "nom", "roles", "situation", "protege", "derniere"]
    list_filter = ["is_active", "groups"]
    search_fields = ["email", "nom", "prenom"]
    actions_detail = [
        "renvoyer_l_invitation", "envoyer_un_lien", "remettre_a_zero", "fermer_les_acces",
    ]  # fmt: skip
    readonly_fields = ["situation", "protege", "derniere", "creation"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups", "facteur_set")

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """Accounts are few: Django's own search, over the three fields."""
        return super(AdminParServices, self).get_search_results(request, queryset, search_term)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ["email", ("prenom", "nom"), "role"]
        return [
            "email", ("prenom", "nom"), "roles", "is_active", ("situation", "protege"),
            ("derniere", "creation"),
        ]  # fmt: skip

    def get_form(self, request: HttpRequest, obj: Any = None, *args: Any, **options: Any) -> Any:
        if obj is None:
            options["form"] = InvitationForm
        return super().get_form(request, obj, *args, **options)

    def response_add(self, request: HttpRequest, obj: Any, *args: Any) -> HttpResponse:
        messages.success(request, f"L'invitation part à {obj.email}. Le lien sert 72 heures.")
        return HttpResponseRedirect(page_de(obj))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever leaves is made inactive: the journal still names them."""
        return False

    @display(description="Rôles", label=True)
    def roles(self, user: User) -> str:
        noms = dict(Role.choices)
        return ", ".join(str(noms.get(groupe.name, groupe.name)) for groupe in user.groups.all())

    @display(description="État", label=ETATS)
    def situation(self, user: User) -> str:
        if not user.is_active:
            return "Désactivé"
        return "Actif" if user.has_usable_password() else "Invité"

    @display(description="Second facteur", boolean=True)
    def protege(self, user: User) -> bool:
        return any(un.confirmed for un in user.facteur_set.all())

    def creer(self, champs: dict[str, Any], *, par: Auteur) -> User:
        return liens.inviter(par=par, **champs | {"role": Role(champs["role"])})

    def modifier(self, objet: Any, champs: dict[str, Any], *, par: Auteur) -> User:
        return gestion.modifier_compte(objet, par=par, **champs)

    def possibles(self, objet: Any) -> set[str]:
        if not objet.is_active:
            return set()
        if not objet.has_usable_password():
            return {"renvoyer_l_invitation"}
        facultatives = {"remettre_a_zero"} if self.protege(objet) else set()
        return {"envoyer_un_lien", "fermer_les_acces"} | facultatives

    @action(description="Renvoyer l'invitation", permissions=[CHANGER], icon="forward_to_inbox")
    def renvoyer_l_invitation(self, request: HttpRequest, object_id: str) -> HttpResponse:
        user = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Renvoyer l'invitation",
            "Renvoyer",
            f"Un nouveau lien part à {user.email}, pour 72 heures. Le précédent ne vaut plus rien.",
        )

        def agir() -> Suite:
            liens.reinviter(user, par=auteur_de(request))
            return Suite(f"L'invitation repart à {user.email}.", user)

        return self.decider(request, user, decision, agir)

    @action(description="Envoyer un lien de mot de passe", permissions=[CHANGER], icon="password")
    def envoyer_un_lien(self, request: HttpRequest, object_id: str) -> HttpResponse:
        user = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Envoyer un lien de mot de passe",
            "Envoyer le lien",
            f"{user} reçoit à {user.email} un lien, valable une heure, pour choisir un autre mot "
            "de passe. L'actuel vaut jusque-là. Son second facteur ne change pas.",
        )

        def agir() -> Suite:
            liens.envoyer_un_lien(user, par=auteur_de(request))
            return Suite(f"Le lien part à {user.email}.", user)

        return self.decider(request, user, decision, agir)

    @action(
        description="Remettre à zéro le second facteur", permissions=[CHANGER], icon="phonelink_off"
    )
    def remettre_a_zero(self, request: HttpRequest, object_id: str) -> HttpResponse:
        user = self.objet_ou_404(request, object_id)
        exigence.exiger_un_code_frais(request)
        decision = Decision(
            "Remettre à zéro le second facteur",
            "Remettre à zéro",
            "Pour qui a perdu téléphone et codes de secours. Tous ses accès sont fermés ; à la "
            "prochaine connexion, son mot de passe suffit, et un patron doit aussitôt mettre en "
            "place un autre second facteur. Vérifiez de vive voix que c'est bien cette personne "
            "qui le demande. Elle et vous en recevez un courriel.",
            grave=True,
        )

        def agir() -> Suite:
            facteur.reinitialiser(user, par=auteur_de(request))
            return Suite(f"Le second facteur de {user} est retiré.", user)

        return self.decider(request, user, decision, agir)

    @action(description="Fermer ses accès", permissions=[CHANGER], icon="logout")
    def fermer_les_acces(self, request: HttpRequest, object_id: str) -> HttpResponse:
        user = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Fermer ses accès",
            "Fermer tous ses accès",
            f"{user} est déconnecté partout, tout de suite, et peut se reconnecter. Pour un "
            "départ, décochez plutôt « actif » : le compte est alors fermé aussi.",
        )

        def agir() -> Suite:
            fermes = gestion.fermer_les_acces(user, par=auteur_de(request))
            return Suite(f"{fermes} accès fermé{'s' if fermes > 1 else ''}.", user)

        return self.decider(request, user, decision, agir)
