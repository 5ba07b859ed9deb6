"""Runs and ledger of the reminders in the office's admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from unfold.decorators import display

from artjardin.api.requetes import auteur_de
from artjardin.erreurs import ErreurMetier
from facturation.admin.bases import Consultation, colonne, euros, lien, sur_une_ligne
from relances import services
from relances.models import Passage, Relance
from relances.regles import MOTIFS


def sort(annotation: str, titre: str) -> Any:
    """A count of what became of a run, as a column."""

    @admin.display(description=titre)
    def montrer(_page: Any, passage: Any) -> str:
        return str(getattr(passage, annotation))

    return montrer


@admin.register(Passage)
class PassageAdmin(Consultation):
    le = colonne("jour", "Jour")
    par = colonne("lance_par", "Lancé par")
    commence = colonne("debut", "Début")
    fini = colonne("fin", "Fin")
    promises = colonne("prevues", "Factures à relancer")
    faites = colonne("relancees", "Par courriel")
    postales = colonne("lettres", "Par lettre")
    gardees = colonne("retenues", "Retenues")
    rates = colonne("echecs", "Clients en échec")
    parties = sort("envoyees", "Parties")
    otees = sort("annulees", "Annulées")
    tombees = sort("en_echec", "Non remises")
    attendent = sort("en_attente", "En attente")
    list_display = [
        "le", "par", "faites", "parties", "otees", "tombees", "postales", "gardees", "rates",
        "fini",
    ]  # fmt: skip
    date_hierarchy = "jour"
    readonly_fields = [
        "le", "par", "commence", "fini", "promises", "faites", "postales", "gardees", "rates",
        "parties", "otees", "tombees", "attendent", "mises_de_cote", "fautes",
    ]  # fmt: skip
    fields = [
        ("le", "par"), ("commence", "fini"), ("promises", "faites", "gardees"),
        ("courriels", "postales", "rates"), ("parties", "attendent", "otees", "tombees"),
        "mises_de_cote", "fautes",
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).avec_sorts()

    @admin.display(description="Clients non relancés")
    def fautes(self, passage: Passage) -> str:
        return " ; ".join(f"client {e['client']} : {e['erreur']}" for e in passage.erreurs) or "–"

    @admin.display(description="Écartées")
    def mises_de_cote(self, passage: Passage) -> str:
        return " ".join(
            f"{MOTIFS.get(motif, motif)} ({nombre})" for motif, nombre in passage.ecartees.items()
        )


class APoster(admin.SimpleListFilter):
    title = "lettres"
    parameter_name = "lettres"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("a-poster", "À poster"), ("postees", "Postées")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "a-poster":
            return queryset.a_poster()
        return queryset.exclude(postee_le=None) if self.value() else queryset


@admin.register(Relance)
class RelanceAdmin(Consultation):
    le = colonne("jour", "Jour")
    postage = colonne("postee_le", "Postée le")
    retrait = colonne("annulee_le", "Annulée le")
    list_display = ["le", "vers", "client", "niveau", "retard", "montant", "canal", "etat"]
    list_display_links = ["le"]
    list_filter = ["canal", APoster, "niveau"]
    list_select_related = ["facture__client", "niveau", "courriel", "lettre"]
    search_fields = ["facture__numero", "facture__client__nom_tri", "facture__client__code"]
    date_hierarchy = "jour"
    fields = [
        ("passage", "le"), ("vers", "client"), ("niveau", "canal"), ("montant", "retard"),
        ("le_courriel", "la_lettre"), "postage", ("retrait", "annulation"),
    ]  # fmt: skip
    readonly_fields = [
        "le", "vers", "client", "montant", "le_courriel", "la_lettre", "postage", "retrait",
    ]  # fmt: skip
    actions = ["marquer_postee"]

    @admin.display(description="Facture")
    def vers(self, relance: Relance) -> str:
        return lien(relance.facture, sur_une_ligne(relance.facture.numero))

    @admin.display(description="Client")
    def client(self, relance: Relance) -> str:
        return lien(relance.facture.client)

    @admin.display(description="Solde relancé", ordering="solde")
    def montant(self, relance: Relance) -> str:
        return euros(relance.solde)

    @admin.display(description="Courriel")
    def le_courriel(self, relance: Relance) -> str:
        return lien(relance.courriel)

    @admin.display(description="Lettre")
    def la_lettre(self, relance: Relance) -> str:
        return lien(relance.lettre)

    @display(
        description="État",
        label={"À poster": "warning", "Postée": "success", "Envoyé": "success", "Échec": "danger"},
    )
    def etat(self, relance: Relance) -> str:
        if relance.annulee_le:
            return "Annulée"
        if relance.courriel:
            return relance.courriel.get_statut_display()
        return "Postée" if relance.postee_le else "À poster"

    def has_poster_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("relances.lancer_passage")

    @admin.action(description="Marquer postée", permissions=["poster"])
    def marquer_postee(self, request: HttpRequest, queryset: Any) -> None:
        for relance in queryset:
            try:
                services.marquer_postee(relance, par=auteur_de(request))
            except ErreurMetier as refus:
                self.message_user(request, f"{relance} : {refus.message}", messages.ERROR)
            else:
                self.message_user(request, f"{relance} : postée.", messages.SUCCESS)
