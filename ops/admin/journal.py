"""The journal and the runs in the office's admin: looked at, never changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from unfold.decorators import display

from artjardin.api.requetes import auteur_de
from artjardin.audit.categories import CHOIX
from artjardin.audit.models import Entree, Execution
from facturation.admin.bases import Consultation, champ_choix, colonne, court
from ops.admin.filtres import Saisie, SaisieDate
from ops.journal import exporter_le_journal

CHANGEMENT = ["d_avant", "d_apres", "precisions"]


class Du(SaisieDate):
    title, parameter_name = "Du", "du"

    def filtrer(self, lignes: Any, valeur: Any) -> Any:
        return lignes.depuis(valeur)


class Au(SaisieDate):
    title, parameter_name = "Au", "au"

    def filtrer(self, lignes: Any, valeur: Any) -> Any:
        return lignes.jusqu_au(valeur)


class Categorie(Saisie):
    title, parameter_name = "Catégorie", "categorie"

    def champ(self) -> forms.Field:
        return champ_choix([("", "Toutes"), *CHOIX], label=self.title, required=False)

    def filtrer(self, lignes: Any, valeur: str) -> Any:
        return lignes.de_categorie(valeur)


class Action(Saisie):
    title, parameter_name = "Action, ou son début", "quoi"

    def filtrer(self, lignes: Any, valeur: str) -> Any:
        return lignes.filter(action__startswith=valeur)


class Adresse(Saisie):
    title, parameter_name = "Adresse IP", "d_ou"

    def filtrer(self, lignes: Any, valeur: str) -> Any:
        return lignes.d_adresse(valeur)


class Requete(Saisie):
    title, parameter_name = "Requête", "requete"


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
    readonly_fields = [
        "quand", "qui", "quoi", "genre", "numero", "demande", *CHANGEMENT, "rang", "empreinte",
    ]  # fmt: skip
    list_filter = [
        Du, Au, Categorie, Action, Adresse, Requete,
        ("acteur", admin.RelatedOnlyFieldListFilter), "objet_type",
    ]  # fmt: skip
    list_filter_submit = True
    show_facets = admin.ShowFacets.NEVER
    list_before_template = "admin/journal_csv.html"
    list_select_related = ["maillon"]
    search_fields = ["acteur_nom", "action", "objet_nom"]
    date_hierarchy = "le"
    fieldsets = [
        (None, {"fields": [("quand", "action"), ("qui", "adresse"), "demande"]}),
        ("Objet", {"fields": ["quoi", ("genre", "numero")]}),
        ("Changement", {"fields": CHANGEMENT}),
        ("Chaîne", {"fields": ["rang", "empreinte"]}),
    ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list, or with `?sortie=csv` the file of what its filters leave."""
        demande = request.GET.copy()
        sortie = demande.pop("sortie", [""])[-1]
        request.GET = demande  # type: ignore[assignment]
        if sortie == "csv":
            return self._en_csv(request)
        demande = demande.copy()
        demande["sortie"] = "csv"
        contexte = {"lien_csv": f"?{demande.urlencode()}"}
        return super().changelist_view(request, contexte | (extra_context or {}))

    def _en_csv(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            entrees = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return super().changelist_view(request)
        filtres = request.GET.dict()
        return exporter_le_journal(entrees, filtres=filtres, par=auteur_de(request))  # type: ignore[return-value]

    @admin.display(description="Rang")
    def rang(self, entree: Entree) -> str:
        return str(entree.maillon.rang) if hasattr(entree, "maillon") else "hors de la chaîne"

    @admin.display(description="Empreinte (SHA-256)")
    def empreinte(self, entree: Entree) -> str:
        sha256 = entree.maillon.sha256 if hasattr(entree, "maillon") else "–"
        return format_html('<span class="break-all">{}</span>', sha256)

    @admin.display(description="Avant")
    def d_avant(self, entree: Entree) -> str:
        return en_liste(entree.avant)

    @admin.display(description="Après")
    def d_apres(self, entree: Entree) -> str:
        return en_liste(entree.apres)

    @admin.display(description="Précisions")
    def precisions(self, entree: Entree) -> str:
        return en_liste(entree.precisions)


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
