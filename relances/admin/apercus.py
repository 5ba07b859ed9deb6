"""The preview of today's run in the office's admin: who, level, amount, text; hold, release."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from artjardin.api.requetes import auteur_de
from artjardin.erreurs import ErreurMetier
from clients.models import Client
from facturation.models import Facture
from relances import services
from relances.admin import restauration
from relances.admin.registre import RelanceAdmin
from relances.calendrier import prochain_jour_ouvrable
from relances.models import Passage, Relance
from relances.plan import planifier
from relances.services.presentation import resumer

VOIR, DECIDER = "relances.view_relance", "relances.lancer_passage"


def apercu(request: HttpRequest) -> HttpResponse:
    """The plan of today (of the next working day) as the run would make it, and who is left out."""
    if not request.user.has_perm(VOIR):
        raise PermissionDenied
    jour = prochain_jour_ouvrable(timezone.localdate())
    contexte = admin.site.each_context(request) | {
        "title": f"Relances du {jour:%d/%m/%Y}",
        "aujourd_hui": jour == timezone.localdate(),
        "resume": resumer(planifier(au=jour), avec_textes=True),
        "passage": Passage.objects.avec_sorts().filter(jour=jour).first(),
        "reprise": restauration.en_cours(),
        "peut_decider": request.user.has_perm(DECIDER),
    }
    return TemplateResponse(request, "admin/apercu_relances.html", contexte)


@require_POST
def decider(request: HttpRequest, quoi: str, pk: int = 0) -> HttpResponse:
    """One click: `retenir` an invoice today, `liberer` a client's credit or (0) the bank."""
    if not request.user.has_perm(DECIDER):
        raise PermissionDenied
    par = auteur_de(request)
    try:
        if quoi == "retenir":
            facture = get_object_or_404(Facture.objects.emises(), pk=pk)
            services.retenir(facture, par=par)
            fait = f"{facture} ne sera pas relancée ce jour-là."
        elif quoi == "liberer":
            client = get_object_or_404(Client.objects, pk=pk) if pk else None
            services.liberer(client, par=par)
            fait = f"{client or 'La banque est à jour'} : les relances peuvent partir."
        else:
            raise Http404
    except ErreurMetier as refus:
        messages.error(request, refus.message)
    else:
        messages.success(request, fait)
    return HttpResponseRedirect(reverse("admin:relances_apercu"))


admin.site.unregister(Relance)


@admin.register(Relance)
class RelanceAvecApercu(RelanceAdmin):
    """The ledger, and the preview of today."""

    def get_urls(self) -> list[Any]:
        vue, clic = self.admin_site.admin_view(apercu), self.admin_site.admin_view(decider)
        lever = self.admin_site.admin_view(restauration.reprendre)
        return [
            path("apercu/", vue, name="relances_apercu"),
            path("apercu/restauration/", lever, name="relances_restauration"),
            path("apercu/<str:quoi>/<int:pk>/", clic, name="relances_decider"),
            *super().get_urls(),
        ]
