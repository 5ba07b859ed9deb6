"""Every operation of the OpenAPI document, called as each role with what schemathesis makes up."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from typing import Any

import schemathesis
from django.core.wsgi import get_wsgi_application
from django.db import transaction
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks
from schemathesis.core.failures import FailureGroup

from artjardin.settings import RACINE
from ops.corbeille.entites import ENTITES
from tests.artjardin.monde import CHAMPS, VALEURS, Monde

MODES = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
VERIFIES = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]
# What is said by a program to itself only, where it lies included
INTIME = re.compile(
    r"Traceback \(most recent|site-packages|psycopg|django\.db|\bSELECT .{1,200} FROM |INSERT INTO"
    rf"|UPDATE \"|argon2\$|pbkdf2_|md5\$|SECRET_KEY|{re.escape(str(RACINE))}"
)
ABSENT, PEU = 999_999, 1
Tirer = Callable[[st.SearchStrategy], Any]


@dataclass
class Bilan:
    """What was found: one text per kind of fault; and the statuses that each role met."""

    fautes: dict[str, str] = field(default_factory=dict)
    statuts: dict[str, dict[str, set[int]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )

    def noter(self, quoi: str, cas: Any, role: str, texte: str) -> None:
        demande = f"{role} : {cas.path_parameters} {cas.query} {cas.body!r:.400}"
        self.fautes.setdefault(f"{cas.operation.label} : {quoi}", f"{demande}\n{texte[:1500]}")

    def __str__(self) -> str:
        return "\n\n".join(f"{quoi}\n{texte}" for quoi, texte in self.fautes.items())


@cache
def document() -> Any:
    """The document of this process, and the product behind it."""
    checks.load_all_checks()
    charge = schemathesis.openapi.from_dict(SchemaGenerator().get_schema(public=True))
    charge.app = _en_entier(get_wsgi_application())
    return charge


def _en_entier(produit: Any) -> Any:
    """Reads each answer to its end and closes it, as a server does: files are then closed."""

    def repondre(environ: dict[str, Any], commencer: Any) -> list[bytes]:
        with closing(produit(environ, commencer)) as corps:
            return list(corps)

    return repondre


def operations(debuts: tuple[str, ...]) -> Iterator[Any]:
    """Those whose path begins so."""
    for resultat in document().get_all_operations():
        operation = resultat.ok()
        if operation.path.startswith(debuts):
            yield operation


def explorer(operation: Any, monde: Monde, bilan: Bilan, *, exemples: int) -> None:
    """Good and bad requests, the same for each role; the database is as before after each.

    Those of the suite are always the same; the long run makes up others each time.
    """
    monde.rafraichir()
    for mode in MODES:
        cas = operation.as_strategy(generation_mode=mode)
        _essayer(cas, monde, bilan, exemples=exemples)


def appeler(methode: str, chemin: str, monde: Monde, **demande: Any) -> tuple[int, Any]:
    """One request as a patron, undone after: its status and body, once compared with the document.

    `demande`: `id`, `entite`… for the address, `corps` for the body.
    """
    corps, bilan = demande.pop("corps", None), Bilan()
    options = {} if corps is None else {"body": corps, "media_type": "application/json"}
    cas = document()[chemin][methode].Case(path_parameters=demande, **options)
    with _defaite():
        reponse = _appeler(cas, "patron", monde, bilan)
    assert not bilan.fautes, str(bilan)
    return reponse.status_code, reponse.json() if reponse.content else None


def _essayer(strategie: Any, monde: Monde, bilan: Bilan, *, exemples: int) -> None:
    @settings(
        max_examples=exemples,
        derandomize=exemples == PEU,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def essayer(donnees: Any) -> None:
        cas = donnees.draw(strategie)
        _preciser(cas, monde, donnees.draw)
        for role in monde.entetes:
            with _defaite():
                _appeler(cas, role, monde, bilan)

    essayer()


@contextmanager
def _defaite() -> Iterator[None]:
    """A transaction that is undone, and that a durable one may open again inside."""
    essai: Any = transaction.atomic()
    essai._from_testcase = True
    with essai:
        yield
        transaction.set_rollback(True)


def _preciser(cas: Any, monde: Monde, tirer: Tirer) -> None:
    """Rows that exist, and values that a person would type, in place of most random ones."""
    lieux = cas.path_parameters
    if "entite" in lieux:
        lieux["entite"] = tirer(st.sampled_from(list(ENTITES)))
    chemin = cas.path.replace("{entite}", lieux.get("entite", ""))
    for nom in {"id", "client", "code"} & set(lieux):
        lieux[nom] = tirer(st.sampled_from([*monde.ids_de(chemin), ABSENT]))
    if isinstance(cas.body, dict):
        cas.body = _remplir(cas.body, monde, tirer, plausible=tirer(st.booleans()))


def _remplir(corps: Any, monde: Monde, tirer: Tirer, *, plausible: bool) -> Any:
    if isinstance(corps, list):
        return [_remplir(une, monde, tirer, plausible=plausible) for une in corps]
    if not isinstance(corps, dict):
        return corps
    rempli = {}
    for nom, valeur in corps.items():
        if nom in CHAMPS and isinstance(valeur, int):
            rempli[nom] = tirer(st.sampled_from(monde.ids(CHAMPS[nom])))
        elif plausible and nom in VALEURS:
            rempli[nom] = tirer(st.sampled_from(VALEURS[nom]))
        else:
            rempli[nom] = _remplir(valeur, monde, tirer, plausible=plausible)
    return rempli


def _appeler(cas: Any, role: str, monde: Monde, bilan: Bilan) -> Any:
    try:
        reponse = cas.call(headers={"Accept": "application/json"} | monde.entetes[role])
    except Exception as erreur:  # noqa: BLE001 - whatever it is, the others are tried too
        bilan.noter(f"{type(erreur).__name__} {erreur!s:.80}", cas, role, repr(erreur))
        return None
    bilan.statuts[cas.operation.label][role].add(reponse.status_code)
    texte = reponse.content.decode(errors="replace")
    if fuites := sorted(une for une in monde.interdits[role] if une in texte):
        bilan.noter(f"fuite vers {role}", cas, role, f"{fuites}\n{texte}")
    if intime := INTIME.search(texte):
        bilan.noter(f"intimité : {intime[0]:.30}", cas, role, texte)
    try:
        cas.validate_response(reponse, checks=_verifications(reponse))
    except FailureGroup as fautes:
        genres = sorted({type(une).__name__ for une in fautes.exceptions})
        bilan.noter(f"{reponse.status_code} {', '.join(genres)}", cas, role, str(fautes))
    return reponse


def _verifications(reponse: Any) -> list[Any]:
    """503 with the house's body and Retry-After is an answer, not a fault."""
    noms = list(VERIFIES)
    if reponse.status_code == HTTPStatus.SERVICE_UNAVAILABLE and "retry-after" in reponse.headers:
        noms.remove("not_a_server_error")
    return checks.CHECKS.get_by_names(noms)
