"""How often: counters in Valkey by fixed windows; in PostgreSQL, and stricter, while it is down."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from redis.exceptions import RedisError
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from artjardin.accounts.models import CleApi, Jeton
from artjardin.api.models import Compteur
from artjardin.api.refus import SANS_VALKEY, sans_valkey, trop_de_demandes
from artjardin.api.requetes import adresse_de
from artjardin.erreurs import TropDeDemandes
from artjardin.valkey import valkey

journal = logging.getLogger(__name__)
DELAI = 0.25  # seconds given to Valkey
REPOS = 5.0  # seconds during which it is not asked again after a failure
MINUTE = timedelta(minutes=1)
# What anybody may ask for, and how often one address may in a minute
PAGES_PUBLIQUES = {
    "/acces/": 30,
    "/admin/login/": 60,
    "/rebonds/": 600,  # a provider tells of many addresses at once
    "/reglement/": 60,
}
ESPACE = "limite"
COMPTER = """
local n = redis.call('INCR', KEYS[1])
if n == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {n, redis.call('PTTL', KEYS[1])}
"""
RENDRE = "if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DECR', KEYS[1]) end"
_etat = {"en_panne_jusqu_a": 0.0}


def limiter(nom: str, clef: str, *, maximum: int, par: timedelta) -> None:
    """Count one use of `nom` by `clef`. Raise TropDeDemandes past `maximum` in the window `par`.

    Half of it without Valkey: a counter that is slower must not be an open door.
    """
    complete = _complete(nom, clef)
    try:
        nombre, reste = _dans_valkey(complete, par)
    except (RedisError, OSError):
        nombre, reste = _en_base(complete, par)
        maximum = max(1, maximum // 2)
    if nombre > maximum:
        raise TropDeDemandes("Trop de demandes : réessayez dans un moment.", attente=reste)


def limiter_l_adresse(nom: str, adresse: str | None, *, maximum: int, par: timedelta) -> None:
    """The same, by the network from which somebody asks."""
    limiter(nom, reseau(adresse), maximum=maximum, par=par)


def reseau(adresse: str | None) -> str:
    """An IPv4 address, or the 64 bits of an IPv6 one that a subscriber is given (RFC 6177).

    >>> reseau("192.0.2.7"), reseau("2001:db8:1:2:3::4"), reseau("::ffff:192.0.2.7"), reseau(None)
    ('192.0.2.7', '2001:db8:1:2::/64', '192.0.2.7', '')
    """
    if not adresse:
        return ""
    lue = ip_address(adresse)
    if lue.version == 4:  # noqa: PLR2004 - IPv4
        return str(lue)
    return str(lue.ipv4_mapped or ip_network((lue, 64), strict=False))


def rendre(nom: str, clef: str) -> None:
    """Give one use back: what succeeded does not count."""
    complete = _complete(nom, clef)
    try:
        _exiger_le_repos()
        _compter_moins()(keys=[complete])
    except (RedisError, OSError):
        Compteur.objects.filter(clef=complete, nombre__gt=0).update(nombre=F("nombre") - 1)


def _complete(nom: str, clef: str) -> str:
    return f"{ESPACE}:{nom}:{hashlib.sha256(clef.encode()).hexdigest()[:32]}"


def _dans_valkey(clef: str, par: timedelta) -> tuple[int, timedelta]:
    _exiger_le_repos()
    try:
        nombre, reste = _compter()(keys=[clef], args=[int(par.total_seconds() * 1000)])
    except (RedisError, OSError) as erreur:
        _etat["en_panne_jusqu_a"] = time.monotonic() + REPOS
        journal.warning("Valkey ne compte plus les demandes : %s", erreur)
        raise
    return int(nombre), timedelta(milliseconds=max(int(reste), 1000))


def _exiger_le_repos() -> None:
    if time.monotonic() < _etat["en_panne_jusqu_a"]:
        raise RedisError("en panne il y a un instant")


def _en_base(clef: str, par: timedelta) -> tuple[int, timedelta]:
    """One upsert, so that processes count together; a window that is over begins anew."""
    with connection.cursor() as curseur:
        curseur.execute(
            """
            INSERT INTO api_compteur AS c (clef, nombre, fin) VALUES (%s, 1, %s)
            ON CONFLICT (clef) DO UPDATE SET
                nombre = CASE WHEN c.fin <= %s THEN 1 ELSE c.nombre + 1 END,
                fin = CASE WHEN c.fin <= %s THEN excluded.fin ELSE c.fin END
            RETURNING nombre, fin
            """,
            [clef, (maintenant := timezone.now()) + par, maintenant, maintenant],
        )
        nombre, fin = curseur.fetchone()
    return nombre, max(fin - maintenant, timedelta(seconds=1))


@cache
def _compter() -> Any:
    return valkey(DELAI).register_script(COMPTER)


@cache
def _compter_moins() -> Any:
    return valkey(DELAI).register_script(RENDRE)


def nettoyer(*, au: datetime) -> int:
    """Remove the counters whose window is over; return how many."""
    return Compteur.objects.filter(fin__lt=au).delete()[0]


class PagesPubliques:
    """Middleware: what needs no login is counted by address; 429 in the house's words everywhere
    outside of the API."""

    def __init__(self, suite: Callable[[HttpRequest], HttpResponse]) -> None:
        self.suite = suite

    def __call__(self, requete: HttpRequest) -> HttpResponse:
        for debut, maximum in PAGES_PUBLIQUES.items():
            if requete.path_info.startswith(debut):
                try:
                    limiter_l_adresse(debut, adresse_de(requete), maximum=maximum, par=MINUTE)
                except TropDeDemandes as refus:
                    return trop_de_demandes(requete, refus)
        return self.suite(requete)

    def process_exception(self, requete: HttpRequest, erreur: Exception) -> HttpResponse | None:
        """A page that has enough, or that needs Valkey while it is down."""
        if isinstance(erreur, TropDeDemandes):
            return trop_de_demandes(requete, erreur)
        return sans_valkey(requete) if isinstance(erreur, SANS_VALKEY) else None


def compter_un_etranger(request: Request) -> None:
    """One call that no token, key nor session opened. Raise TropDeDemandes."""
    limiter_l_adresse("etranger", adresse_de(request), maximum=settings.API_PAR_MINUTE, par=MINUTE)


class ParAppelant(BaseThrottle):
    """Every call of the API: per token, key or session, else per address."""

    attente: timedelta | None = None

    def allow_request(self, request: Request, view: object) -> bool:
        try:
            limiter("api", _appelant(request), maximum=settings.API_PAR_MINUTE, par=MINUTE)
        except TropDeDemandes as refus:
            self.attente = refus.attente
            return False
        return True

    def wait(self) -> float | None:
        return self.attente.total_seconds() if self.attente else None


def _appelant(request: Request) -> str:
    match request.auth:
        case Jeton(pk=numero):
            return f"jeton:{numero}"
        case CleApi(pk=numero):
            return f"cle:{numero}"
    if request.user.is_authenticated:
        return f"compte:{request.user.pk}"
    return f"adresse:{reseau(adresse_de(request))}"
