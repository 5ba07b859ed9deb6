"""One line per request of the web, and the id that ties it to its tasks, mails and journal."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from functools import cache
from re import compile as motif
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver

from artjardin.traces.contexte import demande, numero_de_requete
from artjardin.traces.masques import CACHE
from artjardin.traces.sql import Mesure

journal = structlog.stdlib.get_logger("artjardin.requete")
ENTETE = "X-Request-ID"
NOTEE = "artjardin.requete"  # in the environment of the request
DISCRETES = frozenset({"/live", "/ready", "/metrics"})  # asked every few seconds
VARIABLE = motif(r"\(\?P<[^>]*>[^)]*\)|<[^>]*>")  # in a route: what a request puts there
MOT = motif(r"[A-Za-z][\w.-]*")
NUMERO = motif(r"\d{1,9}")
PANNE = 500


class Traces:
    """The first middleware: what the others refuse has its line and its id too."""

    def __init__(self, suite: Callable[[HttpRequest], HttpResponse]) -> None:
        self.suite = suite

    def __call__(self, requete: HttpRequest) -> HttpResponse:
        numero, mesure = numero_de(requete), Mesure()
        with demande(requete, numero), mesure.installee():
            debut = time.perf_counter()
            reponse = self.suite(requete)
            reponse.headers[ENTETE] = numero
            journal.log(
                _gravite(requete, reponse),
                "requête",
                **_dite(requete, reponse, debut),
                **mesure.champs,
            )
        return reponse


def numero_de(requete: Any) -> str:
    """The id that our own proxy gave, else one made here; the same each time for one request."""
    if NOTEE not in requete.META:
        donne = requete.headers.get(ENTETE, "") if settings.MANDATAIRES else ""
        requete.META[NOTEE] = numero_de_requete(donne)
    return str(requete.META[NOTEE])


def _gravite(requete: HttpRequest, reponse: HttpResponse) -> int:
    if requete.path_info in DISCRETES:
        return logging.DEBUG
    return logging.WARNING if reponse.status_code >= PANNE else logging.INFO


def _dite(requete: HttpRequest, reponse: HttpResponse, debut: float) -> dict[str, Any]:
    trouvee = requete.resolver_match
    taille = reponse.headers.get("Content-Length") if reponse.streaming else len(reponse.content)
    return {
        "methode": requete.method,
        "chemin": chemin_sobre(requete.path_info),
        "vue": trouvee.view_name if trouvee else "",
        "statut": reponse.status_code,
        "octets": None if taille is None else int(taille),
        "ms": round((time.perf_counter() - debut) * 1000, 1),
    }


def chemin_sobre(chemin: str) -> str:
    """The path, with only numbers and the words of our routes: the secret of a link, or whatever
    somebody typed, is none of them.
    """
    connus = _mots()
    return "/".join(
        partie if not partie or partie in connus or NUMERO.fullmatch(partie) else CACHE
        for partie in chemin.split("/")
    )


@cache
def _mots() -> frozenset[str]:
    """The fixed words of all routes."""
    return frozenset(mot for texte in _motifs(get_resolver().url_patterns) for mot in texte)


def _motifs(routes: Iterable[URLPattern | URLResolver]) -> Iterable[list[str]]:
    for route in routes:
        yield MOT.findall(VARIABLE.sub("/", str(route.pattern)))
        if isinstance(route, URLResolver):
            yield from _motifs(route.url_patterns)
