"""Invoices in the office's admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from unfold.admin import TabularInline
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from artjardin.accounts.auteur import Auteur
from artjardin.api.vues import auteur_de
from artjardin.argent import en_euros
from facturation import services
from facturation.admin.bases import (
    Decision,
    EnLecture,
    MotifForm,
    Suite,
    champ_date,
    champ_montant,
    colonne,
    court,
    euros,
    lien,
)
from facturation.admin.redaction import TOTAUX, AdminDeDocument, LigneInline
from facturation.models import Facture, Imputation, LigneFacture, Litige, Paiement

EMETTRE = ["facturation.emettre_facture"]
COULEURS = {"À échoir": "info", "En retard": "danger", "Réglée": "success", "Avoir": "warning"}


class EnRetard(admin.SimpleListFilter):
    title = "règlement"
    parameter_name = "reglement"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("retard", "En retard"), ("du", "À régler"), ("regle", "Réglées")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() is None:
            return queryset
        emises = queryset.emises()
        if self.value() == "regle":
            return emises.filter(solde__lte=0)
        dues = emises.filter(solde__gt=0)
        retard = {"echeance__lt": timezone.localdate()}
        return dues.filter(**retard) if self.value() == "retard" else dues


class LigneFactureInline(LigneInline):
    fk_name = "facture"
    model = LigneFacture
    document = "facture"


class ReglementInline(EnLecture, TabularInline):
    model = Imputation
    verbose_name_plural = "règlements"
    fields = ["recu", "mode", "reference", "somme"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("paiement")

    @admin.display(description="Reçu le")
    def recu(self, imputation: Imputation) -> str:
        return lien(imputation.paiement, court(imputation.paiement.le))

    @admin.display(description="Mode")
    def mode(self, imputation: Imputation) -> str:
        return imputation.paiement.get_mode_display()

    @admin.display(description="Référence")
    def reference(self, imputation: Imputation) -> str:
        return court(imputation.paiement.reference)

    @admin.display(description="Montant")
    def somme(self, imputation: Imputation) -> str:
        return euros(imputation.montant)


class LitigeInline(EnLecture, TabularInline):
    model = Litige
    fields = ["motif", "ouverture", "ouvert_par", "cloture", "clos_par"]
    readonly_fields = ["ouverture", "cloture"]
    ouverture = colonne("ouvert_le", "Ouvert le")
    cloture = colonne("clos_le", "Clos le")


class EmissionForm(forms.Form):
    le = champ_date(label="Date d'émission")


class EncaissementForm(forms.Form):
    montant = champ_montant(label="Montant reçu (€)")
    mode = forms.ChoiceField(
        choices=[paire for paire in Paiement.Mode.choices if paire[0] != Paiement.Mode.REPRISE],
        widget=UnfoldAdminSelectWidget,
    )
    le = champ_date(label="Reçu le")
    reference = forms.CharField(
        label="Référence",
        max_length=140,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Numéro du chèque, libellé du virement…",
    )


@admin.register(Facture)
class FactureAdmin(AdminDeDocument):
    list_display = ["reference", "client", "objet", "emise", "echue", "ttc", "reste", "etat"]
    list_display_links = ["reference", "objet"]
    list_filter = ["statut", EnRetard, "type"]
    date_hierarchy = "date"
    inlines = [LigneFactureInline, ReglementInline, LitigeInline]
    fields = [
        ("client", "chantier"), "objet", "echeance", ("numero", "statut"), ("type", "date"),
        ("devis", "origine"), tuple(TOTAUX), "reste",
    ]  # fmt: skip
    readonly_fields = [
        "numero", "statut", "type", "date", "devis", "origine", *TOTAUX, "reste",
    ]  # fmt: skip
    actions_detail = [
        "emettre", "emettre_et_envoyer", "encaisser", "envoyer", "ouvrir_litige", "clore_litige",
        "pdf",
    ]  # fmt: skip

    emise = colonne("date", "Date")
    echue = colonne("echeance", "Échéance")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).avec_solde()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new draft only asks for what a person writes."""
        return super().get_fields(request, obj) if obj else self.fields[:3]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        """Drafts have neither payments nor disputes."""
        emise = obj is not None and obj.statut == Facture.Statut.EMISE
        return self.inlines if emise else self.inlines[:1]

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "echeance":
            kwargs["help_text"] = "Vide : le délai de paiement du client, à compter de l'émission."
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description="Reste dû", ordering="solde")
    def reste(self, facture: Any) -> str:
        due = facture.statut == Facture.Statut.EMISE and facture.type == Facture.Type.FACTURE
        return euros(facture.solde if due else None)

    @display(description="État", label=COULEURS)
    def etat(self, facture: Any) -> str:
        if facture.statut == Facture.Statut.BROUILLON or facture.type == Facture.Type.AVOIR:
            avoir = facture.statut == Facture.Statut.EMISE
            return facture.get_type_display() if avoir else "Brouillon"
        if facture.solde <= 0:
            return "Réglée"
        return "En retard" if facture.echeance < timezone.localdate() else "À échoir"

    def possibles(self, objet: Any) -> set[str]:
        if objet.statut == Facture.Statut.BROUILLON:
            return {"emettre", "emettre_et_envoyer"}
        permises = {"pdf"} if objet.est_reprise else {"pdf", "envoyer"}
        if objet.type == Facture.Type.FACTURE and objet.solde > 0:
            ouvert = objet.litiges.filter(clos_le=None).exists()
            permises |= {"encaisser", "clore_litige" if ouvert else "ouvrir_litige"}
        return permises

    def creer(self, champs: dict[str, Any], *, par: Auteur) -> Facture:
        return services.preparer_facture(par=par, **champs)

    def modifier(self, objet: Any, champs: dict[str, Any], *, par: Auteur) -> Facture:
        return services.modifier_facture(objet, par=par, **champs)

    @action(description="Émettre", permissions=EMETTRE)
    def emettre(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._emission(request, object_id, envoyer=False)

    @action(description="Émettre et envoyer", permissions=EMETTRE, variant=ActionVariant.PRIMARY)
    def emettre_et_envoyer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._emission(request, object_id, envoyer=True)

    def _emission(self, request: HttpRequest, object_id: str, *, envoyer: bool) -> HttpResponse:
        facture = self.objet_ou_404(request, object_id)
        a = f" Elle part par courriel à {facture.client.email or '(aucune adresse)'}."
        decision = Decision(
            "Émettre et envoyer la facture" if envoyer else "Émettre la facture",
            "Émettre et envoyer" if envoyer else "Émettre",
            "La facture reçoit son numéro définitif et ne pourra plus changer."
            f"{a if envoyer else ''}",
            formulaire=EmissionForm,
            initial={"le": timezone.localdate()},
        )

        def agir(le: Any) -> Suite:
            emise = services.emettre_facture(
                facture, par=auteur_de(request), le=le, envoyer=envoyer
            )
            return Suite(f"{emise} est émise.", emise)

        return self.decider(request, facture, decision, agir)

    @action(
        description="Encaisser",
        permissions=["facturation.encaisser_facture"],
        variant=ActionVariant.PRIMARY,
    )
    def encaisser(self, request: HttpRequest, object_id: str) -> HttpResponse:
        facture = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Encaisser un règlement",
            "Enregistrer le règlement",
            f"{facture.client.designation} doit encore {en_euros(facture.solde)}.",
            formulaire=EncaissementForm,
            initial={"montant": facture.solde, "le": timezone.localdate()},
        )

        def agir(**champs: Any) -> Suite:
            paiement = services.encaisser(facture, par=auteur_de(request), **champs)
            return Suite(f"Règlement de {en_euros(paiement.montant)} enregistré.", facture)

        return self.decider(request, facture, decision, agir)

    @action(description="Envoyer", permissions=EMETTRE)
    def envoyer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        facture = self.objet_ou_404(request, object_id)
        a = facture.client.email or "(ce client n'a pas d'adresse)"
        decision = Decision("Envoyer la facture", "Envoyer", f"Le PDF part par courriel à {a}.")

        def agir() -> Suite:
            courriel = services.envoyer_facture(facture, par=auteur_de(request))
            return Suite(f"Le courriel à {', '.join(courriel.a)} part dans la minute.", facture)

        return self.decider(request, facture, decision, agir)

    @action(description="Ouvrir un litige", permissions=["facturation.add_litige"])
    def ouvrir_litige(self, request: HttpRequest, object_id: str) -> HttpResponse:
        facture = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Ouvrir un litige",
            "Ouvrir le litige",
            "La facture n'est plus relancée tant que le litige est ouvert.",
            formulaire=MotifForm,
        )

        def agir(motif: str) -> Suite:
            services.ouvrir_litige(facture, motif=motif, par=auteur_de(request))
            return Suite(f"{facture} est en litige : elle n'est plus relancée.", facture)

        return self.decider(request, facture, decision, agir)

    @action(description="Clore le litige", permissions=["facturation.change_litige"])
    def clore_litige(self, request: HttpRequest, object_id: str) -> HttpResponse:
        facture = self.objet_ou_404(request, object_id)
        decision = Decision("Clore le litige", "Clore", "La facture sera de nouveau relancée.")

        def agir() -> Suite:
            services.clore_litige(facture, par=auteur_de(request))
            return Suite(f"Le litige sur {facture} est clos.", facture)

        return self.decider(request, facture, decision, agir)

    @action(description="PDF", permissions=["facturation.view_facture"], attrs={"target": "_blank"})
    def pdf(self, request: HttpRequest, object_id: str) -> HttpResponse:
        facture = self.objet_ou_404(request, object_id)
        return HttpResponseRedirect(reverse("facture-pdf", args=[facture.pk]))
