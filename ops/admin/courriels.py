"""The outbox in the office's admin: exact content, and what a person decides of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminRadioSelectWidget

from artjardin.api.vues import auteur_de
from artjardin.outbox import services
from artjardin.outbox.models import Courriel, PieceJointe
from facturation.admin.bases import (
    Consultation,
    Decideur,
    Decision,
    EnLecture,
    Suite,
    colonne,
    lien,
)
from relances.services import annuler_courriel

Statut = Courriel.Statut
CHANGER = ["outbox.change_courriel"]
COULEURS = {
    Statut.EN_ATTENTE.label: "info",
    Statut.EN_COURS.label: "info",
    Statut.ENVOYE.label: "success",
    Statut.ECHEC.label: "danger",
    Statut.INCERTAIN.label: "warning",
}
POSSIBLES: dict[str, set[str]] = {
    Statut.EN_ATTENTE: {"annuler"},
    Statut.INCERTAIN: {"constater"},
    Statut.ENVOYE: {"renvoyer"},
    Statut.ECHEC: {"renvoyer"},
    Statut.ANNULE: {"renvoyer"},
}


class ConstatForm(forms.Form):
    arrive = forms.TypedChoiceField(
        label="Qu'en est-il ?",
        choices=[("oui", "Il est arrivé"), ("non", "Il n'est pas arrivé")],
        coerce=lambda reponse: reponse == "oui",
        widget=UnfoldAdminRadioSelectWidget,
    )


class PieceInline(EnLecture, TabularInline):
    model = PieceJointe
    fields = ["vers"]
    readonly_fields = fields

    @admin.display(description="Document")
    def vers(self, piece: PieceJointe) -> str:
        return lien(piece.document)


@admin.register(Courriel)
class CourrielAdmin(Consultation, Decideur):
    promis = colonne("cree_le", "Promis le")
    parti = colonne("envoye_le", "Envoyé le")
    identifiant = colonne("message_id", "Message-ID")
    list_display = ["promis", "destinataires", "objet", "type", "etat", "parti"]
    list_display_links = ["promis", "objet"]
    list_filter = ["statut", "type"]
    search_fields = ["objet", "a", "message_id"]
    date_hierarchy = "cree_le"
    inlines = [PieceInline]
    fieldsets = [
        (None, {"fields": ["objet", ("destinataires", "copies"), ("expediteur", "type")]}),
        ("Message", {"fields": ["apercu", "en_texte"]}),
        (
            "Envoi",
            {
                "fields": [
                    ("statut", "tentatives"),
                    ("promis", "parti"),
                    "reponse",
                    "identifiant",
                    "ancien",
                ]
            },
        ),
    ]
    readonly_fields = [
        "destinataires", "copies", "apercu", "en_texte", "promis", "parti", "identifiant", "ancien",
    ]  # fmt: skip
    actions_detail = ["renvoyer", "annuler", "constater"]

    @admin.display(description="Destinataires")
    def destinataires(self, courriel: Courriel) -> str:
        return ", ".join(courriel.a)

    @admin.display(description="Copie cachée")
    def copies(self, courriel: Courriel) -> str:
        return ", ".join(courriel.bcc)

    @admin.display(description="Renvoi de")
    def ancien(self, courriel: Courriel) -> str:
        return lien(courriel.renvoi_de)

    @admin.display(description="Aperçu")
    def apercu(self, courriel: Courriel) -> str:
        """The HTML in a frame that runs no script and reaches nothing."""
        return format_html(
            '<iframe sandbox srcdoc="{}" title="Aperçu du message" class="bg-white border '
            'border-base-200 rounded-default w-full" style="height: 32rem"></iframe>',
            courriel.html,
        )

    @admin.display(description="Texte")
    def en_texte(self, courriel: Courriel) -> str:
        return format_html('<pre style="white-space: pre-wrap">{}</pre>', courriel.texte)

    @display(description="État", ordering="statut", label=COULEURS)
    def etat(self, courriel: Courriel) -> str:
        return courriel.get_statut_display()

    def possibles(self, objet: Any) -> set[str]:
        return POSSIBLES.get(objet.statut, set())

    @action(description="Renvoyer", permissions=CHANGER, icon="send")
    def renvoyer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        courriel = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Renvoyer ce courriel",
            "Renvoyer",
            f"Une copie, avec les mêmes pièces, part à {', '.join(courriel.a)}.",
        )

        def agir() -> Suite:
            copie = services.renvoyer(courriel, par=auteur_de(request))
            return Suite("La copie part dans la minute.", copie)

        return self.decider(request, courriel, decision, agir)

    @action(description="Annuler", permissions=CHANGER, variant=ActionVariant.DANGER)
    def annuler(self, request: HttpRequest, object_id: str) -> HttpResponse:
        courriel = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Annuler ce courriel", "Ne pas l'envoyer", "Il ne partira pas.", grave=True
        )

        def agir() -> Suite:
            annule = annuler_courriel(courriel, par=auteur_de(request))
            return Suite("Ce courriel ne partira pas.", annule)

        return self.decider(request, courriel, decision, agir)

    @action(description="Constater", permissions=CHANGER, variant=ActionVariant.PRIMARY)
    def constater(self, request: HttpRequest, object_id: str) -> HttpResponse:
        courriel = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Constater le sort de ce courriel",
            "Noter",
            "Le serveur n'a pas répondu : demandez au client ou regardez la copie cachée.",
            formulaire=ConstatForm,
        )

        def agir(*, arrive: bool) -> Suite:
            constate = services.constater(courriel, arrive=arrive, par=auteur_de(request))
            return Suite("C'est noté.", constate)

        return self.decider(request, courriel, decision, agir)
