"""Deletion as the admin shows it: to the trash, with what goes along, what stays, and a reason."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from unfold.decorators import action

from artjardin.api.requetes import auteur_de
from artjardin.erreurs import ErreurMetier
from artjardin.softdelete.models import Supprimable
from artjardin.softdelete.services import ce_qui_partirait, ce_qui_serait_perdu, supprimer
from clients.models import Client
from facturation.admin.bases import champ_texte, page_de
from ops.admin.corbeille import effacer
from ops.corbeille.entites import ENTITES, VOIR
from ops.corbeille.lectures import en_parts

BEAUCOUP = 100  # rows at once
EFFACER = "delete_selected"  # Django's own name of that action


class MotifForm(forms.Form):
    motif = champ_texte(
        required=False, max_length=300, help_text="Facultatif : il se lit dans la corbeille."
    )


class Jetable(admin.ModelAdmin):
    """The list and the page of something that goes to the trash."""

    actions_list: Any = ["voir_la_corbeille"]

    def get_actions(self, request: HttpRequest) -> Any:
        """One action to the trash instead of Django's deletion."""
        actions: Any = super().get_actions(request)
        if actions.pop(EFFACER, None) and self.has_delete_permission(request):
            actions[EFFACER] = (Jetable.jeter, EFFACER, "Mettre à la corbeille")
        return actions

    def jeter(self, request: HttpRequest, rangees: Any) -> HttpResponse | None:
        """Ask once for all that is ticked, then all of them or none."""
        objets = list(rangees.order_by("pk")[: BEAUCOUP + 1])
        if len(objets) > BEAUCOUP:
            messages.error(request, f"{BEAUCOUP} éléments au plus à la fois.")
            return None
        fait = self._jeter(request, objets) if "post" in request.POST else None
        retour = request.get_full_path()
        return fait or self._demander(request, objets, retour=retour, action_name=EFFACER)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        objet = self.get_object(request, unquote(object_id))
        if objet is None:
            raise Http404
        if not self.has_delete_permission(request, objet):
            raise PermissionDenied
        fait = self._jeter(request, [objet]) if request.method == "POST" else None
        return fait or self._demander(request, [objet], retour=page_de(objet))

    def _jeter(self, request: HttpRequest, objets: list[Supprimable]) -> HttpResponse | None:
        motif, renoncer = request.POST.get("motif", ""), "renoncer" in request.POST
        try:
            with transaction.atomic():
                for objet in objets:
                    supprimer(objet, par=auteur_de(request), motif=motif, renoncer=renoncer)
        except ErreurMetier as refus:
            messages.error(request, refus.message)
            return None
        messages.success(request, f"Mis à la corbeille : {', '.join(map(str, objets[:5]))}.")
        nom = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        return HttpResponseRedirect(reverse(nom))

    def _demander(
        self, request: HttpRequest, objets: list[Supprimable], *, retour: str, action_name: str = ""
    ) -> HttpResponse:
        sorts = []
        for objet in objets:
            lignes, refus = ce_qui_partirait(objet)
            pertes = ce_qui_serait_perdu(lignes)
            parts = en_parts(lignes)
            sorts.append({"objet": objet, "parts": parts, "refus": refus, "pertes": pertes})
        contexte = self.admin_site.each_context(request) | {
            "title": "Mettre à la corbeille",
            "opts": self.opts,
            "sorts": sorts,
            "possible": not any(sort["refus"] for sort in sorts),
            "pertes": any(sort["pertes"] for sort in sorts),
            "form": MotifForm(),
            "retour": retour,
            "action_name": action_name,
        }
        return TemplateResponse(request, "admin/corbeille/jeter.html", contexte)

    @action(description="Corbeille", icon="delete", permissions=["delete"])
    def voir_la_corbeille(self, request: HttpRequest) -> HttpResponse:
        entite = next(nom for nom, modele in ENTITES.items() if modele is self.model)
        return HttpResponseRedirect(reverse("corbeille-liste", args=[entite]))


class Effacable(Jetable):
    """A person, who may ask to be erased."""

    @action(description="Effacer la personne (RGPD)", permissions=[VOIR])
    def effacer_la_personne(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return effacer(request, int(unquote(object_id)))


def ouvrir_la_corbeille() -> None:
    """Give the five lists of the office this way to the trash, whatever their pages are."""
    for modele in ENTITES.values():
        page: Any = type(admin.site.get_model_admin(modele))
        admin.site.unregister(modele)
        ajoute, base = {}, Jetable
        if modele is Client:
            ajoute, base = (
                {"actions_detail": [*page.actions_detail, "effacer_la_personne"]},
                Effacable,
            )
        admin.site.register(modele, type(page.__name__, (base, page), ajoute))
