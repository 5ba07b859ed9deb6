"""Every route of the product, and what it answers to each column of docs/roles.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie

from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from artjardin.accounts.models import Role
from tests.artjardin.lieux import Lieux
from tests.connexion import se_connecter

METHODES = ("GET", "POST", "PUT", "PATCH", "DELETE")
PAGE = " (page)"  # of an address that answers JSON or a page, by what is preferred
PARAMETRE = re.compile(r"\(\?P<(\w+)>[^()]*\)|<(?:\w+:)?(\w+)>")
# Not refused: done, shown, sent to a page; or asked well, but not now or not with this body
PERMIS = {200, 201, 202, 204, 301, 302, 400, 409, 415, 503}
REFUS = {401, 403, 404, 405}
DETOURS = {
    "/admin/login/": "connexion",
    "/admin/securite/second-facteur/": "facteur",
    "/admin/securite/code/": "code",
}
CODES = {"second_facteur_requis": "facteur", "code_frais_requis": "code"}


Matrice = dict[tuple[str, str], list[str]]  # (route, method): what each column gets


@dataclass(frozen=True)
class Route:
    """An address with its parameters in braces, what answers there, and what is preferred."""

    adresse: str
    vue: Callable
    en_page: bool

    @property
    def nom(self) -> str:
        return self.adresse + (PAGE if est_double(self.adresse, self.vue) and self.en_page else "")


def est_double(adresse: str, vue: Callable) -> bool:
    """Whether this address of the admin also answers JSON."""
    return hasattr(vue, "cls") and adresse.startswith("/admin/")


def motifs(liste=None, prefixe: str = "") -> Iterator[tuple[str, URLPattern]]:
    """All patterns of the URLconf, each with its whole path."""
    for motif in get_resolver().url_patterns if liste is None else liste:
        chemin = prefixe + str(motif.pattern).removeprefix("^")
        if isinstance(motif, URLResolver):
            yield from motifs(motif.url_patterns, chemin)
        else:
            yield f"/{chemin}", motif


def routes() -> list[Route]:
    """Each once: of two with the same address, the first one answers."""
    trouvees: dict[str, Route] = {}
    for chemin, motif in motifs():
        adresse = PARAMETRE.sub(_entre_accolades, chemin).removesuffix("$")
        api = hasattr(motif.callback, "cls")
        for en_page in (False, True) if est_double(adresse, motif.callback) else (not api,):
            route = Route(adresse, motif.callback, en_page)
            trouvees.setdefault(route.nom, route)
    return list(trouvees.values())


def _entre_accolades(trouve: re.Match) -> str:
    return f"{{{trouve[1] or trouve[2]}}}".replace("{object_id}", "{id}")


def inconnu(_lieux: Lieux) -> APIClient:
    return APIClient()


def une_personne(role: Role) -> Callable[[Lieux], APIClient]:
    """By the session of a browser on the pages, by the token of a front end in the API."""

    def ouvrir(lieux: Lieux) -> APIClient:
        http = se_connecter(APIClient(), lieux.gens[role])
        http.credentials(HTTP_AUTHORIZATION=f"Bearer {lieux.jetons[role][0]}")
        return http

    return ouvrir


# The columns of docs/roles.md: the name of each, and who then asks
COLONNES: list[tuple[str, Callable[[Lieux], APIClient]]] = [
    ("Anonyme", inconnu),
    *((role.label, une_personne(role)) for role in (Role.EMPLOYE, Role.COMPTABLE, Role.PATRON)),
]


class Passant:
    """One column of the matrix, who goes everywhere and leaves everything as it was."""

    def __init__(self, nom: str, http: APIClient) -> None:
        self.nom, self.http = nom, http
        self.cookies = {clef: morceau.value for clef, morceau in http.cookies.items()}

    def demander(self, methode: str, adresse: str, *, en_page: bool) -> str:
        """What this address answers: `oui`, or how it refuses."""
        reponse = self._essayer(methode, adresse, en_page=en_page)
        if reponse.headers.get("Location") == f"{adresse}change/":
            return self.demander(methode, f"{adresse}change/", en_page=en_page)
        return sort(reponse)

    def lire(self, methode: str, adresse: str) -> dict:
        """The JSON of what this address answers."""
        return self._essayer(methode, adresse, en_page=False).json()

    def _essayer(self, methode: str, adresse: str, *, en_page: bool):
        self.http.cookies = SimpleCookie(self.cookies)  # whoever logged out is back
        appel = getattr(self.http, methode.lower())
        accepte = "text/html" if en_page else "application/json, */*;q=0.1"
        essai = transaction.atomic()
        essai._from_testcase = True  # as pytest's own: what asks for a real commit may run in it
        with essai:
            reponse = appel(adresse, {}, headers={"Accept": accepte})
            if reponse.streaming:
                b"".join(reponse.streaming_content)  # to the end, which closes the file
            transaction.set_rollback(True)
        return reponse


def sort(reponse) -> str:
    """`oui`, `401`, `403`, `404`, `405`, or where one is sent first: `connexion` and the like."""
    statut, suite = reponse.status_code, reponse.headers.get("Location", "").partition("?")[0]
    if suite in DETOURS:
        return DETOURS[suite]
    if statut == 403 and (code := _code(reponse)) in CODES:
        return CODES[code]
    return "oui" if statut in PERMIS else str(statut)


def _code(reponse) -> str:
    donnees = getattr(reponse, "data", None)
    return donnees.get("code", "") if isinstance(donnees, dict) else ""


def passants(lieux: Lieux) -> list[Passant]:
    return [Passant(nom, ouvrir(lieux)) for nom, ouvrir in COLONNES]


def mesurer(lieux: Lieux, gens: list[Passant]) -> Matrice:
    """What each column gets from each route and method, on rows within its reach."""
    mesures: Matrice = {}
    for route in routes():
        for methode in METHODES:
            mesures[route.nom, methode] = [
                un.demander(methode, lieux.adresse(route, un.nom), en_page=route.en_page)
                for un in gens
            ]
    return mesures


def hors_de_portee(
    lieux: Lieux, gens: list[Passant], mesures: Matrice
) -> Iterator[tuple[tuple[str, str, str], str]]:
    """What a row out of reach answers to those who may use its route."""
    for route in routes():
        for methode in METHODES:
            for un, sort_dedans in zip(gens, mesures[route.nom, methode], strict=True):
                if sort_dedans == "oui" and lieux.est_hors_de_portee(route, un.nom):
                    adresse = lieux.adresse(route, un.nom, dehors=True)
                    recu = un.demander(methode, adresse, en_page=route.en_page)
                    yield (un.nom, methode, route.nom), recu
