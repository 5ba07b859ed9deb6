"""The stored documents and their archive in the office's admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from unfold.decorators import action

from artjardin.storage.models import Document
from facturation.admin.bases import Consultation, Decideur, colonne

GENRES = {
    "facture": "Facture",
    "devis": "Devis",
    "releve": "Relevé de compte",
    "lettre_relance": "Lettre de relance",
}


@admin.register(Document)
class DocumentAdmin(Consultation, Decideur):
    promis = colonne("cree_le", "Promis le")
    produit = colonne("produit_le", "Produit le")
    empreinte = colonne("sha256", "SHA-256")
    list_display = ["nom", "genre", "promis", "produit", "poids", "essais"]
    list_filter = ["type", ("produit_le", admin.EmptyFieldListFilter)]
    search_fields = ["nom", "cle", "sha256"]
    date_hierarchy = "cree_le"
    fields = [
        ("nom", "genre"), "cle", "empreinte", ("poids", "essais"), ("promis", "produit"), "erreur",
    ]  # fmt: skip
    readonly_fields = ["genre", "empreinte", "poids", "promis", "produit"]
    actions_detail = ["telecharger"]

    @admin.display(description="Type", ordering="type")
    def genre(self, document: Document) -> str:
        return GENRES.get(document.type, document.type)

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
