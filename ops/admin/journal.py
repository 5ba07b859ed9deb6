"""The journal, the runs and the documents in the office's admin: looked at, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html_join
from unfold.decorators import action, display

from artjardin.audit.models import Entree, Execution
from artjardin.storage.models import Document
from facturation.admin.bases import Consultation, Decideur, colonne, court

CHANGEMENT = ["d_avant", "d_apres", "precisions"]
GENRES = {
    "facture": "Facture",
    "devis": "Devis",
    "releve": "Relevé de compte",
    "lettre_relance": "Lettre de relance",
}


@admin.register(Entree)
class EntreeAdmin(Consultation):
    quand = colonne("le", "Le")
    qui = colonne("acteur_nom", "Qui")
    quoi = colonne("objet_nom", "Objet")
    genre = colonne("objet_type", "Type")
    numero = colonne("objet_id", "Identifiant")
    demande = colonne("requete", "Requête")
    list_display = ["quand", "qui", "action", "quoi", "adresse"]
    list_display_links = ["quand", "action"]
    readonly_fields = ["quand", "qui", "quoi", "genre", "numero", "demande", *CHANGEMENT]
    list_filter = ["objet_type"]
    search_fields = ["acteur_nom", "action", "objet_nom"]
    date_hierarchy = "le"
    fieldsets = [
        (None, {"fields": [("quand", "action"), ("qui", "adresse"), "demande"]}),
        ("Objet", {"fields": ["quoi", ("genre", "numero")]}),
        ("Changement", {"fields": CHANGEMENT}),
    ]

    @admin.display(description="Avant")
    def d_avant(self, entree: Entree) -> str:
        return en_liste(entree.avant)

    @admin.display(description="Après")
    def d_apres(self, entree: Entree) -> str:
        return en_liste(entree.apres)

    @admin.display(description="Précisions")
    def precisions(self, entree: Entree) -> str:
        return en_liste(entree.details)


@admin.register(Execution)
class ExecutionAdmin(Consultation):
    commence = colonne("debut", "Début")
    fini = colonne("fin", "Fin")
    list_display = ["commence", "tache", "issue", "fini", "comptes"]
    list_filter = ["tache", "resultat"]
    date_hierarchy = "debut"
    fields = ["tache", ("commence", "fini"), "resultat", "le_detail", "erreur"]
    readonly_fields = ["commence", "fini", "le_detail"]

    @admin.display(description="Comptes")
    def le_detail(self, execution: Execution) -> str:
        return en_liste(execution.compteurs)

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


def en_liste(valeurs: Mapping[str, Any]) -> str:
    """Names and values, one a line."""
    lignes = ((nom, court(valeur)) for nom, valeur in valeurs.items())
    return format_html_join("", "<div><strong>{}</strong> : {}</div>", lignes) or "–"
