"""Quotes in the office's admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from artjardin.accounts.auteur import Auteur
from artjardin.api.vues import auteur_de
from facturation import services
from facturation.admin.bases import Decision, MotifForm, Suite, colonne
from facturation.admin.redaction import TOTAUX, AdminDeDocument, LigneInline
from facturation.models import Devis, LigneDevis

Statut = Devis.Statut
POSSIBLES: dict[str, set[str]] = {
    Statut.BROUILLON: {"finaliser"},
    Statut.FINALISE: {"envoyer", "accepter", "refuser", "pdf"},
    Statut.ENVOYE: {"envoyer", "accepter", "refuser", "pdf"},
    Statut.ACCEPTE: {"facturer", "pdf"},
    Statut.REFUSE: {"pdf"},
    Statut.EXPIRE: {"pdf"},
}
COULEURS = {
    Statut.FINALISE.label: "info",
    Statut.ENVOYE.label: "info",
    Statut.ACCEPTE.label: "success",
    Statut.REFUSE.label: "danger",
    Statut.EXPIRE.label: "warning",
}
DECIDER = ["facturation.decider_devis"]


class LigneDevisInline(LigneInline):
    model = LigneDevis
    document = "devis"


@admin.register(Devis)
class DevisAdmin(AdminDeDocument):
    list_display = ["reference", "client", "objet", "du", "jusqu_au", "ttc", "etat"]
    list_display_links = ["reference", "objet"]
    list_filter = ["statut"]
    date_hierarchy = "date"
    inlines = [LigneDevisInline]
    fields = [
        ("client", "chantier"), "objet", "duree_validite", ("numero", "statut"),
        ("date", "valide_jusqu_au"), ("envoye_le", "decide_le"), "motif_refus", tuple(TOTAUX),
    ]  # fmt: skip
    readonly_fields = [
        "numero", "statut", "date", "valide_jusqu_au", "envoye_le", "decide_le", "motif_refus",
        *TOTAUX,
    ]  # fmt: skip
    actions_detail = ["finaliser", "envoyer", "accepter", "refuser", "facturer", "pdf"]

    du = colonne("date", "Date")
    jusqu_au = colonne("valide_jusqu_au", "Valide jusqu'au")

    @display(description="État", ordering="statut", label=COULEURS)
    def etat(self, devis: Devis) -> str:
        return devis.get_statut_display()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new draft only asks for what a person writes."""
        return super().get_fields(request, obj) if obj else self.fields[:3]

    def possibles(self, objet: Any) -> set[str]:
        permises = POSSIBLES[objet.statut]
        facture = "facturer" in permises and objet.factures.exists()
        return permises - {"facturer"} if facture else permises

    def creer(self, champs: dict[str, Any], *, par: Auteur) -> Devis:
        return services.preparer_devis(par=par, **champs)

    def modifier(self, objet: Any, champs: dict[str, Any], *, par: Auteur) -> Devis:
        return services.modifier_devis(objet, par=par, **champs)

    @action(description="Finaliser", permissions=DECIDER, variant=ActionVariant.PRIMARY)
    def finaliser(self, request: HttpRequest, object_id: str) -> HttpResponse:
        devis = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Finaliser le devis",
            "Finaliser",
            "Le devis reçoit son numéro et son PDF ; il ne pourra plus changer.",
        )
        return self.decider(request, devis, decision, lambda: self._finaliser(request, devis))

    def _finaliser(self, request: HttpRequest, devis: Devis) -> Suite:
        fini = services.finaliser_devis(devis, par=auteur_de(request))
        return Suite(f"{fini} est finalisé.", fini)

    @action(description="Envoyer", permissions=DECIDER, variant=ActionVariant.PRIMARY)
    def envoyer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        devis = self.objet_ou_404(request, object_id)
        a = devis.client.email or "(ce client n'a pas d'adresse)"
        decision = Decision("Envoyer le devis", "Envoyer", f"Le PDF part par courriel à {a}.")
        return self.decider(request, devis, decision, lambda: self._envoyer(request, devis))

    def _envoyer(self, request: HttpRequest, devis: Devis) -> Suite:
        courriel = services.envoyer_devis(devis, par=auteur_de(request))
        return Suite(f"Le courriel à {', '.join(courriel.a)} part dans la minute.", devis)

    @action(description="Accepter", permissions=DECIDER, variant=ActionVariant.SUCCESS)
    def accepter(self, request: HttpRequest, object_id: str) -> HttpResponse:
        devis = self.objet_ou_404(request, object_id)
        decision = Decision("Le client accepte", "Noter l'accord", "Le devis devient définitif.")
        return self.decider(request, devis, decision, lambda: self._accepter(request, devis))

    def _accepter(self, request: HttpRequest, devis: Devis) -> Suite:
        accepte = services.accepter_devis(devis, par=auteur_de(request))
        return Suite(f"{accepte} est accepté : il peut être facturé.", accepte)

    @action(description="Refuser", permissions=DECIDER, variant=ActionVariant.DANGER)
    def refuser(self, request: HttpRequest, object_id: str) -> HttpResponse:
        devis = self.objet_ou_404(request, object_id)
        decision = Decision("Le client refuse", "Noter le refus", formulaire=MotifForm, grave=True)
        return self.decider(
            request, devis, decision, lambda motif: self._refuser(request, devis, motif)
        )

    def _refuser(self, request: HttpRequest, devis: Devis, motif: str) -> Suite:
        refuse = services.refuser_devis(devis, motif=motif, par=auteur_de(request))
        return Suite(f"{refuse} est refusé.", refuse)

    @action(
        description="Facturer",
        permissions=["facturation.add_facture"],
        variant=ActionVariant.PRIMARY,
    )
    def facturer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        devis = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Facturer le devis",
            "Préparer la facture",
            "Un brouillon de facture est préparé avec les mêmes lignes ; rien n'est émis.",
        )
        return self.decider(request, devis, decision, lambda: self._facturer(request, devis))

    def _facturer(self, request: HttpRequest, devis: Devis) -> Suite:
        facture = services.facturer_devis(devis, par=auteur_de(request))
        return Suite("Le brouillon de facture est prêt.", facture)

    @action(description="PDF", permissions=["facturation.view_devis"], attrs={"target": "_blank"})
    def pdf(self, request: HttpRequest, object_id: str) -> HttpResponse:
        devis = self.objet_ou_404(request, object_id)
        return HttpResponseRedirect(reverse("devis-pdf", args=[devis.pk]))
