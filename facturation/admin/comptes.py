"""The accounts in the office's admin: balance by age, turnover, and each client's own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.decorators import action
from unfold.enums import ActionVariant

from clients.admin import ClientAdmin
from clients.models import Client
from facturation.admin.bases import Decideur, champ_date, euros
from facturation.admin.choix import ChampClient
from facturation.encours import encours_du_client

API = "/api/v1"
VOIR = "facturation.view_facture"
SORTIES = {"pdf", "csv", "json"}


class JourForm(forms.Form):
    au = champ_date(label="Au")


class PeriodeForm(forms.Form):
    du = champ_date(label="Du")
    au = champ_date(label="Au")


class ReleveForm(PeriodeForm):
    client = ChampClient()
    field_order = ["client", "du", "au"]


def comptes(request: HttpRequest) -> HttpResponse:
    """A page of dates and buttons; the accounts themselves are the API's."""
    if not request.user.has_perm(VOIR):
        raise PermissionDenied
    jour = timezone.localdate()
    annee, mois = jour.replace(month=1, day=1), jour.replace(day=1)
    demande = request.GET if "client" in request.GET else None
    releve = ReleveForm(demande, prefix=None, initial={"du": annee, "au": jour})
    if releve.is_valid():
        choisies = {c: releve.cleaned_data[c].isoformat() for c in ("du", "au")}
        return HttpResponseRedirect(
            adresse_du_releve(releve.cleaned_data["client"], request, **choisies)
        )
    contexte = admin.site.each_context(request) | {
        "title": "Comptes",
        "aujourd_hui": jour,
        "balance": JourForm(initial={"au": jour}, auto_id="balance_%s"),
        "chiffre": PeriodeForm(initial={"du": mois, "au": jour}, auto_id="chiffre_%s"),
        "releve": releve,
        "api": API,
    }
    return TemplateResponse(request, "admin/comptes.html", contexte)


def adresse_du_releve(client: Client, request: HttpRequest, **dates: str) -> str:
    sortie = request.GET.get("sortie", "pdf")
    parametres = {"sortie": sortie if sortie in SORTIES else "pdf", **dates}
    return f"{API}/clients/{client.pk}/releve/?{urlencode(parametres)}"


admin.site.unregister(Client)  # with the account of the client, which is not the app clients' own


@admin.register(Client)
class ClientAvecCompte(ClientAdmin, Decideur):
    """A client, and what this client owes for whoever may see it."""

    actions_detail = ["recevoir", "releve"]

    def get_urls(self) -> list[URLPattern]:
        vue = self.admin_site.admin_view(comptes)
        return [path("comptes/", vue, name="facturation_comptes"), *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        groupes = super().get_fieldsets(request, obj)
        if obj is None or not request.user.has_perm(VOIR):
            return groupes
        compte = ("Compte", {"fields": ["compte"]})
        return [groupes[0], compte, *groupes[1:]]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*super().get_readonly_fields(request, obj), "compte"]

    @admin.display(description="Aujourd'hui")
    def compte(self, client: Client) -> str:
        encours = {clef: Decimal(valeur) for clef, valeur in encours_du_client(client.pk).items()}
        retard, avances = encours["en_retard"], encours["avances"]
        parties = [f"{euros(encours['solde'])} à payer"]
        parties += [f"dont {euros(retard)} en retard"] if retard else []
        parties += [f"{euros(avances)} en crédit"] if avances else []
        return ", ".join(parties)

    @action(
        description="Recevoir un paiement",
        permissions=["facturation.encaisser_facture"],
        variant=ActionVariant.PRIMARY,
    )
    def recevoir(self, request: HttpRequest, object_id: str) -> HttpResponse:
        client = self.objet_ou_404(request, object_id)
        page = reverse("admin:facturation_paiement_add", query={"client": client.pk})
        return HttpResponseRedirect(page)

    @action(description="Relevé de compte", permissions=[VOIR], attrs={"target": "_blank"})
    def releve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        client = self.objet_ou_404(request, object_id)
        return HttpResponseRedirect(adresse_du_releve(client, request))
