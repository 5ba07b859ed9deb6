"""The firm and the texts of its documents in the office's admin."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminColorInputWidget,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminTextareaWidget,
)

from artjardin.api.requetes import auteur_de
from artjardin.erreurs import ErreurMetier
from clients.admin import RefusSurLeFormulaire
from clients.models import Client
from facturation import mentions, services
from facturation.admin.bases import champ_coche, page_de
from facturation.admin.graves import ChampsGraves
from facturation.contenu import DECHETS, contenu_facture
from facturation.facturx.conformite import manques
from facturation.models import Entreprise, Facture, Logo, Mention, Prestation
from facturation.montants import Totaux
from facturation.services.emission import NUMERO_A_VENIR

LONGS = ["assurance", "mediateur", *(f"dechets_{nom}" for nom in DECHETS)]
LOGO = {"nouveau_logo", "retirer_le_logo"}


class EntrepriseForm(forms.ModelForm):
    nouveau_logo = forms.FileField(
        label="Nouveau logo",
        required=False,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": "image/png,image/jpeg"}),
        help_text="Image PNG ou JPEG, de 300 ko au plus.",
    )
    retirer_le_logo = champ_coche(label="Retirer le logo")

    class Meta:
        widgets = {
            "couleur": UnfoldAdminColorInputWidget,
            **{champ: UnfoldAdminTextareaWidget(attrs={"rows": 2}) for champ in LONGS},
        }


@admin.register(Entreprise)
class EntrepriseAdmin(ChampsGraves):
    """One row, so one page; where clients pay changes after a fresh code."""

    champs_graves = frozenset({"iban", "bic"})
    acte = "l'IBAN et le BIC"
    form = EntrepriseForm
    change_form_before_template = "admin/manques.html"
    readonly_fields = ["logo_actuel"]
    fieldsets = [
        ("Identité", {"fields": [("nom", "forme"), "adresse", ("code_postal", "ville")]}),
        ("Immatriculation", {"fields": [("siret", "rcs")]}),
        ("Régime de TVA", {"fields": ["tva_intracom", "franchise", "tva_debits"]}),
        ("Coordonnées", {"fields": [("telephone", "email")]}),
        ("Banque", {"fields": [("iban", "bic"), "ics"]}),
        ("Assurance décennale", {"fields": ["assurance"]}),
        ("Consommateurs", {"fields": ["mediateur", "syndic_consommateur"]}),
        ("Services à la personne", {"fields": ["sap"]}),
        (
            "Déchets (repris sur les devis)",
            {
                "fields": [
                    ("dechets_quantite", "dechets_tri"),
                    ("dechets_collecte", "dechets_cout"),
                ]
            },
        ),
        (
            "Apparence des documents",
            {"fields": ["logo_actuel", "nouveau_logo", "retirer_le_logo", "couleur"]},
        ),
        (
            "Séries des numéros",
            {
                "fields": [
                    ("prefixe_facture", "prefixe_avoir"),
                    ("prefixe_devis", "prefixe_encaissement"),
                ],
                "description": "Un nouveau préfixe commence une nouvelle série, au numéro 1, "
                "à partir de la date du dernier document.",
            },
        ),
    ]  # fmt: skip

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)
        return HttpResponseRedirect(page_de(Entreprise.la_notre()))

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kw: Any) -> Any:
        context["manques"] = manques_de(Entreprise.la_notre())
        return super().render_change_form(request, context, *args, **kw)

    def champs_refuses(self, refus: ErreurMetier) -> Mapping[str, Sequence[str]]:
        """The service speaks of the logo; the form asks for a new one."""
        noms = {"logo": "nouveau_logo"}
        return {noms.get(champ, champ): textes for champ, textes in refus.champs.items()}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        par = auteur_de(request)
        champs = {c: form.cleaned_data[c] for c in form.changed_data if c not in LOGO}
        if champs:
            services.modifier_entreprise(par=par, **champs)
        nouveau: UploadedFile | None = form.cleaned_data.get("nouveau_logo")
        if nouveau is not None:
            services.changer_le_logo(nouveau.read(), par=par)
        elif form.cleaned_data.get("retirer_le_logo"):
            services.changer_le_logo(None, par=par)

    @display(description="Logo actuel")
    def logo_actuel(self, entreprise: Entreprise) -> str:
        if entreprise.logo_id is None:
            return "Aucun"
        source = Logo.uri(entreprise.logo_id)
        return format_html('<img src="{}" alt="Logo" style="max-height: 5rem">', source)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def manques_de(firme: Entreprise) -> dict[str, list[str]]:
    """What the firm must fill in, by what it prevents: asked of the rules that issuing asks."""
    facture = Facture(
        numero=NUMERO_A_VENIR, emetteur=firme.instantane(), destinataire=Client().instantane()
    )
    contenu = contenu_facture(facture, lignes=[], tva=[], totaux=Totaux(()))
    actives = Prestation.objects.filter(active=True)
    drapeaux = mentions.Drapeaux(
        decennale=actives.filter(decennale=True).exists(), sap=actives.filter(sap=True).exists()
    )
    trouves = [*mentions.absences(contenu, drapeaux, consommateur=True), *manques(contenu)]
    emission = [texte for _, champ, texte in trouves if champ.startswith("entreprise.")]
    dechets = {"dechets": {nom: getattr(firme, f"dechets_{nom}") for nom in DECHETS}}
    devis = [m.message for m in mentions.dechets_absents(dechets, sans_dechets=False)]
    listes = {"Il manque pour émettre :": emission, "Il manque pour finaliser un devis :": devis}
    return {titre: list(dict.fromkeys(textes)) for titre, textes in listes.items() if textes}


@admin.register(Mention)
class MentionAdmin(RefusSurLeFormulaire):
    """The texts that the law, or the firm, puts on documents; the law decides which ones."""

    list_display = ["intitule", "debut", "active"]
    fields = ["intitule", "texte", "active"]
    readonly_fields = ["intitule"]
    list_per_page = 50

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        if db_field.name == "texte":
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 8})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @display(description="Texte")
    def debut(self, mention: Mention) -> str:
        return textwrap.shorten(mention.texte, 120, placeholder="…")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        if form.changed_data:
            services.enregistrer_mention(obj, par=auteur_de(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
