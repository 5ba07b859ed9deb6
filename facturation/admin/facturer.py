"""Invoicing an accepted devis from its page: whole, deposit, situation, what is left."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from artjardin.api.requetes import auteur_de
from facturation import services
from facturation.admin.bases import (
    Decideur,
    Decision,
    EnLecture,
    Suite,
    colonne,
    court,
    euros,
    lien,
)
from facturation.admin.formulaires import AcompteForm, RetenueForm, form_de_situation
from facturation.models import Devis, Facture
from facturation.montants import Tva
from facturation.services.marche import deja_par_ligne
from facturation.services.reste import parts_possibles

AJOUTER = ["facturation.add_facture"]
BOUTONS = {
    "facturer": Facture.Type.FACTURE,
    "solder": Facture.Type.SOLDE,
    "acompte": Facture.Type.ACOMPTE,
    "situation": Facture.Type.SITUATION,
}
PARTS = set(BOUTONS)
Type = Facture.Type


class FactureDuDevisInline(EnLecture, TabularInline):
    """What was invoiced of a devis, drafts and credit notes included."""

    model = Facture
    verbose_name_plural = "factures de ce devis"
    fields = ["vers", "du", "genre", "ttc", "etat"]
    readonly_fields = fields
    du = colonne("date", "Date")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).order_by("date", "pk")

    @admin.display(description="Facture")
    def vers(self, facture: Facture) -> str:
        return lien(facture, facture.numero or "brouillon")

    @admin.display(description="Type")
    def genre(self, facture: Facture) -> str:
        return facture.get_type_display()

    @admin.display(description="Total TTC")
    def ttc(self, facture: Facture) -> str:
        return euros(facture.total_ttc)

    @display(description="État")
    def etat(self, facture: Facture) -> str:
        return facture.get_statut_display()


class FacturerParParties(Decideur):
    """The four ways to invoice an accepted devis."""

    def parts_impossibles(self, devis: Devis) -> set[str]:
        """The buttons of the parts that the devis no longer admits; the whole hides the solde."""
        possibles = parts_possibles(devis)
        impossibles = {nom for nom, genre in BOUTONS.items() if genre not in possibles}
        return impossibles | ({"solder"} if Type.FACTURE in possibles else set())

    @action(description="Tout facturer", permissions=AJOUTER, variant=ActionVariant.PRIMARY)
    def facturer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        decision = Decision(
            "Facturer le devis",
            "Préparer la facture",
            "Un brouillon de facture est préparé avec toutes les lignes ; rien n'est émis.",
            formulaire=RetenueForm,
        )
        return self._facturer(request, object_id, decision, genre=Type.FACTURE)

    @action(description="Facturer le solde", permissions=AJOUTER, variant=ActionVariant.PRIMARY)
    def solder(self, request: HttpRequest, object_id: str) -> HttpResponse:
        decision = Decision(
            "Facturer le solde du devis",
            "Préparer la facture de solde",
            "Un brouillon est préparé avec toutes les lignes, moins ce qui a déjà été facturé ; "
            "rien n'est émis.",
            formulaire=RetenueForm,
        )
        return self._facturer(request, object_id, decision, genre=Type.SOLDE)

    @action(description="Acompte", permissions=AJOUTER)
    def acompte(self, request: HttpRequest, object_id: str) -> HttpResponse:
        decision = Decision(
            "Facturer un acompte",
            "Préparer la facture d'acompte",
            "Un brouillon est préparé ; l'acompte sera déduit de la facture de solde.",
            formulaire=AcompteForm,
        )
        return self._facturer(request, object_id, decision, genre=Type.ACOMPTE)

    @action(description="Situation", permissions=AJOUTER)
    def situation(self, request: HttpRequest, object_id: str) -> HttpResponse:
        devis = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Facturer une situation",
            "Préparer la facture de situation",
            "Donnez l'avancement total de chaque ligne à ce jour : seul ce qui s'est ajouté "
            "depuis la dernière situation est facturé.",
            formulaire=form_de_situation(devis, avancements(devis)),
            gabarit="admin/situation.html",
        )
        return self._facturer(request, object_id, decision, genre=Type.SITUATION)

    def _facturer(
        self, request: HttpRequest, object_id: str, decision: Decision, *, genre: str
    ) -> HttpResponse:
        devis = self.objet_ou_404(request, object_id)

        def agir(**champs: Any) -> Suite:
            connus = {c: v for c, v in champs.items() if not c.startswith("avancement.")}
            demande = services.Demande(type=genre, **connus)
            facture = services.facturer_devis(devis, par=auteur_de(request), demande=demande)
            return Suite(f"Le brouillon est prêt : {euros(facture.total_ttc)} TTC.", facture)

        return self.decider(request, devis, decision, agir)


def avancements(devis: Devis) -> dict[int, Decimal]:
    """The last cumulative percent invoiced of each line of a devis, by id of its line."""
    return {ligne: deja.avancement for ligne, deja in deja_par_ligne(devis).items()}


def tva_par_taux(par_taux: Iterable[Tva]) -> str:
    """The bases and VAT of a document on one line, in euros."""
    textes = (
        f"{euros(tva.base)} HT à {court(tva.taux)} % (TVA {euros(tva.montant)})" for tva in par_taux
    )
    return " ; ".join(textes) or "–"
