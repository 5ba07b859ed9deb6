"""Quotes in the office's admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from artjardin.accounts.auteur import Auteur
from artjardin.api.requetes import auteur_de
from artjardin.argent import ZERO
from facturation import services
from facturation.admin.bases import Decision, MotifForm, Suite, colonne, court, euros, lien
from facturation.admin.facturer import (
    PARTS,
    FactureDuDevisInline,
    FacturerParParties,
    tva_par_taux,
)
from facturation.admin.formulaires import form_d_acceptation
from facturation.admin.lignes import RARES, LigneInline
from facturation.admin.redaction import TOTAUX, AdminDeDocument
from facturation.models import Devis, LigneDevis
from facturation.services.annonces import reglage

Statut = Devis.Statut
POSSIBLES: dict[str, set[str]] = {
    Statut.BROUILLON: {"finaliser"},
    Statut.FINALISE: {"envoyer", "accepter", "refuser", "reviser", "pdf"},
    Statut.ENVOYE: {"envoyer", "accepter", "refuser", "reviser", "pdf"},
    Statut.ACCEPTE: PARTS | {"pdf"},
    Statut.REFUSE: {"reviser", "pdf"},
    Statut.EXPIRE: {"accepter", "reviser", "pdf"},
    Statut.REMPLACE: {"pdf"},
}
COULEURS = {
    Statut.FINALISE.label: "info",
    Statut.ENVOYE.label: "info",
    Statut.ACCEPTE.label: "success",
    Statut.REFUSE.label: "danger",
    Statut.EXPIRE.label: "warning",
}
DECIDER = ["facturation.decider_devis"]
DECHETS = "Une ligne laissée vide prend le texte par défaut de la page Entreprise."
SUIVI = [("numero", "statut"), ("date", "valide_jusqu_au"), ("envoye", "decide")]
ACCORD = [("signature_le", "conclusion"), "options_choisies", "marche", "reste"]


class LigneDevisInline(LigneInline):
    model = LigneDevis
    document = "devis"
    rares = [*RARES, "option"]

    def montres(self, obj: Any) -> list[str]:
        options = obj and obj.lignes.filter(option=True).exists()
        return [*super().montres(obj), *(["facultative"] if options else [])]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), "facultative"]

    @admin.display(description="Option")
    def facultative(self, ligne: LigneDevis) -> str:
        if not ligne.option:
            return "–"
        return "Choisie" if ligne.rang in ligne.devis.options_retenues else "En option"


@admin.register(Devis)
class DevisAdmin(FacturerParParties, AdminDeDocument):
    list_display = ["reference", "client", "objet", "du", "jusqu_au", "ttc", "etat"]
    list_display_links = ["reference", "objet"]
    list_filter = ["statut"]
    date_hierarchy = "date"
    inlines = [LigneDevisInline, FactureDuDevisInline]
    readonly_fields = [
        "numero", "statut", "date", "valide_jusqu_au", "envoye", "decide", "precedent", "suivant",
        "motif_refus", "signature_le", "options_choisies", "marche", "reste", "par_taux", *TOTAUX,
    ]  # fmt: skip
    actions_detail = [
        "finaliser", "envoyer", "accepter", "refuser", "reviser", "facturer", "solder",
        "acompte", "situation", "pdf",
    ]  # fmt: skip

    du = colonne("date", "Date")
    jusqu_au = colonne("valide_jusqu_au", "Valide jusqu'au")
    envoye = colonne("envoye_le", "Envoyé le")
    decide = colonne("decide_le", "Décidé le")
    signature_le = colonne("signe_le", "Signé le")

    @display(description="État", ordering="statut", label=COULEURS)
    def etat(self, devis: Devis) -> str:
        return devis.get_statut_display()

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new draft only asks for what a person writes; each state shows what it adds."""
        accepte = obj is not None and obj.statut == Statut.ACCEPTE
        lieu = [] if accepte else ["conclusion"]
        return [
            (None, {"fields": [("client", "chantier"), "objet", (*lieu, "duree_validite")]}),
            *_de_l_etat(obj),
            (
                "Remise, TVA et conditions",
                {
                    "fields": [("remise_taux", "remise_montant"), "exoneration", "conditions"],
                    "classes": ["collapse"],
                },
            ),
            (
                "Déchets",
                {
                    "fields": [
                        "sans_dechets",
                        ("dechets_quantite", "dechets_tri"),
                        ("dechets_collecte", "dechets_cout"),
                    ],
                    "classes": ["collapse"],
                    "description": DECHETS,
                },
            ),
        ]

    def get_inlines(self, request: HttpRequest, obj: Any) -> list[Any]:
        """Only an accepted devis is invoiced; who does not see invoices does not see them here."""
        accepte = obj is not None and obj.statut == Statut.ACCEPTE
        voit = request.user.has_perm("facturation.view_facture")
        return list(self.inlines) if accepte and voit else [LigneDevisInline]

    def possibles(self, objet: Any) -> set[str]:
        permises = set(POSSIBLES[objet.statut])
        if objet.statut == Statut.ACCEPTE:
            return permises - self.parts_impossibles(objet)
        if Devis.tous.filter(remplace=objet).exists():
            permises.discard("reviser")
        return permises

    def creer(self, champs: dict[str, Any], *, par: Auteur) -> Devis:
        return services.preparer_devis(par=par, **champs)

    def modifier(self, objet: Any, champs: dict[str, Any], *, par: Auteur) -> Devis:
        return services.modifier_devis(objet, par=par, **champs)

    @admin.display(description="Remplace")
    def precedent(self, devis: Devis) -> str:
        if devis.remplace is None:
            return "–"
        return lien(devis.remplace, f"{devis.remplace} (version {devis.remplace.version})")

    @admin.display(description="Remplacé par")
    def suivant(self, devis: Devis) -> str:
        return lien(Devis.tous.filter(remplace=devis).first())

    @admin.display(description="Options choisies")
    def options_choisies(self, devis: Devis) -> str:
        choisies = [li for li in devis.retenues() if li.option]
        return " · ".join(f"{li.designation} ({euros(li.total_ht)} HT)" for li in choisies) or "–"

    @admin.display(description="Total accepté")
    def marche(self, devis: Devis) -> str:
        marche = devis.marche()
        return f"{euros(marche.ht)} HT, {euros(marche.ttc)} TTC"

    @admin.display(description="Reste à facturer")
    def reste(self, devis: Devis) -> str:
        reste = list(services.reste_a_facturer(devis).values())
        ttc = sum((tva.base + tva.montant for tva in reste), ZERO)
        return f"{euros(ttc)} TTC : {tva_par_taux(reste)}" if ttc else "Rien : tout est facturé."

    @admin.display(description="TVA par taux")
    def par_taux(self, devis: Devis) -> str:
        return tva_par_taux(devis.totaux().par_taux)

    @action(description="Finaliser", permissions=DECIDER, variant=ActionVariant.PRIMARY)
    def finaliser(self, request: HttpRequest, object_id: str) -> HttpResponse:
        devis = self.objet_ou_404(request, object_id)
        a = devis.client.email if reglage("devis_finalise").au_client else ""
        decision = Decision(
            "Finaliser le devis",
            "Finaliser",
            "Le devis reçoit son numéro et son PDF ; il ne pourra plus changer. "
            + (f"Il part aussitôt par courriel à {a}." if a else "Rien ne part au client."),
        )

        def agir() -> Suite:
            fini = services.finaliser_devis(devis, par=auteur_de(request))
            return Suite(f"{fini} est finalisé.", fini)

        return self.decider(request, devis, decision, agir)

    @action(description="Envoyer", permissions=DECIDER, variant=ActionVariant.PRIMARY)
    def envoyer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        devis = self.objet_ou_404(request, object_id)
        a = devis.client.email or "(ce client n'a pas d'adresse)"
        decision = Decision(
            "Envoyer le devis",
            "Envoyer",
            f"Le PDF part par courriel à {a}, sauf s'il y est déjà parti à la finalisation.",
        )

        def agir() -> Suite:
            courriel = services.envoyer_devis(devis, par=auteur_de(request))
            parti = "est parti" if courriel.envoye_le else "part dans la minute"
            return Suite(f"Le courriel à {', '.join(courriel.a)} {parti}.", devis)

        return self.decider(request, devis, decision, agir)

    @action(description="Accepter", permissions=DECIDER, variant=ActionVariant.SUCCESS)
    def accepter(self, request: HttpRequest, object_id: str) -> HttpResponse:
        devis = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Le client accepte",
            "Noter l'accord",
            "Le devis devient définitif et peut être facturé. "
            f"Il est valable jusqu'au {court(devis.valide_jusqu_au)}.",
            formulaire=form_d_acceptation(devis),
        )

        def agir(**champs: Any) -> Suite:
            accepte = services.accepter_devis(devis, par=auteur_de(request), **champs)
            return Suite(f"{accepte} est accepté : il peut être facturé.", accepte)

        return self.decider(request, devis, decision, agir)

    @action(description="Refuser", permissions=DECIDER, variant=ActionVariant.DANGER)
    def refuser(self, request: HttpRequest, object_id: str) -> HttpResponse:
        devis = self.objet_ou_404(request, object_id)
        decision = Decision("Le client refuse", "Noter le refus", formulaire=MotifForm, grave=True)

        def agir(motif: str) -> Suite:
            refuse = services.refuser_devis(devis, motif=motif, par=auteur_de(request))
            return Suite(f"{refuse} est refusé.", refuse)

        return self.decider(request, devis, decision, agir)

    @action(description="Réviser", permissions=["facturation.add_devis"])
    def reviser(self, request: HttpRequest, object_id: str) -> HttpResponse:
        devis = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Réviser le devis",
            "Préparer la nouvelle version",
            f"Un brouillon de la version {devis.version + 1} est préparé avec les mêmes lignes. "
            "Ce devis reste valable jusqu'à ce que la nouvelle version soit finalisée.",
        )

        def agir() -> Suite:
            revision = services.reviser_devis(devis, par=auteur_de(request))
            return Suite("Le brouillon de la nouvelle version est prêt.", revision)

        return self.decider(request, devis, decision, agir)

    @action(description="PDF", permissions=["facturation.view_devis"], attrs={"target": "_blank"})
    def pdf(self, request: HttpRequest, object_id: str) -> HttpResponse:
        devis = self.objet_ou_404(request, object_id)
        return HttpResponseRedirect(reverse("devis-pdf", args=[devis.pk]))


def _de_l_etat(devis: Devis | None) -> list[tuple[str, dict[str, Any]]]:
    if devis is None:
        return []
    groupes: list[tuple[str, dict[str, Any]]] = []
    if devis.statut == Statut.ACCEPTE:
        groupes.append(("Accord du client", {"fields": ACCORD}))
    suivi: list[Any] = [] if devis.statut == Statut.BROUILLON else [*SUIVI]
    suivi += ["precedent"] if devis.remplace_id else []
    suivi += ["suivant"] if Devis.tous.filter(remplace=devis).exists() else []
    if devis.statut == Statut.REFUSE:
        suivi.append("motif_refus")
    if suivi:
        groupes.append((f"Suivi (version {devis.version})", {"fields": suivi}))
    groupes.append(("Totaux", {"fields": [tuple(TOTAUX), "par_taux"]}))
    return groupes
