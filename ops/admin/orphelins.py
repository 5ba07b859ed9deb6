"""What a restored backup forgot and the archive holds, in the office's admin."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action, display

from artjardin.api.requetes import auteur_de
from artjardin.storage.models import Orphelin
from artjardin.storage.orphelins import regler
from facturation.admin.bases import Consultation, Decideur, Decision, MotifForm, Suite, colonne
from facturation.services.numeros import clients_des_perdus

A_SAISIR = "À saisir à nouveau"


@admin.register(Orphelin)
class OrphelinAdmin(Consultation, Decideur):
    regle = colonne("regle_le", "Réglé le")
    archive = colonne("depose_le", "Archivé le")
    list_display = ["numero", "type", "client", "le", "situation"]
    list_filter = ["type", ("regle_le", admin.EmptyFieldListFilter)]
    search_fields = ["numero", "cle"]
    fields = [
        ("numero", "type"), ("client", "le"), "cle", "sha256", ("archive", "vu_le"),
        ("regle", "regle_par"), "motif",
    ]  # fmt: skip
    readonly_fields = ["client", "archive", "regle", "vu_le"]
    actions_detail = ["regler"]

    @display(description="État", label={A_SAISIR: "danger", "Réglé": "success"})
    def situation(self, orphelin: Orphelin) -> str:
        if orphelin.est_a_regler:
            return A_SAISIR
        return "Réglé" if orphelin.est_regle else "Pour mémoire"

    @display(description="Client")
    def client(self, orphelin: Orphelin) -> str:
        return getattr(orphelin, "a_qui", None) or clients_des_perdus([orphelin])[orphelin.pk]

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The names of a page in one query."""
        page = super().get_changelist_instance(request)
        noms = clients_des_perdus(page.result_list)
        for orphelin in page.result_list:
            orphelin.a_qui = noms[orphelin.pk]
        return page

    def possibles(self, objet: Any) -> set[str]:
        return {"regler"} if objet.est_a_regler else set()

    @action(description="Régler", permissions=["storage.change_orphelin"], icon="task_alt")
    def regler(self, request: HttpRequest, object_id: str) -> HttpResponse:
        orphelin = self.objet_ou_404(request, object_id)
        decision = Decision(
            f"Ne pas saisir à nouveau {orphelin.numero}",
            "Régler",
            "Ce numéro pourra être donné à un autre client ; le PDF d'avant reste dans l'archive.",
            MotifForm,
            grave=True,
        )

        def agir(motif: str) -> Suite:
            regle = regler(orphelin, motif=motif, par=auteur_de(request))
            return Suite(f"{regle.numero} est réglé.", regle)

        return self.decider(request, orphelin, decision, agir)
