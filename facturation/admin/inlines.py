"""What hangs below an issued invoice, to look at: payments, VAT, credit notes, disputes."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from unfold.admin import TabularInline
from unfold.decorators import display

from facturation.admin.bases import EnLecture, colonne, court, euros, lien
from facturation.models import Facture, Imputation, Litige, TvaFacture


class ReglementInline(EnLecture, TabularInline):
    model = Imputation
    verbose_name_plural = "règlements"
    fields = ["vers", "recu", "mode", "reference", "somme"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("paiement")

    @admin.display(description="Paiement")
    def vers(self, imputation: Imputation) -> str:
        return lien(imputation.paiement, imputation.paiement.numero or "voir")

    @admin.display(description="Reçu le")
    def recu(self, imputation: Imputation) -> str:
        return court(imputation.paiement.le)

    @admin.display(description="Mode")
    def mode(self, imputation: Imputation) -> str:
        return imputation.paiement.get_mode_display()

    @admin.display(description="Référence")
    def reference(self, imputation: Imputation) -> str:
        return court(imputation.paiement.reference)

    @admin.display(description="Montant")
    def somme(self, imputation: Imputation) -> str:
        return euros(imputation.montant)


class TvaInline(EnLecture, TabularInline):
    model = TvaFacture
    verbose_name_plural = "TVA par taux"
    fields = ["pourcent", "ht", "tva"]
    readonly_fields = fields

    @admin.display(description="Taux")
    def pourcent(self, tva: TvaFacture) -> str:
        return f"{court(tva.taux)} %"

    @admin.display(description="Base HT")
    def ht(self, tva: TvaFacture) -> str:
        return euros(tva.base)

    @admin.display(description="TVA")
    def tva(self, tva: TvaFacture) -> str:
        return euros(tva.montant)


class AvoirInline(EnLecture, TabularInline):
    model = Facture
    fk_name = "origine"
    verbose_name_plural = "avoirs sur cette facture"
    fields = ["vers", "du", "motif", "ttc", "etat"]
    readonly_fields = ["vers", "du", "ttc", "etat"]
    du = colonne("date", "Date")

    @admin.display(description="Avoir")
    def vers(self, avoir: Facture) -> str:
        return lien(avoir, avoir.numero or "brouillon")

    @admin.display(description="Total TTC")
    def ttc(self, avoir: Facture) -> str:
        return euros(avoir.total_ttc)

    @display(description="État")
    def etat(self, avoir: Facture) -> str:
        return "Émis" if avoir.statut == Facture.Statut.EMISE else "Brouillon"


class LitigeInline(EnLecture, TabularInline):
    model = Litige
    fields = ["motif", "ouverture", "ouvert_par", "cloture", "clos_par"]
    readonly_fields = ["ouverture", "cloture"]
    ouverture = colonne("ouvert_le", "Ouvert le")
    cloture = colonne("clos_le", "Clos le")
