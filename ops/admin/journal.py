"""The journal and the runs in the office's admin: looked at, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.utils.html import format_html_join
from unfold.decorators import display

from artjardin.audit.models import Entree, Execution
from facturation.admin.bases import Consultation, colonne, court

CHANGEMENT = ["d_avant", "d_apres", "precisions"]


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


def en_liste(valeurs: Mapping[str, Any]) -> str:
    """Names and values, one a line."""
    lignes = ((nom, court(valeur)) for nom, valeur in valeurs.items())
    return format_html_join("", "<div><strong>{}</strong> : {}</div>", lignes) or "–"
