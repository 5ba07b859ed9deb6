"""« À poster » in the office's admin: print, mark as posted, note receipts; recovery files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_POST

from artjardin.api.requetes import auteur_de
from artjardin.erreurs import ErreurMetier, Invalide
from clients.models import Client
from relances import services
from relances.admin.apercus import DECIDER, VOIR, RelanceAvecApercu
from relances.dossier import constituer
from relances.models import Relance, Ton

NUMERO = 40  # characters of a registered number


def a_poster(request: HttpRequest) -> HttpResponse:
    """The letters of the day, and the registered ones whose receipt is awaited."""
    if not request.user.has_perm(VOIR):
        raise PermissionDenied
    return _page(request, {}, le=f"{timezone.localdate()}")


def _page(request: HttpRequest, suivi: Mapping[int, str], *, le: str) -> HttpResponse:
    """The page, with the registered numbers and the day that were typed."""
    lettres = services.lettres_du_jour()
    contexte = admin.site.each_context(request) | {
        "title": "Lettres à poster",
        "lettres": [(lettre, suivi.get(lettre.document.pk, "")) for lettre in lettres],
        "le": le,
        "attendues": _sans_accuse(),
        "peut_decider": request.user.has_perm(DECIDER),
    }
    return TemplateResponse(request, "admin/a_poster.html", contexte)


@require_POST
def postees(request: HttpRequest) -> HttpResponse:
    """Mark the letters of the page as posted, all or none. Refused, what was typed is shown again:
    one disputed letter does not cost the numbers of the others."""
    _exiger(request)
    lettres = [int(pk) for pk in request.POST.getlist("lettre") if pk.isdecimal()]
    suivi = {pk: request.POST.get(f"suivi.{pk}", "").strip()[:NUMERO] for pk in lettres}
    le = request.POST.get("le") or f"{timezone.localdate()}"
    try:
        faites = services.marquer_postees(
            lettres, suivi=suivi, le=_jour(le), par=auteur_de(request)
        )
    except ErreurMetier as refus:
        messages.error(request, refus.message)
        return _page(request, suivi, le=le)
    messages.success(request, f"Lettres marquées postées : {len(set(lettres))}.")
    messages.info(request, f"Factures concernées : {len(faites)}.")
    return HttpResponseRedirect(reverse("admin:relances_a_poster"))


@require_POST
def recue(request: HttpRequest, pk: int) -> HttpResponse:
    """Note the day a registered letter was received, and its number."""
    _exiger(request)
    relance = get_object_or_404(Relance, pk=pk)
    try:
        le = _jour(request.POST.get("le", ""))
        suivi = request.POST.get("suivi", "").strip()[:NUMERO]
        services.noter_la_reception(relance, le=le, suivi=suivi, par=auteur_de(request))
    except ErreurMetier as refus:
        messages.error(request, refus.message)
    else:
        messages.success(request, f"{relance} : reçue le {le:%d/%m/%Y}.")
    return HttpResponseRedirect(reverse("admin:relances_a_poster"))


@require_POST
def dossier(request: HttpRequest, pk: int) -> HttpResponse | FileResponse:
    """The recovery file of a client."""
    _exiger(request)
    client = get_object_or_404(Client.tous, pk=pk)
    try:
        fait = constituer(client, par=auteur_de(request))
    except ErreurMetier as refus:
        messages.error(request, refus.message)
        return HttpResponseRedirect(reverse("admin:relances_relance_changelist"))
    return FileResponse(fait.fichier, as_attachment=True, filename=fait.nom)


def _sans_accuse() -> list[Relance]:
    """Formal notices posted, one row a letter, whose receipt nobody noted."""
    demeures = Relance.objects.valables().filter(
        niveau__ton=Ton.MISE_EN_DEMEURE,
        postee_le__isnull=False,
        lettre__isnull=False,
        recue_le=None,
    )
    derniers = demeures.select_related("facture__client", "niveau").order_by("-postee_le", "pk")
    par_lettre: dict[int | None, Relance] = {}
    for relance in derniers[:200]:
        par_lettre.setdefault(relance.lettre_id, relance)
    return list(par_lettre.values())


def _exiger(request: HttpRequest) -> None:
    if not request.user.has_perm(DECIDER):
        raise PermissionDenied


def _jour(texte: str) -> Any:
    """A date of the form. Raise Invalide."""
    try:
        jour = parse_date(texte)
    except ValueError:
        jour = None
    if jour is None or jour > timezone.localdate():
        raise Invalide("Donnez un jour passé, ou aujourd'hui.", champs={"le": ["Date."]})
    return jour


admin.site.unregister(Relance)


@admin.register(Relance)
class RelanceAvecLettres(RelanceAvecApercu):
    """The ledger, the preview of today, the letters to post, the recovery files."""

    change_form_template = "admin/relance.html"

    def get_urls(self) -> list[Any]:
        vue = self.admin_site.admin_view
        return [
            path("a-poster/", vue(a_poster), name="relances_a_poster"),
            path("a-poster/postees/", vue(postees), name="relances_postees"),
            path("a-poster/<int:pk>/recue/", vue(recue), name="relances_recue"),
            path("dossier/<int:pk>/", vue(dossier), name="relances_dossier"),
            *super().get_urls(),
        ]
