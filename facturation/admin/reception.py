"""Receiving a payment: from whom, how much, then shared over what this client owes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.admin import ModelAdmin

from artjardin.api.requetes import auteur_de
from artjardin.argent import ZERO, en_euros
from artjardin.erreurs import ErreurMetier
from clients.admin import porter_le_refus
from facturation import services
from facturation.admin.bases import (
    Decision,
    champ_choix,
    champ_date,
    champ_montant,
    champ_texte,
    page_de,
)
from facturation.admin.choix import ChampClient
from facturation.admin.formulaires import MODES
from facturation.models import Facture, Paiement

REPARTIR = "Répartir sur les factures"
ENREGISTRER = "Enregistrer le paiement"
PARTS = "part_"


class ReceptionForm(forms.Form):
    """The money, and one amount by open invoice of the client once it is known."""

    client = ChampClient()
    montant = champ_montant(label="Montant reçu (€)", min_value=Decimal("0.01"))
    mode = champ_choix(MODES, label="Mode")
    le = champ_date(label="Reçu le")
    reference = champ_texte(
        label="Référence",
        max_length=140,
        required=False,
        help_text="Numéro du chèque, libellé du virement…",
    )

    def __init__(self, *args: Any, dues: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dues = dues
        for facture in dues:
            champ = champ_montant(label=str(facture), required=False, min_value=ZERO)
            champ.widget.attrs["style"] = "width: 8rem"
            self.fields[f"{PARTS}{facture.pk}"] = champ

    def argent(self) -> list[forms.BoundField]:
        return [self[champ] for champ in ("client", "montant", "mode", "le", "reference")]

    def factures(self) -> list[tuple[Any, forms.BoundField]]:
        return [(facture, self[f"{PARTS}{facture.pk}"]) for facture in self.dues]

    @property
    def parts(self) -> list[tuple[Facture, Decimal]]:
        saisies = ((une, self.cleaned_data.get(f"{PARTS}{une.pk}")) for une in self.dues)
        return [(facture, part) for facture, part in saisies if part]

    def clean(self) -> dict[str, Any]:
        champs = super().clean() or self.cleaned_data
        trop = sum((part for _, part in self.parts), ZERO) > champs.get("montant", ZERO)
        if trop and "montant" not in self.errors:
            self.add_error(None, "Le total réparti dépasse le montant reçu.")
        return champs


def recevoir(page: ModelAdmin, request: HttpRequest) -> HttpResponse:
    """First the money, then a suggestion to correct, then the payment."""
    if request.method != "POST":
        initial = {"client": request.GET.get("client"), "le": timezone.localdate()}
        return _montrer(page, request, ReceptionForm(initial=initial, dues=[]))
    dues = dues_par(request.POST.get("client", ""))
    meme_client = request.POST.get("reparti_pour") == request.POST.get("client")
    if request.POST.get("etape") != ENREGISTRER or not meme_client:
        return _proposer(page, request, dues)
    form = ReceptionForm(request.POST, dues=dues)
    if form.is_valid():
        try:
            paiement = _enregistrer(request, form)
        except ErreurMetier as erreur:
            porter_le_refus(form, erreur)
        else:
            return HttpResponseRedirect(page_de(paiement))
    return _montrer(page, request, form, repartie=True)


@transaction.atomic
def _enregistrer(request: HttpRequest, form: ReceptionForm) -> Paiement:
    champs = {c: form.cleaned_data[c] for c in ("montant", "mode", "le", "reference")}
    paiement = services.recevoir_paiement(
        form.cleaned_data["client"], parts=form.parts, par=auteur_de(request), **champs
    )
    garde = paiement.montant - sum((part for _, part in form.parts), ZERO)
    credit = f", dont {en_euros(garde)} gardés en crédit" if garde else ""
    messages.success(request, f"Paiement de {en_euros(paiement.montant)} enregistré{credit}.")
    return paiement


def _proposer(page: ModelAdmin, request: HttpRequest, dues: list[Any]) -> HttpResponse:
    """Check the money alone, then suggest how to share it."""
    essai = ReceptionForm(request.POST, dues=[])
    if not essai.is_valid():
        return _montrer(page, request, essai)
    parts = suggestion(essai.cleaned_data["montant"], dues)
    saisie = request.POST.dict() | {f"{PARTS}{pk}": f"{part}" for pk, part in parts.items()}
    form = ReceptionForm(saisie, dues=dues)
    return _montrer(page, request, form, repartie=True)


def dues_par(client: str) -> list[Any]:
    """The open invoices of a client, the earliest due date first."""
    if not client.isdigit():
        return []
    return list(Facture.objects.ouvertes().filter(client=client).order_by("echeance", "pk"))


def suggestion(montant: Decimal, dues: list[Any]) -> Mapping[int, Decimal | str]:
    """An amount of euros over these invoices in their order, by id; empty past it."""
    parts: dict[int, Decimal | str] = {}
    for facture in dues:
        part = min(montant, facture.solde)
        parts[facture.pk] = part or ""
        montant -= part
    return parts


def _montrer(
    page: ModelAdmin, request: HttpRequest, form: ReceptionForm, *, repartie: bool = False
) -> HttpResponse:
    decision = Decision("Recevoir un paiement", ENREGISTRER if repartie else REPARTIR)
    contexte = admin.site.each_context(request) | {
        "title": decision.titre,
        "decision": decision,
        "form": form,
        "repartie": repartie,
        "repartir": REPARTIR,
        "retour": reverse("admin:facturation_paiement_changelist"),
        "opts": page.opts,
    }
    return TemplateResponse(request, "admin/paiement.html", contexte)
