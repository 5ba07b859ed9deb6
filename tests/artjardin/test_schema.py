"""The OpenAPI document: every operation says what it reads, what it gives and how it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.core.exceptions import RequestDataTooBig
from django.test import override_settings
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

pytestmark = pytest.mark.django_db
JSON = "application/json"
OUVERTES = {  # nobody has to be known there
    "/api/v1/auth/login/",
    "/api/v1/auth/mot-de-passe/oubli/",
    "/api/v1/auth/mot-de-passe/choix/",
}
FICHIERS = {
    "/api/v1/archives/{id}/telecharger/": {"application/pdf"},
    "/api/v1/clients/{id}/releve/": {JSON, "text/csv", "application/pdf"},
    "/api/v1/courriels/{id}/eml/": {"message/rfc822"},
    "/api/v1/devis/{id}/pdf/": {"application/pdf"},
    "/api/v1/exports/tables/{nom}.csv": {"text/csv"},
    "/api/v1/exports/{id}/telecharger/": {"application/zip", "text/plain"},
    "/api/v1/factures/balance-agee/": {JSON, "text/csv", "application/pdf"},
    "/api/v1/factures/chiffre-affaires/": {JSON, "text/csv"},
    "/api/v1/factures/{id}/acquittee/": {"application/pdf"},
    "/api/v1/factures/{id}/pdf/": {"application/pdf"},
    "/api/v1/journal/": {JSON, "text/csv"},
    "/api/v1/relances/a-poster/pdf/": {"application/pdf"},
    "/api/v1/relances/clients/{id}/decompte/": {JSON, "application/pdf"},
    "/api/v1/relances/clients/{id}/dossier/": {"application/zip"},
    "/api/v1/relances/{id}/lettre/": {"application/pdf"},
}


@cache
def document() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for chemin, methodes in document()["paths"].items():
        for methode, operation in methodes.items():
            yield chemin, methode, operation


def operation(methode: str, chemin: str) -> dict[str, Any]:
    return document()["paths"][chemin][methode]


def parametres(operation: dict[str, Any]) -> set[tuple[str, str]]:
    return {(p["in"], p["name"]) for p in operation.get("parameters", [])}


def types(reponse: dict[str, Any]) -> set[str]:
    return set(reponse.get("content", {}))


def test_the_document_is_valid_and_nothing_in_it_was_guessed():
    validate_schema(document())

    assert dict(GENERATOR_STATS._warn_cache) == dict(GENERATOR_STATS._error_cache) == {}
    assert len(list(operations())) > 180


def test_every_refusal_has_the_body_of_the_house():
    autres = {
        f"{methode} {chemin} {statut}"
        for chemin, methode, une in operations()
        for statut, reponse in une["responses"].items()
        if statut >= "400"
        and reponse["content"] != {JSON: {"schema": {"$ref": "#/components/schemas/Erreur"}}}
    }

    assert autres == set()
    assert set(document()["components"]["schemas"]["Erreur"]["required"]) == {
        "code", "message", "champs",
    }  # fmt: skip


def test_every_operation_may_be_refused_for_haste_with_the_time_to_wait():
    for chemin, methode, une in operations():
        trop = une["responses"]["429"]
        assert trop["headers"]["Retry-After"]["required"], f"{methode} {chemin}"


def test_only_the_doors_open_to_strangers_never_answer_401():
    sans = {chemin for chemin, _, une in operations() if "401" not in une["responses"]}

    assert sans == OUVERTES
    assert all(("403" in u["responses"]) is ("401" in u["responses"]) for _, _, u in operations())


def test_an_address_with_a_parameter_may_name_nothing():
    for chemin, methode, une in operations():
        assert ("404" in une["responses"]) or "{" not in chemin, f"{methode} {chemin}"


def test_what_is_read_may_be_wrong_too_big_or_of_another_type():
    for chemin, methode, une in operations():
        if "requestBody" in une:
            assert {"400", "413", "415"} <= set(une["responses"]), f"{methode} {chemin}"
        if methode != "get":
            assert {"400", "409", "503"} <= set(une["responses"]), f"{methode} {chemin}"


@pytest.mark.parametrize("chemin", FICHIERS)
def test_files_are_told_by_their_types(chemin):
    reponses = operation("get", chemin)["responses"]

    assert types(reponses["200"]) == FICHIERS[chemin]
    assert types(reponses["503"]) == {JSON}


def test_no_other_operation_gives_anything_but_json():
    autres = {
        chemin
        for chemin, _, une in operations()
        for reponse in une["responses"].values()
        if types(reponse) - {JSON}
    }

    assert autres == set(FICHIERS)


def test_a_post_says_how_to_be_repeated_safely():
    avec = {
        chemin
        for chemin, methode, une in operations()
        if methode == "post" and ("header", "Idempotency-Key") in parametres(une)
    }

    assert "/api/v1/factures/{id}/encaisser/" in avec
    assert "/api/v1/cles-api/" not in avec  # its answer is stored nowhere
    assert not any(chemin.startswith("/api/v1/auth/") for chemin in avec)


def test_lists_tell_their_filters_order_search_and_pages():
    lus = {
        nom for lieu, nom in parametres(operation("get", "/api/v1/factures/")) if lieu == "query"
    }

    assert {"curseur", "taille", "tri", "recherche", "client", "en_retard", "du", "au"} <= lus
    assert ("query", "sortie") in parametres(operation("get", "/api/v1/journal/"))
    assert ("query", "recto") in parametres(operation("get", "/api/v1/relances/a-poster/pdf/"))
    renoncer = parametres(operation("delete", "/api/v1/clients/{id}/"))
    assert {("query", "renoncer"), ("query", "motif")} <= renoncer


def test_no_answer_is_left_without_a_shape():
    """A free object is said only of what has no fixed fields; `{}` would tell nothing."""
    vagues = {
        f"{methode} {chemin}"
        for chemin, methode, une in operations()
        for statut, reponse in une["responses"].items()
        if statut < "300" and JSON in types(reponse)
        if reponse["content"][JSON]["schema"].get("type") == "object"
        or not reponse["content"][JSON]["schema"]
    }

    assert vagues == set()


def test_the_doors_of_the_second_factor_are_in_it():
    chemins = set(document()["paths"])

    suite = ["", "setup/", "verify/", "disable/", "recovery-codes/"]
    assert {f"/api/v1/auth/2fa/{fin}" for fin in suite} <= chemins
    assert {"/api/v1/comptes/", "/api/v1/cles-api/", "/api/v1/auth/acces/"} <= chemins
    codes = document()["components"]["schemas"]["Verifie"]["properties"]["codes_de_secours"]
    assert codes["items"] == {"type": "string"}


@pytest.mark.usefixtures("db")
def test_a_form_too_big_is_refused_with_the_body_of_the_house(http):
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100):
        refus = http.post("/api/v1/clients/", {"nom": "x" * 200}, format="multipart")

    assert RequestDataTooBig.__name__ not in refus.content.decode()
    assert (refus.status_code, refus.json()["code"]) == (413, "trop_grand")
