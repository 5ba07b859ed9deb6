"""/metrics as Django answers it: to keys, to persons, and in tests (else ops/sante/direct.py)."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from artjardin.api.erreurs import MESSAGES
from artjardin.api.refus import INDISPONIBLE, refuser
from ops.mesures.exposition import TYPE, exposer
from ops.sante.acces import statut_de_lecture

REFUS = {
    HTTPStatus.UNAUTHORIZED: ("non_authentifie", MESSAGES[401]),
    HTTPStatus.FORBIDDEN: (
        "interdit",
        "Réservé aux patrons, second facteur donné, et à la surveillance : jeton ou clé.",
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: ("indisponible", INDISPONIBLE),
}


@require_http_methods(["GET", "HEAD", "OPTIONS"])
def metriques(requete: HttpRequest) -> HttpResponse:
    """For the monitoring token, a key of scope surveillance, or a patron."""
    statut = statut_de_lecture(requete)
    if statut == HTTPStatus.OK:
        return HttpResponse(exposer(), content_type=TYPE)
    reponse = refuser(requete, statut, *REFUS[statut])
    if statut == HTTPStatus.UNAUTHORIZED:
        reponse["WWW-Authenticate"] = "Bearer"
    return reponse
