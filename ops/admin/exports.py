"""Exports in the office's admin: asked for on a small page, followed, downloaded."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from artjardin.accounts import exigence
from artjardin.api.requetes import auteur_de
from clients.admin import RefusSurLeFormulaire
from clients.models import Client
from facturation.admin.bases import (
    Consultation,
    Decideur,
    Decision,
    Suite,
    champ_coche,
    champ_date,
    colonne,
    euros,
)
from ops.exports import services
from ops.models import CompteComptable, Export
from ops.tasks import lancer_l_export
from ops.vues_exports import permis_a
from relances.admin.decisions import ClientRelance

TOUT, VENTES = "ops.exporter_tout", "ops.exporter_ventes"
SUIVI = "5"  # seconds between two looks at an export being made
COULEURS = {
    "Demandé": "info",
    "En cours": "info",
    "Interrompu, sera repris": "warning",
    "Prêt": "success",
    "Prêt, incomplet": "warning",
    "Échec": "danger",
}
DEMANDE = "L'export est demandé : cette page dira où il en est."


class PeriodeForm(forms.Form):
    du = champ_date(label="Du")
    au = champ_date(label="Au")
    paiements = champ_coche(
        label="Avec les encaissements", help_text="Journaux de banque et de caisse."
    )
    reprises = champ_coche(
        label="Avec les factures reprises de l'ancien logiciel",
        help_text="Sa comptabilité les contient sans doute déjà.",
    )


@admin.register(Export)
class ExportAdmin(Consultation, Decideur):
    demande = colonne("demande_le", "Demandé le")
    commence = colonne("commence_le", "Commencé le")
    fini = colonne("fini_le", "Fini le")
    garde = colonne("expire_le", "Gardé jusqu'au")
    list_display = ["demande", "genre", "situation", "avance", "poids", "demandeur_nom", "garde"]
    list_display_links = ["demande", "genre"]
    list_filter = ["genre", "etat"]
    date_hierarchy = "demande_le"
    fields = [
        ("genre", "situation", "avance"), ("demandeur_nom", "demande"), "precisions",
        ("commence", "fini", "garde"), ("nom", "poids"), "empreinte", "contenu", "manques",
        "erreur",
    ]  # fmt: skip
    readonly_fields = [
        "situation", "avance", "demande", "precisions", "commence", "fini", "garde", "poids",
        "empreinte", "contenu", "manques",
    ]  # fmt: skip
    actions_list = ["tout_exporter", "journal_des_ventes"]
    actions_detail = ["telecharger"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(genre__in=permis_a(request.user))

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """An export of a kind that this person may not ask for is not there."""
        export = super().get_object(request, object_id, from_field)
        if export is None:
            raise Http404 if self.has_view_permission(request) else PermissionDenied
        return export

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, obj: Any = None, **options: Any
    ) -> HttpResponse:
        """The page looks again by itself while the export is being made."""
        reponse = super().render_change_form(request, context, *args, obj=obj, **options)
        if obj and obj.etat in Export.EN_ROUTE:
            reponse.headers["Refresh"] = SUIVI
        return reponse

    @display(description="État", label=COULEURS)
    def situation(self, export: Export) -> str:
        return export.get_etat_display()

    @admin.display(description="Avancement")
    def avance(self, export: Export) -> str:
        return f"{export.progression} % {export.etape}".strip()

    @admin.display(description="Taille", ordering="taille")
    def poids(self, export: Export) -> str:
        return filesizeformat(export.taille) if export.taille else "–"

    @admin.display(description="SHA-256")
    def empreinte(self, export: Export) -> SafeString | str:
        """On as many lines as a narrow screen needs."""
        return format_html('<span style="overflow-wrap: anywhere">{}</span>', export.sha256 or "–")

    @admin.display(description="Précisions")
    def precisions(self, export: Export) -> str:
        if export.genre == Export.Genre.PERSONNE:
            client = Client.tous.filter(pk=export.client_ref or 0).first()
            return str(client or "client effacé")
        return _periode(export.parametres) if export.parametres else "–"

    @admin.display(description="Contenu")
    def contenu(self, export: Export) -> str:
        noms = {
            "lignes": "lignes", "tables": "tables", "clients": "clients", "courriels": "courriels",
            "documents": "documents", "ecritures": "écritures",
        }  # fmt: skip
        dits = [f"{export.bilan[clef]} {nom}" for clef, nom in noms.items() if clef in export.bilan]
        if "debit" in export.bilan:
            dits.append(f"{euros(Decimal(export.bilan['debit']))} au débit comme au crédit")
        return ", ".join(dits) or "–"

    @admin.display(description="Ce qui manque, ou se reclasse")
    def manques(self, export: Export) -> SafeString | str:
        manquants = export.bilan.get("manquants", [])
        lignes = [(manquant["fichier"], manquant["raison"]) for manquant in manquants]
        if (tous := export.bilan.get("manquants_en_tout", 0)) > len(manquants):
            lignes.append((f"{tous} en tout", "tous sont dans manifest.json"))
        lignes += _laisses(export.bilan.get("laisses_de_cote", {}))
        lignes += [("À reclasser", dit) for dit in export.bilan.get("a_reclasser", [])]
        rien = "Rien." if export.sha256 else "–"
        return format_html_join("", "<div>{} : {}</div>", lignes) or rien

    def possibles(self, objet: Any) -> set[str]:
        return set() if objet.sans_fichier else {"telecharger"}

    @action(
        description="Télécharger",
        permissions=["ops.view_export"],
        variant=ActionVariant.PRIMARY,
        icon="download",
    )
    def telecharger(self, request: HttpRequest, object_id: str) -> HttpResponse:
        export = self.objet_ou_404(request, object_id)
        if export.genre != Export.Genre.VENTES:
            exigence.exiger_un_code_frais(request)
        return HttpResponseRedirect(reverse("export-telecharger", args=[export.pk]))

    @action(description="Tout exporter", permissions=[TOUT], icon="download")
    def tout_exporter(self, request: HttpRequest) -> HttpResponse:
        exigence.exiger_un_code_frais(request)
        decision = Decision(
            "Tout exporter",
            "Exporter",
            "Toutes les tables, la fiche complète de chaque client et tous les PDF, dans un "
            "fichier ZIP. Il se prépare pendant que vous travaillez, et reste 24 heures à "
            "télécharger.",
        )

        def agir() -> Suite:
            return _lancer(services.exporter_tout(par=auteur_de(request)))

        return self.decider(request, Export(), decision, agir)

    @action(description="Journal des ventes", permissions=[VENTES], icon="receipt_long")
    def journal_des_ventes(self, request: HttpRequest) -> HttpResponse:
        jour = timezone.localdate()
        decision = Decision(
            "Journal des ventes",
            "Exporter",
            "Pour l'expert-comptable : les écritures des factures et avoirs émis, aux 18 colonnes "
            "du fichier des écritures comptables. Ce n'est pas ce fichier, qui contient toute "
            "la comptabilité.",
            formulaire=PeriodeForm,
            initial={"du": jour.replace(month=1, day=1), "au": jour},
        )

        def agir(**choix: Any) -> Suite:
            return _lancer(services.exporter_les_ventes(par=auteur_de(request), **choix))

        return self.decider(request, Export(), decision, agir)


def _lancer(export: Export) -> Suite:
    lancer_l_export(export)
    return Suite(DEMANDE, export)


def _periode(parametres: dict[str, Any]) -> str:
    du, au = (date.fromisoformat(parametres[clef]) for clef in ("du", "au"))
    avec = {"paiements": "avec les encaissements", "reprises": "avec les factures reprises"}
    textes = [f"Du {du:%d/%m/%Y} au {au:%d/%m/%Y}"]
    return ", ".join([*textes, *(nom for clef, nom in avec.items() if parametres.get(clef))])


def _laisses(laisses: dict[str, Any]) -> list[tuple[str, str]]:
    """What a sales journal leaves aside, by number; nothing for what it holds."""
    lignes = []
    if nombre := laisses.get("factures_reprises"):
        total = euros(Decimal(laisses["factures_reprises_ttc"]))
        lignes.append(("Factures reprises de l'ancien logiciel", f"{nombre}, {total} TTC"))
    if sans := laisses.get("pieces_sans_montant"):
        lignes.append(("Pièces à zéro, sans écriture", ", ".join(sans)))
    if recus := laisses.get("paiements_avant_reprise"):
        lignes.append(("Règlements d'avant la reprise", str(recus)))
    return lignes


admin.site.unregister(Client)  # with the export of a person, which the lower apps do not know


@admin.register(Client)
class ClientExportable(ClientRelance):
    """A client, and the export of what is held about this person."""

    actions_detail: Any = [*ClientRelance.actions_detail, "donnees_personnelles"]

    @action(description="Exporter ses données (RGPD)", permissions=[TOUT])
    def donnees_personnelles(self, request: HttpRequest, object_id: str) -> HttpResponse:
        client = self.objet_ou_404(request, object_id)
        exigence.exiger_un_code_frais(request)
        decision = Decision(
            "Exporter les données de ce client",
            "Exporter",
            "Tout ce qui est tenu sur ce client, lisible et réutilisable, avec ses PDF et ses "
            "courriels, pour le lui remettre (RGPD, articles 15 et 20). Vérifiez d'abord que "
            "c'est bien lui qui le demande.",
        )

        def agir() -> Suite:
            return _lancer(services.exporter_la_personne(client, par=auteur_de(request)))

        return self.decider(request, client, decision, agir)


@admin.register(CompteComptable)
class CompteComptableAdmin(RefusSurLeFormulaire):
    """The accounts of the sales journal: the accountant's numbers."""

    list_display = ["usage", "numero", "libelle"]
    fields = ["usage", "numero", "libelle"]
    readonly_fields = ["usage"]
    list_per_page = 50

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        if form.changed_data:
            services.modifier_un_compte(obj, par=auteur_de(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
