"""Holding reminders back from the pages of an invoice and of a client, and the list of all that."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from unfold.decorators import action, display

from artjardin.api.requetes import auteur_de
from artjardin.outbox.models import Rebond
from clients.models import Client
from facturation.admin.bases import (
    Consultation,
    Decideur,
    Decision,
    Suite,
    champ_choix,
    champ_date,
    champ_montant,
    champ_texte,
    colonne,
    court,
    euros,
    lien,
)
from facturation.admin.comptes import ClientAvecCompte
from facturation.admin.factures import FactureAdmin
from facturation.models import Facture
from relances import services
from relances.admin.lettres import dossier as telecharger_le_dossier
from relances.models import PlanDeRelance, Suspension

DECIDER = ["relances.lancer_passage"]
COURRIELS = "outbox.view_courriel"
GENRES = [("pause", "Pause"), ("exclusion", "Exclusion"), ("litige", "Litige")]
ETATS = {
    "en_cours": "En cours",
    "terminee": "Terminée",
    "tenue": "Tenue",
    "non_tenue": "Non tenue",
    "levee": "Levée",
}


class SuspendreForm(forms.Form):
    genre = champ_choix(GENRES, label="Décision")
    motif = champ_texte(max_length=200)
    jusqu_au = champ_date(
        label="Jusqu'au (inclus)",
        required=False,
        help_text="Obligatoire pour une pause. Vide : jusqu'à nouvel ordre.",
    )


class PromesseForm(forms.Form):
    le = champ_date(label="Promis pour le")
    montant = champ_montant(required=False, help_text="Vide : tout le reste dû.")
    motif = champ_texte(
        label="Précision", max_length=200, required=False, help_text="Qui l'a dit, et comment."
    )


class PlanForm(forms.Form):
    plan = forms.ModelChoiceField(
        PlanDeRelance.objects.all(), required=False, empty_label="Le plan de son type"
    )


class Relances(Decideur):
    """The decisions on an invoice or on a client."""

    @action(description="Suspendre les relances", permissions=DECIDER)
    def suspendre(self, request: HttpRequest, object_id: str) -> HttpResponse:
        cible = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Suspendre les relances",
            "Suspendre",
            "Rien n'est relancé jusqu'au dernier jour, inclus ; les relances reprennent seules.",
            formulaire=SuspendreForm,
        )

        def agir(**champs: Any) -> Suite:
            services.suspendre(cible, par=auteur_de(request), **champs)
            return Suite("Les relances sont suspendues.", cible)

        return self.decider(request, cible, decision, agir)

    @action(description="Promesse de paiement", permissions=DECIDER)
    def promesse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        cible = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Promesse de paiement",
            "Noter la promesse",
            "Rien n'est relancé jusqu'à ce jour, inclus. Non tenue, elle vous est signalée.",
            formulaire=PromesseForm,
        )

        def agir(**champs: Any) -> Suite:
            services.promettre_de_payer(cible, par=auteur_de(request), **champs)
            return Suite("La promesse est notée.", cible)

        return self.decider(request, cible, decision, agir)

    @action(description="Reprendre les relances", permissions=DECIDER)
    def reprendre(self, request: HttpRequest, object_id: str) -> HttpResponse:
        cible = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Reprendre les relances", "Reprendre", "Toutes les suspensions sont levées."
        )

        def agir() -> Suite:
            services.reprendre(cible, par=auteur_de(request))
            return Suite("Les relances reprennent.", cible)

        return self.decider(request, cible, decision, agir)


admin.site.unregister(Facture)
admin.site.unregister(Client)


@admin.register(Facture)
class FactureRelancee(FactureAdmin, Relances):
    """An invoice, and what is decided of its reminders."""

    actions_detail: Any = [
        *FactureAdmin.actions_detail,
        {"title": "Relances", "items": ["relancer", "suspendre", "promesse", "reprendre"]},
    ]

    def possibles(self, objet: Any) -> set[str]:
        due = objet.statut == Facture.Statut.EMISE and objet.type != Facture.Type.AVOIR
        relances = {"relancer", "suspendre", "promesse", "reprendre"} if due else set()
        return super().possibles(objet) | relances

    @action(description="Relancer maintenant", permissions=DECIDER)
    def relancer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        facture = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Relancer maintenant",
            "Relancer",
            "Le prochain niveau part dans la minute, sans attendre le passage de 9 h.",
        )

        def agir() -> Suite:
            relance = services.relancer_la_facture(facture, par=auteur_de(request))
            return Suite(f"{relance.niveau} : c'est promis.", relance)

        return self.decider(request, facture, decision, agir)


@admin.register(Client)
class ClientRelance(ClientAvecCompte, Relances):
    """A client, its account, and what is decided of its reminders."""

    actions_detail: Any = [
        *ClientAvecCompte.actions_detail,
        "courriels",
        {
            "title": "Relances",
            "items": ["promesse", "suspendre", "reprendre", "liberer", "plan", "dossier"],
        },
    ]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        groupes = super().get_fieldsets(request, obj)
        if obj is None or not request.user.has_perm(COURRIELS):
            return groupes
        return [groupes[0], ("Courriels et relances", {"fields": ["joignable"]}), *groupes[1:]]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_readonly_fields(request, obj), "joignable"]

    @admin.display(description="Adresse e-mail")
    def joignable(self, client: Client) -> str:
        """Whether mail reaches this client, and why not."""
        if not client.email:
            return "Aucune : relances par lettre."
        rebond = Rebond.objects.en_vigueur().de(client.email).first()
        if rebond is None:
            return "Aucun retour en erreur."
        return format_html(
            "Un courriel est revenu le {} : {}. Relances par lettre. {}",
            court(rebond.le),
            rebond.diagnostic[:200] or rebond.code,
            lien(rebond, "Voir"),
        )

    @action(description="Courriels", permissions=[COURRIELS])
    def courriels(self, request: HttpRequest, object_id: str) -> HttpResponse:
        client = self.objet_ou_404(request, object_id)
        liste = reverse("admin:outbox_courriel_changelist", query={"client_ref": client.pk})
        return HttpResponseRedirect(liste)

    @action(description="Dossier de recouvrement", permissions=DECIDER)
    def dossier(self, request: HttpRequest, object_id: str) -> HttpResponse | FileResponse:
        client = self.objet_ou_404(request, object_id)
        if request.method == "POST":
            return telecharger_le_dossier(request, client.pk)
        decision = Decision(
            "Dossier de recouvrement",
            "Télécharger le dossier",
            "Factures, relances, preuves d'envoi, relevé et décompte de ce client, en un fichier "
            "ZIP pour le commissaire de justice ou l'avocat.",
        )
        return self.decider(request, client, decision, lambda: Suite("", client))

    @action(description="Plan de relance", permissions=["relances.change_planduclient"])
    def plan(self, request: HttpRequest, object_id: str) -> HttpResponse:
        client = self.objet_ou_404(request, object_id)
        actuel = PlanDeRelance.objects.filter(clients__client=client).first()
        decision = Decision(
            "Plan de relance",
            "Donner ce plan",
            "Ce client suit ce plan, à partir du niveau où il en est.",
            formulaire=PlanForm,
            initial={"plan": actuel},
        )

        def agir(plan: PlanDeRelance | None) -> Suite:
            services.donner_un_plan(client, plan, par=auteur_de(request))
            return Suite("Le plan est enregistré.", client)

        return self.decider(request, client, decision, agir)

    @action(description="Relancer quand même", permissions=DECIDER)
    def liberer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        client = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Relancer malgré un paiement non imputé",
            "Relancer quand même",
            "Un paiement de ce client n'est pas imputé. S'il règle une facture, imputez-le avant.",
        )

        def agir() -> Suite:
            services.liberer(client, par=auteur_de(request))
            return Suite("Ses factures seront relancées.", client)

        return self.decider(request, client, decision, agir)


class EtatFilter(admin.SimpleListFilter):
    title = "état"
    parameter_name = "etat"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("ouvertes", "Non levées"), ("non_tenues", "Promesses non tenues")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "ouvertes":
            return queryset.filter(levee_le=None)
        return queryset.exclude(signalee_le=None) if self.value() else queryset


@admin.register(Suspension)
class SuspensionAdmin(Consultation):
    """Every decision that held reminders back."""

    depuis = colonne("debut", "Depuis le")
    jusqu = colonne("fin", "Jusqu'au")
    decidee = colonne("cree_le", "Décidée le")
    otee = colonne("levee_le", "Levée le")
    list_display = ["depuis", "genre", "pour", "motif", "jusqu", "promis", "par", "etat"]
    list_filter = [EtatFilter, "genre"]
    list_select_related = ["client", "facture"]
    search_fields = ["client__nom_tri", "client__code", "facture__numero", "motif"]
    fields = [
        ("genre", "pour"), "motif", ("depuis", "jusqu"), "promis", ("par", "decidee"), "etat",
        ("otee", "levee_par"),
    ]  # fmt: skip
    readonly_fields = ["pour", "depuis", "jusqu", "promis", "decidee", "etat", "otee"]

    @admin.display(description="Pour")
    def pour(self, suspension: Suspension) -> str:
        return lien(suspension.facture or suspension.client)

    @admin.display(description="Promis")
    def promis(self, suspension: Suspension) -> str:
        return euros(suspension.montant)

    @display(
        description="État",
        label={"En cours": "info", "Tenue": "success", "Non tenue": "danger"},
    )
    def etat(self, suspension: Suspension) -> str:
        return ETATS[suspension.etat]
