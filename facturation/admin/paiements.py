"""Payments and disputes in the office's admin: entered once, corrected by an opposite entry."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from unfold.admin import TabularInline
from unfold.decorators import action
from unfold.enums import ActionVariant

from artjardin.api.requetes import auteur_de
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
    court,
    euros,
    lien,
    sur_une_ligne,
)
from facturation.admin.formulaires import RemboursementForm, form_d_imputation
from facturation.admin.reception import recevoir
from facturation.models import Facture, Imputation, Litige, Paiement

BR = mark_safe("<br>")
ENCAISSER = ["facturation.encaisser_facture"]


class AvecCredit(admin.SimpleListFilter):
    title = "crédit"
    parameter_name = "credit"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("oui", "Avec un crédit à imputer")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(credit__gt=0) if self.value() == "oui" else queryset


class ImputationInline(EnLecture, TabularInline):
    model = Imputation
    verbose_name_plural = "factures réglées"
    fields = ["vers", "jour", "somme"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("facture", "paiement")

    @admin.display(description="Facture")
    def vers(self, imputation: Imputation) -> str:
        return lien(imputation.facture)

    @admin.display(description="Imputé le")
    def jour(self, imputation: Imputation) -> str:
        return court(imputation.le or imputation.paiement.le)

    @admin.display(description="Montant")
    def somme(self, imputation: Imputation) -> str:
        return euros(imputation.montant)


class RemboursementInline(EnLecture, TabularInline):
    model = Paiement
    fk_name = "rembourse"
    verbose_name_plural = "remboursements"
    fields = ["vers", "rendu", "mode", "reference", "somme"]
    readonly_fields = ["vers", "rendu", "somme"]
    rendu = colonne("le", "Rendu le")

    @admin.display(description="Numéro")
    def vers(self, paiement: Paiement) -> str:
        return lien(paiement, paiement.numero or "voir")

    @admin.display(description="Montant")
    def somme(self, paiement: Paiement) -> str:
        return euros(paiement.montant)


@admin.register(Paiement)
class PaiementAdmin(Consultation, Decideur):
    list_display = [
        "reference_interne", "recu", "client", "somme", "reste", "mode", "reference", "factures",
    ]  # fmt: skip
    list_display_links = ["reference_interne"]
    list_filter = [AvecCredit, "mode"]
    list_select_related = ["client", "saisi_par"]
    recu = colonne("le", "Reçu le")
    saisie = colonne("saisi_le", "Saisi le")
    search_fields = ["numero", "reference", "client__nom_tri", "imputations__facture__numero"]
    date_hierarchy = "le"
    inlines = [ImputationInline, RemboursementInline]
    fields = [
        ("numero", "client"), ("somme", "reste"), ("recu", "mode"), "reference",
        ("saisi_par", "saisie"), "oppose",
    ]  # fmt: skip
    readonly_fields = ["numero", "somme", "reste", "recu", "saisie", "oppose"]
    actions_detail = ["imputer", "rembourser", "annuler"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).avec_credit().prefetch_related("imputations__facture")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ENCAISSER[0])

    def add_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A payment is received, from a client, on one or several invoices."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return recevoir(self, request)

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        rendus = obj is not None and obj.remboursements.exists()
        return list(self.inlines) if rendus else self.inlines[:1]

    @admin.display(description="Numéro", ordering="numero")
    def reference_interne(self, paiement: Paiement) -> str:
        return sur_une_ligne(paiement.numero or "–")

    @admin.display(description="Montant", ordering="montant")
    def somme(self, paiement: Paiement) -> str:
        return sur_une_ligne(euros(paiement.montant))

    @admin.display(description="Crédit restant", ordering="credit")
    def reste(self, paiement: Any) -> str:
        return sur_une_ligne(euros(paiement.credit) if paiement.credit else "–")

    @admin.display(description="Factures")
    def factures(self, paiement: Paiement) -> str:
        numeros = dict.fromkeys(str(i.facture.numero) for i in paiement.imputations.all())
        return format_html_join(BR, "{}", ((sur_une_ligne(n),) for n in numeros)) or "–"

    @admin.display(description="Lié à")
    def oppose(self, paiement: Paiement) -> str:
        """The other one of the pair."""
        autre = paiement.annule or paiement.rembourse or getattr(paiement, "annulation", None)
        return lien(autre, f"{_role(paiement)} {autre.numero} : {autre}") if autre else "–"

    def possibles(self, objet: Any) -> set[str]:
        permises = set()
        if objet.credit > 0:
            permises.add("rembourser")
            if _ouvertes(objet).exists():
                permises.add("imputer")
        rendu = objet.remboursements.aggregate(total=Sum("montant"))["total"]
        if not (objet.annule_id or hasattr(objet, "annulation") or rendu):
            permises.add("annuler")
        return permises

    @action(description="Imputer le crédit", permissions=ENCAISSER, variant=ActionVariant.PRIMARY)
    def imputer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        paiement = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Imputer le crédit sur une facture",
            "Imputer",
            f"Ce paiement a encore {en_euros(paiement.credit)} de crédit.",
            formulaire=form_d_imputation(_ouvertes(paiement)),
        )

        def agir(facture: Facture, montant: Any) -> Suite:
            actuelle: Any = facture
            voulu = min(paiement.credit, actuelle.solde) if montant is None else montant
            services.imputer(paiement, facture, montant=voulu, par=auteur_de(request))
            return Suite(f"{en_euros(voulu)} imputés sur {facture}.", paiement)

        return self.decider(request, paiement, decision, agir)

    @action(description="Rembourser", permissions=ENCAISSER)
    def rembourser(self, request: HttpRequest, object_id: str) -> HttpResponse:
        paiement = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Rembourser le crédit",
            "Enregistrer le remboursement",
            f"Ce paiement a encore {en_euros(paiement.credit)} de crédit. L'écriture note "
            "l'argent rendu au client ; elle ne fait pas le virement.",
            formulaire=RemboursementForm,
            initial={"montant": paiement.credit, "le": timezone.localdate()},
        )

        def agir(**champs: Any) -> Suite:
            rendu = services.rembourser(paiement, par=auteur_de(request), **champs)
            return Suite(f"Remboursement de {en_euros(-rendu.montant)} enregistré.", rendu)

        return self.decider(request, paiement, decision, agir)

    @action(description="Annuler ce paiement", permissions=ENCAISSER, variant=ActionVariant.DANGER)
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


def _ouvertes(paiement: Paiement) -> Any:
    """The invoices that the credit of a payment may settle, the oldest first."""
    dues = Facture.objects.ouvertes().filter(client=paiement.client_id)
    return dues.order_by("echeance", "pk")


def _role(paiement: Paiement) -> str:
    if paiement.annule_id:
        return "Annule"
    return "Rembourse" if paiement.rembourse_id else "Annulé par"


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
