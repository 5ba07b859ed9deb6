"""What is decided about an invoice from its page: issued, sent, credited, paid, disputed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import action
from unfold.enums import ActionVariant

from artjardin.api.requetes import auteur_de
from artjardin.argent import ZERO, en_euros
from facturation import services
from facturation.admin.bases import (
    Decideur,
    Decision,
    MotifForm,
    Suite,
    champ_date,
    court,
    euros,
)
from facturation.admin.formulaires import EncaissementForm, form_d_avoir, form_d_emission
from facturation.models import Facture
from facturation.services.reste import reste_a_crediter

EMETTRE = ["facturation.emettre_facture"]
ENCAISSER = ["facturation.encaisser_facture"]
Statut, Type = Facture.Statut, Facture.Type


class ReceptionForm(forms.Form):
    le = champ_date(label="Travaux réceptionnés le")


class Emission(Decideur):
    """Issuing, sending, crediting, and the PDF."""

    @action(description="Émettre", permissions=EMETTRE, variant=ActionVariant.PRIMARY)
    def emettre(self, request: HttpRequest, object_id: str) -> HttpResponse:
        facture = self.objet_ou_404(request, object_id)
        quoi = "l'avoir" if facture.type == Type.AVOIR else "la facture"
        decision = Decision(
            f"Émettre {quoi}",
            "Émettre",
            f"{quoi.capitalize()} reçoit son numéro définitif et ne pourra plus changer.",
            formulaire=form_d_emission(facture),
            initial={"le": timezone.localdate()},
        )

        def agir(le: Any, *, envoyer: bool | None) -> Suite:
            par = auteur_de(request)
            emise = services.emettre_facture(facture, par=par, le=le, envoyer=envoyer)
            return Suite(f"{emise} est {'émis' if emise.type == Type.AVOIR else 'émise'}.", emise)

        return self.decider(request, facture, decision, agir)

    @action(description="Envoyer", permissions=EMETTRE)
    def envoyer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        facture = self.objet_ou_404(request, object_id)
        a = facture.client.email or "(ce client n'a pas d'adresse)"
        decision = Decision("Envoyer", "Envoyer", f"Le PDF part par courriel à {a}.")

        def agir() -> Suite:
            courriel = services.envoyer_facture(facture, par=auteur_de(request))
            return Suite(f"Le courriel à {', '.join(courriel.a)} part dans la minute.", facture)

        return self.decider(request, facture, decision, agir)

    @action(description="Avoir", permissions=EMETTRE)
    def avoir(self, request: HttpRequest, object_id: str) -> HttpResponse:
        facture = self.objet_ou_404(request, object_id)
        reste = list(reste_a_crediter(facture).values())
        ttc = sum((tva.base + tva.montant for tva in reste), ZERO)
        decision = Decision(
            "Faire un avoir",
            "Préparer l'avoir",
            f"Un brouillon d'avoir est préparé ; rien n'est émis. Il reste {euros(ttc)} TTC à "
            "créditer sur cette facture.",
            formulaire=form_d_avoir(facture, reste),
        )

        def agir(motif: str, lignes: Any = None, **_saisie: Any) -> Suite:
            avoir = services.faire_un_avoir(
                facture, motif=motif, lignes=lignes, par=auteur_de(request)
            )
            return Suite(f"Le brouillon d'avoir est prêt : {euros(avoir.total_ttc)} TTC.", avoir)

        return self.decider(request, facture, decision, agir)

    @action(description="PDF", permissions=["facturation.view_facture"], attrs={"target": "_blank"})
    def pdf(self, request: HttpRequest, object_id: str) -> HttpResponse:
        facture = self.objet_ou_404(request, object_id)
        return HttpResponseRedirect(reverse("facture-pdf", args=[facture.pk]))

    @action(
        description="Copie acquittée",
        permissions=["facturation.view_facture"],
        attrs={"target": "_blank"},
    )
    def acquittee(self, request: HttpRequest, object_id: str) -> HttpResponse:
        facture = self.objet_ou_404(request, object_id)
        return HttpResponseRedirect(reverse("facture-acquittee", args=[facture.pk]))


class Recouvrement(Decideur):
    """What comes after the issue: money, acceptance of the works, disputes."""

    @action(description="Encaisser", permissions=ENCAISSER, variant=ActionVariant.PRIMARY)
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
            surplus = max(paiement.montant - facture.solde, ZERO)
            garde = f", dont {en_euros(surplus)} gardés en crédit" if surplus else ""
            return Suite(f"Règlement de {en_euros(paiement.montant)} enregistré{garde}.", facture)

        return self.decider(request, facture, decision, agir)

    @action(description="Réception", permissions=EMETTRE)
    def reception(self, request: HttpRequest, object_id: str) -> HttpResponse:
        facture = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Noter la réception des travaux",
            "Noter la réception",
            "La retenue de garantie sera due un an après ce jour.",
            formulaire=ReceptionForm,
            initial={"le": timezone.localdate()},
        )

        def agir(le: Any) -> Suite:
            retenue = services.receptionner_les_travaux(facture, le=le, par=auteur_de(request))
            return Suite(
                f"La retenue de {en_euros(retenue.montant)} sera due le {court(retenue.echeance)}.",
                facture,
            )

        return self.decider(request, facture, decision, agir)

    @action(description="Prélèvement rejeté", permissions=ENCAISSER)
    def rejeter_prelevement(self, request: HttpRequest, object_id: str) -> HttpResponse:
        facture = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Noter le rejet du prélèvement",
            "Noter le rejet",
            "La facture se règle alors par virement, et peut de nouveau être relancée. "
            "Si un paiement était enregistré, annulez-le.",
            formulaire=MotifForm,
        )

        def agir(motif: str) -> Suite:
            services.rejeter_le_prelevement(facture, motif=motif, par=auteur_de(request))
            return Suite("Le rejet est noté : la facture peut être relancée.", facture)

        return self.decider(request, facture, decision, agir)

    @action(description="Litige", permissions=["facturation.add_litige"])
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
