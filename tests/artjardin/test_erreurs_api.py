"""One error body for the whole API: code, message, champs."""

from threading import Barrier

import pytest
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.core.exceptions import ValidationError as ErreurDjango
from django.db import (
    DataError,
    IntegrityError,
    OperationalError,
    ProgrammingError,
    connection,
    transaction,
)
from django.http import Http404
from rest_framework import exceptions

from artjardin.api.erreurs import repondre
from artjardin.erreurs import Conflit, ErreurMetier, Indisponible, Invalide
from clients.services import verrouiller
from facturation.models import Facture
from tests.artjardin.serveurs import en_parallele
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_facture

CORPS = {"code", "message", "champs"}


@pytest.mark.parametrize(
    ("erreur", "statut", "code"),
    [
        (Invalide("Non.", champs={"nom": ["Vide."]}), 400, "invalide"),
        (Conflit("Non.", code="deja_fait"), 409, "deja_fait"),
        (Indisponible("Plus tard."), 503, "indisponible"),
        (ErreurMetier("Non."), 409, "erreur"),
        (Http404(), 404, "not_found"),
        (TooManyFieldsSent(), 400, "invalide"),
        (SuspiciousOperation("nom de fichier"), 400, "invalide"),
        (RequestDataTooBig(), 413, "trop_grand"),
        (PermissionDenied(), 403, "permission_denied"),
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.UnsupportedMediaType("a/b"), 415, "unsupported_media_type"),
        (exceptions.Throttled(wait=12.7), 429, "throttled"),
        (exceptions.ParseError(), 400, "parse_error"),
        (exceptions.ValidationError({"nom": ["Vide."]}), 400, "invalide"),
        (ErreurDjango({"nom": ["Vide."]}), 400, "invalide"),
        (ErreurDjango("Vide."), 400, "invalide"),
        (IntegrityError("x"), 409, "conflit"),
        (DataError("x"), 409, "conflit"),
    ],
)
def test_every_refusal_has_the_same_shape(erreur, statut, code):
    reponse = repondre(erreur, {})

    assert (reponse.status_code, set(reponse.data)) == (statut, CORPS)
    assert reponse.data["code"] == code
    assert reponse.data["message"]
    assert isinstance(reponse.data["champs"], dict)


@pytest.mark.parametrize(
    "erreur", [ValueError("x"), KeyError("x"), ProgrammingError("x"), OperationalError("x")]
)
def test_an_unforeseen_error_is_left_to_the_log(erreur):
    assert repondre(erreur, {}) is None


@pytest.mark.parametrize(
    ("detail", "champs"),
    [
        ({"nom": ["Vide."]}, {"nom": ["Vide."]}),
        (["Vide."], {"non_field_errors": ["Vide."]}),
        ("Vide.", {"non_field_errors": ["Vide."]}),
        ({"lignes": [{}, {"quantite": ["Trop."]}]}, {"lignes.1.quantite": ["Trop."]}),
        ({"lignes": {"non_field_errors": ["Trop de lignes."]}}, {"lignes": ["Trop de lignes."]}),
        ({"lignes": [{"non_field_errors": ["Rien."]}]}, {"lignes.0": ["Rien."]}),
        ({"a": {"b": {"c": ["x", "y"]}}}, {"a.b.c": ["x", "y"]}),
        ({}, {}),
    ],
)
def test_nested_details_become_paths(detail, champs):
    assert repondre(exceptions.ValidationError(detail), {}).data["champs"] == champs


def test_a_wait_is_announced():
    assert repondre(exceptions.Throttled(wait=12.7), {})["Retry-After"] == "13"
    assert repondre(Indisponible("x"), {})["Retry-After"] == "2"


def test_the_database_never_speaks_to_the_client():
    secret = IntegrityError('duplicate key value violates unique constraint "x" of table y')

    assert "duplicate" not in str(repondre(secret, {}).data)


@pytest.mark.django_db
def test_a_trigger_that_refuses_is_a_conflict():
    creer_facture()

    with pytest.raises(ProgrammingError) as refus, transaction.atomic():
        Facture.objects.update(objet="autre")

    assert repondre(refus.value, {}).status_code == 409


def test_a_deadlock_asks_to_try_again(base_partagee):
    un, deux, tenus = creer_client(), creer_client(), Barrier(2)

    @transaction.atomic
    def croiser(premier, second):
        verrouiller(premier)
        tenus.wait(10)
        verrouiller(second)

    resultats = en_parallele(lambda: croiser(un, deux), lambda: croiser(deux, un))

    [erreur] = [r for r in resultats if r is not None]
    reponse = repondre(erreur, {})
    assert (reponse.status_code, reponse["Retry-After"]) == (503, "2")
    assert reponse.data == {
        "code": "indisponible",
        "message": "Une autre modification était en cours : réessayez.",
        "champs": {},
    }


@pytest.mark.django_db
@pytest.mark.parametrize("corps", ["{", " ", "nul", '{"a": NaN}', b"\xff"])
def test_a_body_that_is_no_json_is_said_in_french(http, corps):
    reponse = http.post("/api/v1/clients/", corps, content_type="application/json")

    assert reponse.status_code == 400
    assert reponse.json()["message"] == "Le corps de la demande n'est pas un JSON lisible."


@pytest.mark.django_db
def test_faulty_sql_is_our_own_error():
    with (
        pytest.raises(ProgrammingError) as faute,
        transaction.atomic(),
        connection.cursor() as curseur,
    ):
        curseur.execute("SELECT absente FROM facturation_facture")

    assert repondre(faute.value, {}) is None


PARAMETRES = [
    ("factures/?client=abc", 400),
    ("factures/?client=999999", 200),
    ("factures/?du=hier", 400),
    ("factures/?statut=perdu", 400),
    ("factures/?numero=%00", 400),
    ("factures/?inconnu=1", 400),
    ("factures/?recherche=%00%00", 200),
    ("factures/?recherche=" + "x" * 5000, 200),
    ("factures/?recherche=%25_%5C'%22;--", 200),
    ("factures/?recherche=%ED%A0%80", 200),
    ("paiements/?facture=1e400", 400),
    ("paiements/?facture=NaN", 400),
    ("devis/?chantier=" + "9" * 40, 400),
    ("absent/", 404),
]


@pytest.mark.django_db
def test_faulty_parameters_are_never_an_error_of_ours(http):
    lus = [(chemin, http.get(f"/api/v1/{chemin}").status_code) for chemin, _ in PARAMETRES]

    assert lus == PARAMETRES
