"""The stored documents and their archive in the office's admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from unfold.decorators import action, display

from artjardin.api.requetes import auteur_de
from artjardin.storage import services
from artjardin.storage.coffres import coffre_des_documents
from artjardin.storage.models import Archive, Document
from facturation.admin.bases import Consultation, Decideur, Decision, Suite, colonne
from ops.archives import demander_une_verification

GENRES = {
    "facture": "Facture",
    "acquittee": "Facture acquittée",
    "devis": "Devis",
    "releve": "Relevé de compte",
    "releve_compte": "Relevé de compte",
    "balance": "Balance",
    "lettre_relance": "Lettre de relance",
    "decompte": "Décompte",
}
COULEURS = {
    "En préparation": "info",
    "Abandonné": "danger",
    "À archiver": "info",
    "Archivé": "success",
    "Archivé, à voir": "warning",
    "En défaut": "danger",
}


@admin.register(Document)
class DocumentAdmin(Consultation, Decideur):
    promis = colonne("cree_le", "Promis le")
    produit = colonne("produit_le", "Produit le")
    empreinte = colonne("sha256", "SHA-256")
    list_display = ["nom", "genre", "situation", "promis", "produit", "poids"]
    list_filter = ["type", "archive__etat", ("produit_le", admin.EmptyFieldListFilter)]
    search_fields = ["nom", "cle", "sha256"]
    date_hierarchy = "cree_le"
    list_select_related = ["archive"]
    fieldsets = [
        (None, {"fields": [
            ("nom", "genre"), ("situation", "poids"), ("promis", "produit"), "cle", "empreinte",
            ("essais", "erreur"),
        ]}),
        ("Archive", {"fields": [
            "lieu", ("archive_le", "verifie_le", "verrou"), ("objet", "constat"),
        ]}),
    ]  # fmt: skip
    readonly_fields = [
        "genre", "situation", "empreinte", "poids", "promis", "produit", "lieu", "archive_le",
        "verifie_le", "verrou", "objet", "constat",
    ]  # fmt: skip
    actions_detail = ["telecharger", "verifier", "reessayer"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Document]:
        return super().get_queryset(request).select_related("archive")

    @admin.display(description="Type", ordering="type")
    def genre(self, document: Document) -> str:
        return GENRES.get(document.type, document.type)

    @display(description="État", label=COULEURS)
    def situation(self, document: Document) -> str:
        if document.est_abandonne:
            return "Abandonné"
        if not document.est_produit:
            return "En préparation"
        archive = _archive(document)
        return archive.get_etat_display() + ", à voir" * (
            archive.est_faite and bool(archive.erreur)
        )

    @admin.display(description="Taille", ordering="taille")
    def poids(self, document: Document) -> str:
        return filesizeformat(document.taille) if document.est_produit else "–"

    @admin.display(description="Lieu")
    def lieu(self, document: Document) -> str:
        return coffre_des_documents().description

    @admin.display(description="Archivé le")
    def archive_le(self, document: Document) -> Any:
        return _archive(document).archive_le

    @admin.display(description="Vérifié le")
    def verifie_le(self, document: Document) -> Any:
        return _archive(document).verifie_le

    @admin.display(description="Verrouillé jusqu'au")
    def verrou(self, document: Document) -> Any:
        return _archive(document).verrouille_jusqu_au

    @admin.display(description="Objet")
    def objet(self, document: Document) -> str:
        archive = _archive(document)
        return " ".join(filter(None, [archive.cle, archive.version])) or "–"

    @admin.display(description="Dernier constat")
    def constat(self, document: Document) -> str:
        return _archive(document).erreur or "–"

    def possibles(self, objet: Any) -> set[str]:
        if objet.est_abandonne:
            return {"reessayer"}
        return {"telecharger", "verifier"} if objet.est_produit else {"telecharger"}

    @action(
        description="Télécharger",
        permissions=["storage.view_document"],
        attrs={"target": "_blank"},
        icon="download",
    )
    def telecharger(self, request: HttpRequest, object_id: str) -> HttpResponse:
        document: Any = self.objet_ou_404(request, object_id)
        return HttpResponseRedirect(reverse("archive-telecharger", args=[document.pk]))

    @action(description="Vérifier", permissions=["storage.change_archive"], icon="verified")
    def verifier(self, request: HttpRequest, object_id: str) -> HttpResponse:
        document = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Vérifier ce document",
            "Vérifier",
            "Ses deux copies sont relues et comparées à son empreinte ; une mauvaise copie est "
            "mise de côté et refaite depuis la bonne.",
        )

        def agir() -> Suite:
            demander_une_verification(document, par=auteur_de(request))
            return Suite("La vérification commence ; cette page dira ce qu'elle trouve.", document)

        return self.decider(request, document, decision, agir)

    @action(description="Réessayer", permissions=["storage.change_document"], icon="refresh")
    def reessayer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        document = self.objet_ou_404(request, object_id)
        decision = Decision(
            "Produire à nouveau ce document",
            "Réessayer",
            "Dix essais ont échoué. Une fois la cause levée, le document est repris à la "
            "prochaine minute, et les courriels qui l'attendent partent ensuite.",
        )

        def agir() -> Suite:
            services.reessayer(document, par=auteur_de(request))
            return Suite("Ce document sera repris dans la minute.", document)

        return self.decider(request, document, decision, agir)


def _archive(document: Document) -> Archive:
    """Its archive, or an empty one while there is none."""
    return getattr(document, "archive", None) or Archive(document=document)
