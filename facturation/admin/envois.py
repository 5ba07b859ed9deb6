"""The table of automatic mails in the office's admin, with what they would say today."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from artjardin.api.requetes import auteur_de
from clients.admin import RefusSurLeFormulaire
from facturation import services
from facturation.admin.bases import Decideur, page_de
from facturation.models import Evenement
from facturation.models.evenement import INTERNES
from facturation.services.apercus import apercu

Code = Evenement.Code
COULEURS = {
    "Au client": "info",
    "À l'entreprise": "warning",
    "Aux deux": "success",
}
LONGS = {"texte": 16, "texte_interne": 8}


@admin.register(Evenement)
class EvenementAdmin(RefusSurLeFormulaire, Decideur):
    """Each event: to whom it is told, in copy to whom, in which words."""

    list_display = ["intitule", "envoye", "entreprise", "copies"]
    readonly_fields = ["intitule"]
    list_per_page = 50
    actions_detail = ["apercu"]

    @display(description="Envoyé", ordering="vers", label=COULEURS)
    def envoye(self, evenement: Evenement) -> str:
        return evenement.get_vers_display()

    @display(description="Adresses de l'entreprise")
    def entreprise(self, evenement: Evenement) -> str:
        return ", ".join(evenement.adresses) or "celle de l'entreprise"

    @display(description="Copies cachées")
    def copies(self, evenement: Evenement) -> str:
        if evenement.sans_copie:
            return "aucune"
        return ", ".join(evenement.bcc) or "celles du serveur"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A draft has no text for the client; reminders have theirs elsewhere."""
        envoi: list[Any] = ["intitule", "vers", "adresses", "bcc", "sans_copie"]
        if obj is None or obj.pk == Code.RELANCE:
            aide = "Les textes des relances se règlent par niveau et par type de client."
            return [(None, {"fields": envoi, "description": aide})]
        client = [("Au client", {"fields": ["objet", "texte"], "description": aide_de(obj)})]
        interne = {
            "fields": ["objet_interne", "texte_interne"],
            "description": aide_de(obj, *INTERNES),
        }
        sans_client = obj.pk == Code.DEVIS_CREE
        return [
            (None, {"fields": envoi}),
            *([] if sans_client else client),
            ("À l'entreprise", interne),
        ]

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name in LONGS:
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": LONGS[db_field.name]})
        if db_field.name in {"adresses", "bcc"}:
            kwargs["widget"] = UnfoldAdminTextInputWidget
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def possibles(self, objet: Any) -> set[str]:
        return set() if objet.pk == Code.RELANCE else {"apercu"}

    @action(description="Aperçu", permissions=["facturation.change_evenement"], icon="visibility")
    def apercu(self, request: HttpRequest, object_id: str) -> HttpResponse:
        evenement = self.objet_ou_404(request, object_id)
        vu = apercu(evenement, par=auteur_de(request).nom)
        messages = {"Au client": vu.client, "À l'entreprise": vu.entreprise} if vu else {}
        contexte = self.admin_site.each_context(request) | {
            "title": f"Aperçu : {evenement}",
            "opts": self.opts,
            "document": vu and vu.document,
            "messages_vus": {vers: contenu for vers, contenu in messages.items() if contenu},
            "retour": page_de(evenement),
        }
        return TemplateResponse(request, "admin/apercu_envoi.html", contexte)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        champs = {c: form.cleaned_data[c] for c in form.changed_data}
        if champs:
            services.regler_envoi(obj.pk, par=auteur_de(request), **champs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def aide_de(evenement: Evenement, *de_plus: str) -> str:
    """The holes that a text may have."""
    champs = ", ".join(f"{{{champ}}}" for champ in [*evenement.champs, *de_plus])
    blocs = ", ".join(f"{{{bloc}}}" for bloc in evenement.blocs)
    seuls = f" Seuls dans leur paragraphe : {blocs}." if blocs else ""
    return f"Remplacés à l'envoi : {champs}.{seuls} Un mot en gras : **mot**."
