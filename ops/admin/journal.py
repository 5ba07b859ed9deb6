"""The journal, the runs and the documents in the office's admin: looked at, never changed."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from unfold.decorators import action, display

from artjardin.audit.models import Entree, Execution
from artjardin.storage.models import Document
from facturation.admin.bases import Consultation, Decideur


@admin.register(Entree)
class EntreeAdmin(Consultation):
    list_display = ["le", "acteur_nom", "action", "objet_nom", "adresse"]
    list_display_links = ["le", "action"]
    list_filter = ["objet_type"]
    search_fields = ["acteur_nom", "action", "objet_nom"]
    date_hierarchy = "le"
    fieldsets = [
        (None, {"fields": [("le", "action"), ("acteur_nom", "adresse", "requete")]}),
        ("Objet", {"fields": [("objet_nom", "objet_type", "objet_id")]}),
        ("Changement", {"fields": ["avant", "apres", "details"]}),
    ]


@admin.register(Execution)
class ExecutionAdmin(Consultation):
    list_display = ["debut", "tache", "issue", "fin", "comptes"]
    list_filter = ["tache", "resultat"]
    date_hierarchy = "debut"
    fields = ["tache", ("debut", "fin"), "resultat", "compteurs", "erreur"]

    @display(
        description="Résultat",
        label={"Réussi": "success", "Partiel": "warning", "Échec": "danger", "En cours": "info"},
    )
    def issue(self, execution: Execution) -> str:
        return execution.get_resultat_display()

    @admin.display(description="Comptes")
    def comptes(self, execution: Execution) -> str:
        simples = execution.compteurs.items()
        return ", ".join(f"{nom} {nombre}" for nom, nombre in simples if isinstance(nombre, int))


@admin.register(Document)
class DocumentAdmin(Consultation, Decideur):
    list_display = ["nom", "type", "cree_le", "produit_le", "poids", "essais"]
    list_filter = ["type", ("produit_le", admin.EmptyFieldListFilter)]
    search_fields = ["nom", "cle", "sha256"]
    date_hierarchy = "cree_le"
    fields = [
        ("nom", "type"), "cle", "sha256", ("poids", "essais"), ("cree_le", "produit_le"), "erreur",
    ]  # fmt: skip
    readonly_fields = ["poids", "cree_le"]
    actions_detail = ["telecharger"]

    @admin.display(description="Taille", ordering="taille")
    def poids(self, document: Document) -> str:
        return filesizeformat(document.taille) if document.est_produit else "en préparation"

    @action(
        description="Télécharger",
        permissions=["storage.view_document"],
        attrs={"target": "_blank"},
        icon="download",
    )
    def telecharger(self, request: HttpRequest, object_id: str) -> HttpResponse:
        document: Any = self.objet_ou_404(request, object_id)
        return HttpResponseRedirect(reverse("archive-telecharger", args=[document.pk]))
