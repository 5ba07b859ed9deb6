"""Invoices and credit notes in the office's admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from artjardin.accounts.auteur import Auteur
from facturation import services
from facturation.admin.bases import colonne, court, euros, lien
from facturation.admin.facturer import tva_par_taux
from facturation.admin.inlines import AvoirInline, LitigeInline, ReglementInline, TvaInline
from facturation.admin.lignes import LigneInline
from facturation.admin.redaction import TOTAUX, AdminDeDocument
from facturation.admin.suites import Emission, Recouvrement
from facturation.models import Facture, LigneFacture
from facturation.services.factures import figes
from facturation.services.reste import reste_a_crediter

Statut, Type = Facture.Statut, Facture.Type
COULEURS = {
    "À échoir": "info",
    "En retard": "danger",
    "Réglée": "success",
    "Retenue de garantie": "warning",
    "Avoir émis": "warning",
}
GENRES = {
    "Acompte": "info",
    "Situation": "info",
    "Solde": "info",
    "Avoir": "warning",
}
DERIVE = (
    "Le client, les lignes et la remise viennent du devis ou de la facture d'origine. "
    "S'ils ne conviennent pas, supprimez ce brouillon et refaites-le."
)


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
        retard = {"exigible__gt": 0, "exigible_le__lt": timezone.localdate()}
        return dues.filter(**retard) if self.value() == "retard" else dues


class LigneFactureInline(LigneInline):
    """The lines of a part of a devis are those of the devis: they are only looked at."""

    fk_name = "facture"
    model = LigneFacture
    document = "facture"
    avance = colonne("avancement", "Avancement (%)")

    def montres(self, obj: Any) -> list[str]:
        suivies = obj and obj.lignes.filter(avancement__isnull=False).exists()
        return [*super().montres(obj), *(["avance"] if suivies else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), "avance"]

    def has_add_permission(self, request: HttpRequest, obj: Any) -> bool:
        return "lignes" not in figes(obj) and super().has_add_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return "lignes" not in figes(obj) and super().has_change_permission(request, obj)


@admin.register(Facture)
class FactureAdmin(Emission, Recouvrement, AdminDeDocument):
    list_display = [
        "reference", "genre", "client", "objet", "emise", "echue", "ttc", "reste", "etat",
    ]  # fmt: skip
    list_display_links = ["reference", "objet"]
    list_filter = ["statut", EnRetard, "type"]
    list_select_related = ["client", "retenue", "prelevement"]
    date_hierarchy = "date"
    inlines = [LigneFactureInline, TvaInline, ReglementInline, AvoirInline, LitigeInline]
    readonly_fields = [
        "numero", "statut", "type", "date", "vers_devis", "vers_origine", "motif", *TOTAUX,
        "reste", "par_taux", "retenue_montant", "retenue_du", "prelevement_du",
    ]  # fmt: skip
    actions_detail = [
        "emettre", "encaisser", "envoyer", "avoir", "reception", "rejeter_prelevement",
        "ouvrir_litige", "clore_litige", "pdf", "acquittee",
    ]  # fmt: skip

    emise = colonne("date", "Date")
    echue = colonne("echeance", "Échéance")

    def get_queryset(self, request: HttpRequest) -> Any:
        factures = super().get_queryset(request).avec_solde()
        return factures.avec_exigible(au=timezone.localdate())

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new draft only asks for what a person writes; a credit note has neither due date nor
        retention."""
        parties: dict[str, Any] = {"fields": [("client", "chantier"), "objet"]}
        if obj is not None and obj.statut == Statut.BROUILLON and figes(obj) - {"client"}:
            parties["description"] = DERIVE
        genre = obj.type if obj is not None else Type.FACTURE
        retenue = [] if genre in {Type.ACOMPTE, Type.AVOIR} else ["retenue_taux"]
        echeance = [] if genre == Type.AVOIR else ["echeance"]
        dates = [(*echeance, "prestation_le"), ("reference_client", *retenue)]
        dates += [("preleve",)] if obj is not None and genre != Type.AVOIR else []
        return [
            (None, parties),
            *_de_l_etat(obj),
            ("Dates et références", {"fields": dates}),
            (
                "Remise, TVA et conditions",
                {
                    "fields": [("remise_taux", "remise_montant"), "exoneration", "conditions"],
                    "classes": ["collapse"],
                },
            ),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*self.readonly_fields, *sorted(figes(obj) - {"lignes"})]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        """Drafts have neither payments nor disputes; nobody pays a credit note."""
        if obj is None or obj.statut != Statut.EMISE:
            return [LigneFactureInline]
        if obj.type == Type.AVOIR:
            return [LigneFactureInline, TvaInline]
        pleins: dict[Any, Any] = {AvoirInline: obj.avoirs, LitigeInline: obj.litiges}
        return [un for un in self.inlines if un not in pleins or pleins[un].exists()]

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "echeance":
            kwargs["help_text"] = "Vide : le délai de paiement du client, à compter de l'émission."
        if db_field.name == "prestation_le":
            kwargs["help_text"] = "Si elle diffère de la date d'émission."
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @display(description="Type", ordering="type", label=GENRES)
    def genre(self, facture: Facture) -> str:
        return facture.get_type_display().removeprefix("Facture de ").removeprefix(
            "Facture d'"
        ).capitalize()  # fmt: skip

    @admin.display(description="Reste dû", ordering="solde")
    def reste(self, facture: Any) -> str:
        due = facture.statut == Statut.EMISE and facture.type != Type.AVOIR
        return euros(facture.solde if due else None)

    @display(description="État", label=COULEURS)
    def etat(self, facture: Any) -> str:
        if facture.statut == Statut.BROUILLON:
            return "Brouillon"
        if facture.type == Type.AVOIR:
            return "Avoir émis"
        if facture.solde <= 0:
            return "Réglée"
        if facture.exigible <= 0:
            return "Retenue de garantie"
        return "En retard" if facture.exigible_le < timezone.localdate() else "À échoir"

    @admin.display(description="Devis")
    def vers_devis(self, facture: Facture) -> str:
        return lien(facture.devis)

    @admin.display(description="Facture d'origine")
    def vers_origine(self, facture: Facture) -> str:
        return lien(facture.origine)

    @admin.display(description="TVA par taux")
    def par_taux(self, facture: Facture) -> str:
        return tva_par_taux(facture.totaux().par_taux)

    @admin.display(description="Retenue de garantie (TTC)")
    def retenue_montant(self, facture: Any) -> str:
        return euros(facture.retenue.montant)

    @admin.display(description="Due le")
    def retenue_du(self, facture: Any) -> str:
        if facture.retenue.echeance is None:
            return "Un an après la réception des travaux, pas encore notée"
        reception = court(facture.retenue.reception_le)
        return f"{court(facture.retenue.echeance)} (travaux réceptionnés le {reception})"

    @admin.display(description="Prélèvement")
    def prelevement_du(self, facture: Any) -> str:
        prelevement = facture.prelevement
        prevu = f"Le {court(prelevement.prevu_le)}, mandat {prelevement.rum}"
        if prelevement.rejete_le is None:
            return prevu
        return f"{prevu} ; rejeté le {court(prelevement.rejete_le)} : {prelevement.motif_rejet}"

    def possibles(self, objet: Any) -> set[str]:
        if objet.statut == Statut.BROUILLON:
            return {"emettre"}
        permises = {"pdf"} if objet.est_reprise else {"pdf", "envoyer"}
        return permises if objet.type == Type.AVOIR else permises | _suites(objet)

    def creer(self, champs: dict[str, Any], *, par: Auteur) -> Facture:
        return services.preparer_facture(par=par, **champs)

    def modifier(self, objet: Any, champs: dict[str, Any], *, par: Auteur) -> Facture:
        return services.modifier_facture(objet, par=par, **champs)


def _suites(facture: Any) -> set[str]:
    """What may follow the issue of an invoice, from what was paid, credited or disputed."""
    suites = set()
    if any(t.base or t.montant for t in reste_a_crediter(facture).values()):
        suites.add("avoir")
    if facture.solde > 0:
        ouvert = facture.litiges.filter(clos_le=None).exists()
        suites |= {"encaisser", "clore_litige" if ouvert else "ouvrir_litige"}
    elif facture.imputations.filter(montant__gt=0, paiement__annulation=None).exists():
        suites.add("acquittee")
    if hasattr(facture, "retenue"):
        suites.add("reception")
    if hasattr(facture, "prelevement") and facture.prelevement.rejete_le is None:
        suites.add("rejeter_prelevement")
    return suites


def _de_l_etat(facture: Facture | None) -> list[tuple[str, dict[str, Any]]]:
    if facture is None:
        return []
    liens = [c for c in ("devis", "origine") if getattr(facture, f"{c}_id")]
    suivi: list[Any] = [("numero", "statut"), ("type", "date")]
    if facture.statut == Statut.BROUILLON:
        suivi = ["type"]
    suivi += [tuple(f"vers_{c}" for c in liens)] if liens else []
    suivi += ["motif"] if facture.type == Type.AVOIR else []
    totaux: list[Any] = [tuple(TOTAUX)]
    if facture.statut == Statut.BROUILLON:
        totaux.append("par_taux")
    elif facture.type != Type.AVOIR:
        totaux.append("reste")
    if hasattr(facture, "retenue"):
        totaux.append(("retenue_montant", "retenue_du"))
    if hasattr(facture, "prelevement"):
        totaux.append("prelevement_du")
    return [("Suivi", {"fields": suivi}), ("Totaux", {"fields": totaux})]
