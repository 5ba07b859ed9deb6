"""/live, /ready and /health/detailed as Django answers them: to persons, to keys, and in tests."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_http_methods

from ops.sante.acces import base_en_panne, peut_lire
from ops.sante.bilan import DETAIL, PRET, Bilan
from ops.sante.rendu import TYPE

RAFRAICHIR = 15  # seconds between two readings of the page
lecture = require_http_methods(["GET", "HEAD", "OPTIONS"])


@lecture
def live(_requete: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is touched."""
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")


@lecture
def ready(_requete: HttpRequest) -> HttpResponse:
    """Database reachable and migrated, broker reachable, documents writable: 200, else 503."""
    bilan = PRET.lire()
    return HttpResponse(bilan.pret, status=bilan.statut, content_type="application/json")


@lecture
def detaille(requete: HttpRequest) -> HttpResponse:
    """Each probe for whoever may read it, the overall word for anybody else."""
    bilan, lit = DETAIL.lire(), peut_lire(requete)
    if "text/html" in requete.headers.get("Accept", ""):
        reponse = _page(requete, bilan, lit=lit)
    else:
        corps = bilan.complet if lit else bilan.resume
        reponse = HttpResponse(corps, status=bilan.statut, content_type=TYPE)
    patch_vary_headers(reponse, ["Accept", "Authorization", "Cookie"])
    return reponse


def _page(requete: HttpRequest, bilan: Bilan, *, lit: bool) -> HttpResponse:
    """For a person: without the database, rights cannot be known, and the page says so."""
    contexte = {
        "bilan": bilan,
        "constats": bilan.constats if lit else [],
        "sans_base": not lit and base_en_panne(),
        "rafraichir": RAFRAICHIR,
    }
    return render(requete, "sante.html", contexte, status=bilan.statut, using="django")
