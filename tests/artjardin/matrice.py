"""The matrix of docs/roles.md: read, compared with what was measured, and written.

A table follows a comment that says what it holds: `<!-- routes: /api/v1/auth/ … -->` (the routes
that begin so, the longest beginning wins), `<!-- sinon -->`, `<!-- profils -->`, `<!-- pages -->`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

from tests.artjardin.routes import COLONNES, Matrice

FICHIER = Path(__file__).parents[2] / "docs" / "roles.md"
TITRES = [nom for nom, _ in COLONNES]
MARQUE = re.compile(r"<!-- (routes|sinon|profils|pages)(?::([^>]*))? -->")
PAGES = ["", "add/", "{id}/", "{id}/change/", "{id}/delete/", "{id}/history/"]
SUR_UNE_PAGE = ("GET", "POST")
MODELE = re.compile(r"/admin/(\w+/\w+)/(.*)")
CHOIX = re.compile(r"{([^{}]*,[^{}]*)}")


class Document:
    """What docs/roles.md says."""

    def __init__(self, texte: str) -> None:
        self.texte = texte
        self.tables = {marque: list(lignes) for marque, lignes in _tables(texte)}
        self.sinon = {ligne[0]: ligne[1:] for ligne in self.tables.get(("sinon", ""), [])}
        self.profils = {nom: tuple(c) for nom, *c in self.tables.get(("profils", ""), [])}
        self.modeles = {nom: noms for nom, *noms in self.tables.get(("pages", ""), [])}

    def matrice(self) -> Matrice:
        """Every route and method that it names."""
        dite: Matrice = {}
        for (genre, _), lignes in self.tables.items():
            for routes, methodes, *sorts in lignes if genre == "routes" else ():
                for route, methode in product(_deplies(routes), methodes.split()):
                    assert (route, methode) not in dite, f"{methode} {route} est dit deux fois"
                    dite[route, methode] = sorts
        for modele, noms in self.modeles.items():
            for (page, methode), *sorts in zip(
                product(PAGES, SUR_UNE_PAGE),
                *([s for c in self.profils[nom] for s in _par_methode(c)] for nom in noms),
                strict=True,
            ):
                dite[f"/admin/{modele}/{page}", methode] = sorts
        return dite

    def defaut(self, route: str, methode: str) -> list[str] | None:
        """What a method answers that a named route does not name."""
        famille = "API" if route.startswith("/api/") else "pages"
        return self.sinon[famille] if famille == "API" or methode not in SUR_UNE_PAGE else None


def _tables(texte: str) -> Iterator[tuple[tuple[str, str], Iterator[list[str]]]]:
    marques = list(MARQUE.finditer(texte))
    for marque in marques:
        lignes = texte[marque.end() :].lstrip("\n").split("\n\n", 1)[0].splitlines()
        table = [ligne for ligne in lignes if ligne.startswith("|")]
        yield (marque[1], (marque[2] or "").strip()), (_cellules(ligne) for ligne in table[2:])


def _cellules(ligne: str) -> list[str]:
    return [cellule.strip().replace("`", "") for cellule in ligne.strip().strip("|").split("|")]


def _par_methode(cellule: str) -> tuple[str, str]:
    """`oui / 403` is for GET and POST; a single word is for both."""
    get, _, post = cellule.partition(" / ")
    return get, post or get


def _deplies(route: str) -> list[str]:
    """`/a/{b,c}/{pk}/` is `/a/b/{pk}/` and `/a/c/{pk}/`."""
    choix = CHOIX.search(route)
    if choix is None:
        return [route]
    avant, apres = route[: choix.start()], route[choix.end() :]
    return [suite for un in choix[1].split(",") for suite in _deplies(avant + un.strip() + apres)]


def ecarts(mesures: Matrice, document: Document) -> list[str]:
    """Where the file and the product differ, with the line to write."""
    dite = document.matrice()
    connues = {route for route, _ in dite}
    fautes = [
        f"n'existe plus, à retirer : {methode} {route}"
        for route, methode in dite.keys() - mesures.keys()
    ]
    for (route, methode), recus in mesures.items():
        dits = dite.get((route, methode), document.defaut(route, methode))
        if dits != recus:
            etat = f"à corriger (dit {dits})" if route in connues else "absente, à ajouter"
            fautes.append(f"{etat} : {_ligne([f'`{route}`', methode, *recus])}")
    muettes = {route for route, _ in mesures} - connues
    return fautes + [f"sans aucune ligne : {route}" for route in sorted(muettes)]


def rediger(mesures: Matrice, document: Document) -> str:
    """The file with its tables as measured; names of profiles and the rest of the text stay."""
    standard = _modeles(mesures)
    profils = {contenu: nom for nom, contenu in document.profils.items()}
    for contenus in standard.values():
        for contenu in contenus:
            profils.setdefault(contenu, f"profil {len(profils) + 1}")
    debuts = {m: m[1].split() for m in document.tables if m[0] == "routes"}
    lieux: dict[tuple[str, str], Matrice] = {marque: {} for marque in debuts}
    for (route, methode), sorts in mesures.items():
        lieu = _lieu(route, debuts) if _page_de_modele(route) not in standard else None
        if lieu and sorts != document.defaut(route, methode):
            lieux[lieu][route, methode] = sorts
    tables = {marque: _table_de_routes(siennes) for marque, siennes in lieux.items()}
    tables["profils", ""] = _table(
        ["Profil", *(f"`{page}`" if page else "liste" for page in PAGES)],
        ([nom, *contenu] for contenu, nom in profils.items()),
    )
    tables["pages", ""] = _table(
        ["Modèle", *TITRES],
        ([f"`{m}`", *(profils[c] for c in cs)] for m, cs in sorted(standard.items())),
    )
    return _remplacer(document.texte, tables)


def _page_de_modele(route: str) -> str | None:
    trouve = MODELE.fullmatch(route)
    return trouve[1] if trouve and trouve[2] in PAGES else None


def _modeles(mesures: Matrice) -> dict[str, list[tuple[str, ...]]]:
    """Of each model that has all the usual pages, what each column gets, page by page."""
    modeles = {nom for route, _ in mesures if (nom := _page_de_modele(route))}
    complets = {m for m in modeles if all((f"/admin/{m}/{p}", "GET") in mesures for p in PAGES)}
    return {m: [_profil(mesures, m, rang) for rang in range(len(COLONNES))] for m in complets}


def _profil(mesures: Matrice, modele: str, rang: int) -> tuple[str, ...]:
    sorts = [
        [mesures[f"/admin/{modele}/{page}", methode][rang] for methode in SUR_UNE_PAGE]
        for page in PAGES
    ]
    return tuple(get if get == post else f"{get} / {post}" for get, post in sorts)


def _lieu(route: str, debuts: dict[tuple[str, str], list[str]]) -> tuple[str, str]:
    """The table of this route: that of the longest beginning; a whole route ends with `$`."""
    longueurs = {
        marque: max((len(d) for d in siens if f"{route}$".startswith(d)), default=-1)
        for marque, siens in debuts.items()
    }
    meilleure = max(longueurs, key=lambda marque: longueurs[marque])
    assert longueurs[meilleure] >= 0, f"Aucune table de docs/roles.md ne prend {route}"
    return meilleure


def _table_de_routes(siennes: Matrice) -> list[str]:
    """Routes that answer alike under the same address are one line."""
    par_route: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for (route, methode), sorts in siennes.items():
        par_route.setdefault(route, []).append((methode, tuple(sorts)))
    groupes: dict[tuple, list[str]] = {}
    for route, reponses in par_route.items():
        tete, _, nom = route.removesuffix("/").rpartition("/")
        se_plie = route.endswith("/") and re.fullmatch(r"[\w-]+", nom)
        clef = (tete, tuple(reponses)) if se_plie else (route, "")
        groupes.setdefault(clef, []).append(route)
    lignes = []
    for routes in groupes.values():
        reponses = par_route[routes[0]]
        for sorts in dict.fromkeys(sorts for _, sorts in reponses):
            methodes = " ".join(methode for methode, memes in reponses if memes == sorts)
            lignes.append([f"`{_plie(routes)}`", methodes, *sorts])
    return _table(["Route", "Méthodes", *TITRES], lignes)


def _plie(routes: list[str]) -> str:
    if len(routes) == 1:
        return routes[0]
    tete = routes[0].removesuffix("/").rpartition("/")[0]
    noms = ",".join(route.removesuffix("/").rpartition("/")[2] for route in routes)
    return f"{tete}/{{{noms}}}/"


def _table(titres: list[str], lignes: Iterable[list[str]]) -> list[str]:
    return [_ligne(titres), "|---" * len(titres) + "|", *map(_ligne, lignes)]


def _ligne(cellules: Iterable[str]) -> str:
    return f"| {' | '.join(cellules)} |"


def _remplacer(texte: str, tables: dict[tuple[str, str], list[str]]) -> str:
    morceaux, fin = [], 0
    for marque in MARQUE.finditer(texte):
        clef = marque[1], (marque[2] or "").strip()
        if clef not in tables:
            continue
        morceaux += [texte[fin : marque.end()], "\n\n", "\n".join(tables[clef])]
        suite = texte[marque.end() :].lstrip("\n")
        ancienne = suite.split("\n\n", 1)[0] if suite.startswith("|") else ""
        fin = len(texte) - len(suite) + len(ancienne) if ancienne else marque.end()
    return "".join([*morceaux, texte[fin:]])
