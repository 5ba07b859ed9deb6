"""The click that lets reminders go after a restored backup, with the days whose run had left."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from artjardin.api.requetes import auteur_de
from artjardin.erreurs import ErreurMetier
from artjardin.outbox.models import Restauration
from artjardin.storage.models import Orphelin
from facturation.services.numeros import clients_des_perdus
from relances import services

DECIDER = "relances.lancer_passage"


def en_cours() -> dict[str, Any] | None:
    """What the preview says of a restoration that nobody has lifted; None when there is none.

    `lignes`: what the first of the days would write; the next ones depend on it.
    """
    ouverte = Restauration.objects.ouvertes().order_by("pk").last()
    if ouverte is None:
        return None
    jours = services.jours_en_doute()
    lignes = len(services.plan_perdu(jours[0]).lignes) if jours else 0
    perdus = list(Orphelin.objects.a_regler())
    noms = clients_des_perdus(perdus)
    perdus_de = [(perdu, noms[perdu.pk]) for perdu in perdus]
    return {"restauration": ouverte, "jours": jours, "lignes": lignes, "perdus": perdus_de}


@require_POST
def reprendre(request: HttpRequest) -> HttpResponse:
    """Write down the ticked days, then let reminders go."""
    if not request.user.has_perm(DECIDER):
        raise PermissionDenied
    permis = {f"{jour:%Y-%m-%d}": jour for jour in services.jours_en_doute()}
    faites: list[date] = [permis[j] for j in request.POST.getlist("faites") if j in permis]
    try:
        lignes = services.reprendre_apres_restauration(faites=faites, par=auteur_de(request))
    except ErreurMetier as refus:
        messages.error(request, refus.message)
    else:
        fait = f"{lignes} relance{'s inscrites' if lignes > 1 else ' inscrite'}."
        messages.success(request, f"{fait} Les relances peuvent partir.")
    return HttpResponseRedirect(reverse("admin:relances_apercu"))
