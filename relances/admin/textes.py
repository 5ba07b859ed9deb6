"""The texts of the reminders in the office's admin, tried on a real client."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from artjardin.api.requetes import auteur_de
from artjardin.erreurs import ErreurMetier
from artjardin.storage.models import Document
from clients.models import Client
from facturation.admin.bases import Decideur, page_de
from relances import services
from relances.essai import Essai, clients_d_essai, essayer
from relances.models import Modele


@admin.register(Modele)
class ModeleAdmin(Decideur):
    """One text for each tone and type of client; the holes it may have are listed."""

    list_display = ["ton", "type_client", "objet"]
    list_display_links = ["ton", "objet"]
    list_filter = ["ton", "type_client"]
    fields = [("ton", "type_client"), "objet", "courriel", "lettre", "trous"]
    readonly_fields = ["ton", "type_client", "trous"]
    actions_detail = ["apercu"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in {"courriel", "lettre"}:
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 18})
        elif db_field.name == "objet":
            kwargs["widget"] = UnfoldAdminTextInputWidget
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        champs = {champ: form.cleaned_data[champ] for champ in form.changed_data}
        services.modifier_modele(obj, par=auteur_de(request), **champs)

    @admin.display(description="Ce que le texte peut nommer")
    def trous(self, modele: Modele) -> SafeString:
        lignes = [(f"{{{nom}}}", exemple) for nom, exemple in modele.champs.items()]
        lignes += [(f"{{{nom}}}", f"seul : {quoi}") for nom, quoi in modele.blocs.items()]
        corps = format_html_join("", "<dt><code>{}</code></dt><dd>{}</dd>", lignes)
        style = "display: grid; grid-template-columns: max-content 1fr; gap: 0.25rem 1rem"
        return format_html('<dl style="{}">{}</dl><p>**gras** met en gras.</p>', style, corps)

    def get_urls(self) -> list[Any]:
        lettre = self.admin_site.admin_view(self.lettre)
        nom = "relances_modele_lettre"
        return [path("<path:object_id>/apercu/lettre/", lettre, name=nom), *super().get_urls()]

    @action(description="Aperçu sur un client", url_path="apercu")
    def apercu(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What a client that is late today would read; nothing is sent."""
        modele = self.objet_ou_404(request, object_id)
        clients = clients_d_essai(modele, jour=timezone.localdate())
        choisi = self._choisi(request, clients)
        essai, faute = self._essai(modele, choisi)
        contexte = self.admin_site.each_context(request) | {
            "title": f"Aperçu : {modele}",
            "modele": modele,
            "clients": clients,
            "choisi": choisi,
            "essai": essai,
            "faute": faute,
            "retour": page_de(modele),
        }
        return TemplateResponse(request, "admin/apercu_texte.html", contexte)

    def lettre(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The PDF of the letter, drawn for this page only."""
        modele = self.objet_ou_404(request, object_id)
        clients = clients_d_essai(modele, jour=timezone.localdate())
        essai, faute = self._essai(modele, self._choisi(request, clients))
        if essai is None or not essai.lettre:
            raise Http404(faute)
        dessiner = import_string(settings.DOCUMENT_PRODUCTEURS["lettre_relance"])
        pdf = dessiner(Document(contexte=essai.lettre))
        return HttpResponse(pdf, content_type="application/pdf")

    @staticmethod
    def _choisi(request: HttpRequest, clients: list[Client]) -> Client | None:
        """The client asked for, among those offered; the first one by default."""
        demande = request.GET.get("client", "")
        return next((c for c in clients if str(c.pk) == demande), clients[0] if clients else None)

    @staticmethod
    def _essai(modele: Modele, client: Client | None) -> tuple[Essai | None, str]:
        if client is None:
            return None, "Aucun client de ce type n'a de facture échue aujourd'hui."
        try:
            return essayer(modele, client, jour=timezone.localdate()), ""
        except ErreurMetier as refus:
            return None, refus.message
