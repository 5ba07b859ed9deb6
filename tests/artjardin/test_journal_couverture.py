"""Whatever changes something under someone's name reaches the journal, in a known category (G9)."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache

from artjardin.audit.categories import categorie_de
from tests.artjardin.test_regles import CODE, RACINE

ECRITURES = {
    "bulk_create", "bulk_update", "create", "delete", "ecrire", "get_or_create", "inserer",
    "inserer_tous", "save", "update", "update_or_create",
}  # fmt: skip
SANS_ENTREE = {
    "en_silence": "a block during which nothing is announced: for imports and the demo",
    "limiter_l_adresse": "as limiter",
    "limiter": "a counter of the moment; what is refused for it is journaled where it matters",
    "inscrire": "a row of the catalogue of backups, whose making is journaled",
    "remettre_a_faire": "the archive's own retries; what a person asks for is journaled",
    "reprendre_les_abandonnes": "mails whose worker died; their attempts tell it",
    "suivre": "the row of a run is its own journal",
}
PLANS = ["niveau.cree", "planderelance.cree", "reglages.modifie"]  # f"{nom}.{verbe}"
ACTION = re.compile(r"^[a-z_]+\.[a-z_]*$")


def est_du_produit(chemin) -> bool:
    return "demo" not in chemin.parts


def fonctions(arbre: ast.Module) -> Iterator[tuple[list[str], ast.FunctionDef]]:
    """Each function of a module, under its name; a method, under that of its class as well."""
    for noeud in arbre.body:
        if isinstance(noeud, ast.FunctionDef):
            yield [noeud.name], noeud
        elif isinstance(noeud, ast.ClassDef):
            for methode in noeud.body:
                if isinstance(methode, ast.FunctionDef):
                    yield [noeud.name, methode.name], methode


def appels(noeud: ast.AST) -> Iterator[ast.Call]:
    return (un for un in ast.walk(noeud) if isinstance(un, ast.Call))


@cache
def graphe() -> dict[str, set[str]]:
    """Which names each function calls: its own module's, imported ones, `self`'s."""
    liens: dict[str, set[str]] = defaultdict(set)
    for arbre in map(lire, CODE):
        importes = {
            (alias.asname or alias.name).split(".")[-1]
            for noeud in ast.walk(arbre)
            if isinstance(noeud, ast.Import | ast.ImportFrom)
            for alias in noeud.names
        }
        for noms, fonction in fonctions(arbre):
            appeles = set(noms_appeles(fonction, importes | {"self"}))
            for nom in noms:
                liens[nom] |= appeles
    return liens


def noms_appeles(fonction: ast.FunctionDef, importes: set[str]) -> Iterator[str]:
    for appel in appels(fonction):
        match appel.func:
            case ast.Name(id=appele):
                yield appele
            case ast.Attribute(value=ast.Name(id=de), attr=appele) if de in importes:
                yield appele


@cache
def lire(chemin) -> ast.Module:
    return ast.parse(chemin.read_text(encoding="utf-8"))


@cache
def journalisants() -> set[str]:
    """The names from which `consigner` is reached, by walking the calls backwards."""
    appelants = defaultdict(set)
    for nom, appeles in graphe().items():
        for appele in appeles:
            appelants[appele].add(nom)
    vus: set[str] = set()
    a_voir = {"consigner"}
    while a_voir:
        vus |= a_voir
        a_voir = {nom for appele in a_voir for nom in appelants[appele]} - vus
    return vus


def publiques() -> Iterator[tuple[str, ast.FunctionDef]]:
    for chemin in filter(est_du_produit, CODE):
        for noeud in lire(chemin).body:
            if isinstance(noeud, ast.FunctionDef) and not noeud.name.startswith("_"):
                yield str(chemin.relative_to(RACINE)), noeud


def demande_un_auteur(fonction: ast.FunctionDef) -> bool:
    return "par" in {arg.arg for arg in fonction.args.args + fonction.args.kwonlyargs}


def ecrit(fonction: ast.FunctionDef) -> bool:
    return any(
        getattr(appel.func, "id", getattr(appel.func, "attr", "")) in ECRITURES
        for appel in appels(fonction)
    )


def test_every_function_that_names_its_author_reaches_the_journal():
    trouvees = [(ou, une.name) for ou, une in publiques() if demande_un_auteur(une)]

    assert len(trouvees) > 100
    manquent = {(ou, nom) for ou, nom in trouvees if nom not in journalisants()}
    assert {nom for _, nom in manquent} <= set(SANS_ENTREE), manquent


def test_every_service_that_writes_reaches_the_journal():
    trouvees = [(ou, une.name) for ou, une in publiques() if "services" in ou and ecrit(une)]

    assert len(trouvees) > 40
    manquent = {(ou, nom) for ou, nom in trouvees if nom not in journalisants()}
    assert {nom for _, nom in manquent} <= set(SANS_ENTREE), manquent


def test_no_exception_outlives_its_function():
    connues = {fonction.name for _, fonction in publiques()}

    assert set(SANS_ENTREE) <= connues
    assert not journalisants() & set(SANS_ENTREE)


@cache
def actions() -> set[str]:
    """What the calls that name their author give as an action, or its beginning."""
    trouvees = set(PLANS)
    for arbre in map(lire, filter(est_du_produit, CODE)):
        constantes = {
            cible.id: noeud.value
            for noeud in ast.walk(arbre)
            if isinstance(noeud, ast.Assign)
            for cible in noeud.targets
            if isinstance(cible, ast.Name)
        }
        for appel in appels(arbre):
            if "par" in {clef.arg for clef in appel.keywords}:
                for dit in appel.args:
                    trouvees |= set(textes(constantes.get(getattr(dit, "id", ""), dit)))
    return {une for une in trouvees if ACTION.match(une)}


def textes(noeud: ast.AST) -> Iterator[str]:
    match noeud:
        case (
            ast.Constant(value=str(texte))
            | ast.JoinedStr(values=[ast.Constant(value=str(texte)), *_])
        ):
            yield texte
        case ast.IfExp(body=un, orelse=autre):
            yield from (*textes(un), *textes(autre))


def test_every_action_has_a_category():
    assert {action for action in actions() if not categorie_de(action)} == set()


def test_the_actions_are_found():
    connues = actions()

    assert len(connues) > 70
    assert {"facture.emise", "client.modifie", "session.refusee", "envoi."} <= connues
