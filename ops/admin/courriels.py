"""The outbox in the office's admin: exact content, and what a person decides of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminRadioSelectWidget

from artjardin.api.portee import a_portee
from artjardin.api.requetes import auteur_de
from artjardin.outbox import services
from artjardin.outbox.message import images
from artjardin.outbox.models import Courriel, PieceJointe, Rebond, Tentative, avec_rebond
from facturation.admin.bases import (
    Consultation,
    Decideur,
    Decision,
    EnLecture,
    Suite,
    colonne,
    lien,
)
from ops.recherche import du_client_ou_avec_la_piece
from relances.services import annuler_courriel, renvoyer_courriel

Statut = Courriel.Statut
CHANGER, VOIR = ["outbox.change_courriel"], ["outbox.view_courriel"]
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


class TentativeInline(EnLecture, TabularInline):
    model = Tentative
    fields = ["commence", "fini", "resultat", "reponse", "empreinte"]
    commence, fini = colonne("debut", "Début"), colonne("fin", "Fin")
    readonly_fields = fields
    verbose_name_plural = "tentatives"


class RebondInline(EnLecture, TabularInline):
    model = Rebond
    fields = ["adresse", "quand", "definitif", "code", "diagnostic"]
    quand = colonne("le", "Le")
    readonly_fields = fields


class RebondFiltre(admin.SimpleListFilter):
    title, parameter_name = "rebond", "rebond"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("1", "Revenu"), ("0", "Pas revenu")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(rebond=self.value() == "1") if self.value() else queryset


@admin.register(Courriel)
class CourrielAdmin(Consultation, Decideur):
    promis = colonne("cree_le", "Promis le")
    parti = colonne("envoye_le", "Envoyé le")
    identifiant = colonne("message_id", "Message-ID")
    list_display = ["promis", "destinataires", "objet", "type", "etat", "parti"]
    list_display_links = ["promis", "objet"]
    list_filter = ["statut", "type", RebondFiltre, "cree_le"]
    search_fields = ["objet", "a", "message_id"]
    search_help_text = "Objet, numéro du document, adresse, nom ou code du client"
    date_hierarchy = "cree_le"
    inlines = [PieceInline, TentativeInline, RebondInline]
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
                    ("au_sujet", "client"),
                    "identifiant",
                    "ancien",
                ]
            },
        ),
    ]
    readonly_fields = [
        "destinataires", "copies", "apercu", "en_texte", "promis", "parti", "identifiant", "ancien",
        "au_sujet", "client",
    ]  # fmt: skip
    actions_detail = ["renvoyer", "annuler", "constater", "fichier"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return avec_rebond(a_portee(super().get_queryset(request), request.user))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """What the fields say, or the client's name and code, or the name of a document."""
        trouves, doubles = super().get_search_results(request, queryset, search_term)
        if not search_term.strip():
            return trouves, doubles
        return trouves | queryset.filter(du_client_ou_avec_la_piece(search_term)), doubles

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
            _avec_les_codes(courriel),
        )

    @admin.display(description="Au sujet de")
    def au_sujet(self, courriel: Courriel) -> str:
        return lien(_retrouver(courriel.sujet_type, courriel.sujet_id))

    @admin.display(description="Client")
    def client(self, courriel: Courriel) -> str:
        return lien(_retrouver("clients.client", courriel.client_ref))

    @admin.display(description="Texte")
    def en_texte(self, courriel: Courriel) -> str:
        return format_html('<pre style="white-space: pre-wrap">{}</pre>', courriel.texte)

    @display(description="État", ordering="statut", label=COULEURS)
    def etat(self, courriel: Courriel) -> str:
        return courriel.get_statut_display()

    def possibles(self, objet: Any) -> set[str]:
        return POSSIBLES.get(objet.statut, set()) | {"fichier"}

    @action(description="Message exact (.eml)", permissions=VOIR, icon="download")
    def fichier(self, request: HttpRequest, object_id: str) -> HttpResponse:
        courriel = self.objet_ou_404(request, object_id)
        return HttpResponseRedirect(reverse("courriel-eml", args=[courriel.pk]))

    @action(description="Renvoyer", permissions=CHANGER, icon="send")
    def renvoyer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        courriel = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Renvoyer ce courriel",
            "Renvoyer",
            f"Une copie, avec les mêmes pièces, part à {', '.join(courriel.a)}.",
        )

        def agir() -> Suite:
            copie = renvoyer_courriel(courriel, par=auteur_de(request))
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


@admin.register(Rebond)
class RebondAdmin(Consultation, Decideur):
    quand = colonne("le", "Le")
    list_display = ["quand", "adresse", "definitif", "code", "source", "leve_le"]
    list_display_links = ["quand", "adresse"]
    list_filter = ["definitif", "source", ("leve_le", admin.EmptyFieldListFilter)]
    search_fields = ["adresse", "diagnostic"]
    date_hierarchy = "le"
    fields = [
        ("adresse", "quand"), ("definitif", "code", "source"), "diagnostic", "message",
        ("leve_le", "leve_par"),
    ]  # fmt: skip
    readonly_fields = ["quand", "message"]
    actions_detail = ["lever"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return a_portee(super().get_queryset(request), request.user)

    @admin.display(description="Courriel")
    def message(self, rebond: Rebond) -> str:
        return lien(rebond.courriel)

    def possibles(self, objet: Any) -> set[str]:
        return {"lever"} if objet.definitif and objet.leve_le is None else set()

    @action(description="Lever", permissions=["outbox.lever_rebond"], variant=ActionVariant.PRIMARY)
    def lever(self, request: HttpRequest, object_id: str) -> HttpResponse:
        rebond = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Lever ce rebond",
            "L'adresse reçoit de nouveau",
            f"Les courriels partiront de nouveau à {rebond.adresse}.",
        )

        def agir() -> Suite:
            services.lever_le_rebond(rebond.adresse, par=auteur_de(request))
            return Suite("Le rebond est levé.", rebond)

        return self.decider(request, rebond, decision, agir)


def _avec_les_codes(courriel: Courriel) -> str:
    html = courriel.html
    for nom, image in images(courriel).items():
        html = html.replace(f"cid:{nom}", image)
    return html


def _retrouver(genre: str, identifiant: int | None) -> Model | None:
    """What a message is about; None when it is about nothing or no page shows it."""
    if not (genre and identifiant):
        return None
    modele = apps.get_model(genre)
    trouve = modele._base_manager.filter(pk=identifiant).first()  # noqa: SLF001
    return trouve if admin.site.is_registered(modele) else None
