"""Payments and disputes in the office's admin: looked at, corrected by an opposite entry."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.admin import TabularInline
from unfold.decorators import action
from unfold.enums import ActionVariant

from artjardin.api.vues import auteur_de
from artjardin.argent import en_euros
from facturation import services
from facturation.admin.bases import (
    Consultation,
    Decideur,
    Decision,
    EnLecture,
    MotifForm,
    Suite,
    colonne,
    euros,
    lien,
    sur_une_ligne,
)
from facturation.models import Imputation, Litige, Paiement


class ImputationInline(EnLecture, TabularInline):
    model = Imputation
    verbose_name_plural = "factures réglées"
    fields = ["vers", "somme"]
    readonly_fields = fields

    @admin.display(description="Facture")
    def vers(self, imputation: Imputation) -> str:
        return lien(imputation.facture)

    @admin.display(description="Montant")
    def somme(self, imputation: Imputation) -> str:
        return euros(imputation.montant)


@admin.register(Paiement)
class PaiementAdmin(Consultation, Decideur):
    list_display = ["recu", "client", "somme", "mode", "reference", "factures", "saisi_par"]
    list_filter = ["mode"]
    list_select_related = ["client", "saisi_par"]
    recu = colonne("le", "Reçu le")
    saisie = colonne("saisi_le", "Saisi le")
    search_fields = ["reference", "client__nom_tri", "imputations__facture__numero"]
    date_hierarchy = "le"
    inlines = [ImputationInline]
    fields = [
        "client", ("somme", "mode"), ("recu", "reference"), ("saisi_par", "saisie"), "oppose",
    ]  # fmt: skip
    readonly_fields = ["somme", "recu", "saisie", "oppose"]
    actions_detail = ["annuler"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("imputations__facture")

    @admin.display(description="Montant", ordering="montant")
    def somme(self, paiement: Paiement) -> str:
        return euros(paiement.montant)

    @admin.display(description="Factures")
    def factures(self, paiement: Paiement) -> str:
        return sur_une_ligne(", ".join(str(i.facture.numero) for i in paiement.imputations.all()))

    @admin.display(description="Annulation")
    def oppose(self, paiement: Paiement) -> str:
        """The other one of the pair."""
        autre = paiement.annule or getattr(paiement, "annulation", None)
        return lien(autre)

    def possibles(self, objet: Any) -> set[str]:
        annulable = objet.annule_id is None and not hasattr(objet, "annulation")
        return {"annuler"} if annulable else set()

    @action(
        description="Annuler ce paiement",
        permissions=["facturation.encaisser_facture"],
        variant=ActionVariant.DANGER,
    )
    def annuler(self, request: HttpRequest, object_id: str) -> HttpResponse:
        paiement = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Annuler le paiement",
            "Annuler le paiement",
            f"Une écriture opposée de {en_euros(-paiement.montant)} est passée ; "
            "les factures redeviennent dues.",
            formulaire=MotifForm,
            grave=True,
        )

        def agir(motif: str) -> Suite:
            oppose = services.annuler_paiement(paiement, motif=motif, par=auteur_de(request))
            return Suite("Le paiement est annulé par cette écriture opposée.", oppose)

        return self.decider(request, paiement, decision, agir)


@admin.register(Litige)
class LitigeAdmin(Consultation):
    ouverture = colonne("ouvert_le", "Ouvert le")
    cloture = colonne("clos_le", "Clos le")
    list_display = ["vers", "motif", "ouverture", "ouvert_par", "cloture", "clos_par"]
    list_display_links = ["motif"]
    list_filter = [("clos_le", admin.EmptyFieldListFilter)]
    list_select_related = ["facture"]
    search_fields = ["motif", "facture__numero"]
    fields = ["vers", "motif", ("ouverture", "ouvert_par"), ("cloture", "clos_par")]
    readonly_fields = ["vers", "ouverture", "cloture"]

    @admin.display(description="Facture")
    def vers(self, litige: Litige) -> str:
        return lien(litige.facture)
