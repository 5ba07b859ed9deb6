"""The backups in the office's admin: what exists, whether it was restored, one more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html_join
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from artjardin.api.requetes import auteur_de
from artjardin.sauvegardes.models import Sauvegarde
from facturation.admin.bases import Consultation, Decideur, Decision, Suite, colonne
from ops.sauvegardes import demander_un_exercice, demander_une_sauvegarde

LANCER = ["sauvegardes.lancer_sauvegarde"]
COULEURS = {
    "Faite, pas encore vérifiée": "info",
    "Vérifiée : restaurée et contrôlée": "success",
    "Refusée par l'exercice": "danger",
    "Altérée": "danger",
}
NOMS = {
    "tables": "Tables",
    "lignes": "Lignes",
    "pieces": "Factures, devis et paiements",
    "series": "Séries de numéros",
    "entrees": "Entrées du journal",
    "maillons": "Maillons du journal",
    "pdf": "PDF relus",
    "secondes": "Secondes",
}


@admin.register(Sauvegarde)
class SauvegardeAdmin(Consultation, Decideur):
    quand = colonne("faite_le", "Faite le")
    verifiee = colonne("verifiee_le", "Vérifiée le")
    relue = colonne("relue_le", "Relue le")
    verrou = colonne("verrouillee_jusqu_au", "Verrouillée jusqu'au")
    empreinte = colonne("sha256", "SHA-256")
    list_display = ["quand", "motif", "situation", "verifiee", "poids", "copies"]
    list_display_links = ["quand", "motif"]
    list_filter = ["etat", "motif"]
    search_fields = ["nom", "sha256"]
    date_hierarchy = "faite_le"
    fields = [
        ("nom", "motif"), ("situation", "verifiee", "relue"), ("quand", "temps", "poids"),
        ("copies", "verrou"), "empreinte", "controle", "erreur",
    ]  # fmt: skip
    readonly_fields = [
        "situation", "quand", "temps", "poids", "copies", "controle", "verifiee", "relue", "verrou",
        "empreinte",
    ]  # fmt: skip
    actions_list = ["lancer"]
    actions_detail = ["verifier"]

    @display(description="État", label=COULEURS)
    def situation(self, sauvegarde: Sauvegarde) -> str:
        return sauvegarde.get_etat_display()

    @admin.display(description="Taille", ordering="taille")
    def poids(self, sauvegarde: Sauvegarde) -> str:
        return filesizeformat(sauvegarde.taille)

    @admin.display(description="Durée")
    def temps(self, sauvegarde: Sauvegarde) -> str:
        return f"{sauvegarde.duree / timedelta(seconds=1):.1f} s"

    @admin.display(description="Copies")
    def copies(self, sauvegarde: Sauvegarde) -> str:
        lieux = [("ici", sauvegarde.locale), ("hors site", sauvegarde.distante)]
        return ", ".join(nom for nom, la in lieux if la) or "aucune"

    @admin.display(description="Contrôlé à la restauration")
    def controle(self, sauvegarde: Sauvegarde) -> str:
        lus: dict[str, Any] = sauvegarde.rapport.get("lus", {})
        lignes = ((nom, lus[clef]) for clef, nom in NOMS.items() if clef in lus)
        return format_html_join("", "<div>{} : {}</div>", lignes) or "–"

    def possibles(self, objet: Any) -> set[str]:
        return set() if objet.etat == Sauvegarde.Etat.SUPPRIMEE else {"verifier"}

    @action(description="Sauvegarder maintenant", permissions=LANCER, icon="backup")
    def lancer(self, request: HttpRequest) -> HttpResponse:
        return self.decider(
            request,
            Sauvegarde(),
            Decision(
                "Sauvegarder maintenant",
                "Lancer",
                "La base est sauvegardée, chiffrée, copiée hors site, puis restaurée à côté pour "
                "la vérifier. Le travail continue pendant ce temps.",
            ),
            lambda: _lancer(request),
        )

    @action(description="Vérifier", permissions=LANCER, variant=ActionVariant.PRIMARY)
    def verifier(self, request: HttpRequest, object_id: str) -> HttpResponse:
        sauvegarde = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Vérifier cette sauvegarde",
            "Restaurer à côté",
            "Elle est restaurée dans une base à part, contrôlée, puis cette base est effacée.",
        )

        def agir() -> Suite:
            demander_un_exercice(sauvegarde, auteur_de(request))
            return Suite("L'exercice commence ; cette page dira ce qu'il a trouvé.", sauvegarde)

        return self.decider(request, sauvegarde, decision, agir)


def _lancer(request: HttpRequest) -> Suite:
    demander_une_sauvegarde(auteur_de(request))
    return Suite("La sauvegarde commence ; elle paraîtra ici une fois faite.", Sauvegarde())
