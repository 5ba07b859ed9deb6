"""The one formatter of the log: what a line says, and what it never says."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys

import psycopg
import pytest
import structlog
from django.db import DataError, IntegrityError, connection, transaction

from artjardin.accounts.models import User
from artjardin.erreurs import Conflit
from artjardin.traces import masques
from artjardin.traces.configuration import SEUILS, journalisation
from artjardin.traces.lignes import ErreursSeules, Formateur
from artjardin.traces.recits import dire
from tests.conftest import MOT_DE_PASSE

journal = logging.getLogger("essai")
DURAND = "Durand"  # not on the lines of code that a story shows
PERSONNELS = {
    "adresse": "jean.durand@exemple.fr",
    "adresse accentuée": "hélène@château.example",
    "mobile": "06 12 34 56 78",
    "fixe": "02.41.00.00.00",
    "international": "+33 6 12 34 56 78",
    "mobile collé": "0612345678",
    "iban": "FR76 3000 6000 0112 3456 7890 189",
    "iban collé": "FR7630006000011234567890189",
    "clef age": "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQ",
    "jwt": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "clef d'une machine": "ajk_Zm9vYmFyYmF6cXV4",
    "jeton": "kP3v9_xTq0Zb-1aYdWc7HgSfE5RjUoLmNiBtVxCzQwA",
}
ANODINS = [
    "FAC-2026-00012 archivée en 12,5 s sous documents/2026/07/FAC-2026-00012.pdf",
    "7d793037a0760186574b0282f2f435e7ab0c2d0cfa1a5b4bb1f8dc1fcbf5eb4d",  # a SHA-256
    "3f2504e0-4f89-11d3-9a0c-0305e82c3301 commencé le 2026-07-14T06:12:34.567Z",
    "celery@artjardin prêt, 73282932000074",
    "facturation/services/envois.py:42",
]


def test_a_line_says_when_how_grave_who_and_what(lues):
    journal.warning("copie %s : %s", "locale", 3)

    (ligne,) = lues
    assert ligne.pop("timestamp").endswith("Z")
    assert ligne == {"level": "warning", "logger": "essai", "event": "copie locale : 3"}


def test_a_line_of_ours_has_its_fields_beside(lues):
    structlog.stdlib.get_logger("essai").error("tâche", ms=1.5, etat="echec", suite=[1, None])

    assert lues[0] | {"timestamp": ""} == {
        "timestamp": "",
        "level": "error",
        "logger": "essai",
        "event": "tâche",
        "ms": 1.5,
        "etat": "echec",
        "suite": [1, None],
    }


@pytest.mark.parametrize("genre", PERSONNELS)
def test_what_reaches_a_person_or_opens_a_door_is_masked_wherever_it_stands(lues, genre):
    dit = PERSONNELS[genre]
    journal.info("voir %s, merci", dit)
    journal.info(f"voir « {dit} »")
    structlog.stdlib.get_logger("essai").info("voir", a={"b": [f"({dit})"]})

    assert dit not in json.dumps(lues, ensure_ascii=False)
    assert json.dumps(lues, ensure_ascii=False).count(masques.CACHE) == 3


@pytest.mark.parametrize("texte", ANODINS)
def test_what_names_nobody_is_left_as_it_is(lues, texte):
    journal.info("%s", texte)

    assert lues[0]["event"] == texte


@pytest.mark.parametrize(
    ("texte", "attendu"),
    [
        ("smtp://relais:s3cr%C3%A9t@hote:587?tls=1", "smtp://•••@hote:587?tls=•••"),
        ("GET /acces/12-3-99.abcDEF/?suite=/x HTTP/1.1", "GET /acces/•••/?suite=••• HTTP/1.1"),
        ("https://site.example/reglement/eyJ:abc/", "https://site.example/reglement/•••/"),
        ("Authorization: Bearer abcdefgh12", "Authorization: Bearer •••"),
        ("refusé\nDETAIL:  Key (email)=(x)\n\ndéjà pris", "refusé"),
        ("faute\nLINE 1: SELECT 'Durand'\n        ^", "faute"),
    ],
)
def test_links_logins_and_what_postgresql_adds_are_masked(texte, attendu):
    assert masques.epurer(texte) == attendu


def test_what_is_given_under_the_name_of_a_personal_thing_is_masked_whatever_it_looks_like(lues):
    structlog.stdlib.get_logger("essai").info(
        "x", email="Durand", mot_de_passe="abc", Token="z", corps={"nom": "Durand", "ms": 3}, code=3
    )

    masque = masques.CACHE
    assert lues[0]["email"] == lues[0]["mot_de_passe"] == lues[0]["Token"] == masque
    assert lues[0]["corps"] == {"nom": masque, "ms": 3}
    assert lues[0]["code"] == 3  # a number: of an answer


def test_the_secrets_of_the_configuration_are_masked_in_every_form(monkeypatch, lues):
    from artjardin import settings  # noqa: PLC0415 - the module itself

    monkeypatch.setattr(settings, "EMAIL_URL", "smtp://relais:p%C3%A8rego@hote")
    monkeypatch.setattr(settings, "CLES_CHIFFREMENT", "k2:deuxieme=,k1:premiere=")
    masques._secrets.cache_clear()
    try:
        for secret in (settings.SECRET_KEY, "p%C3%A8rego", "pèrego", "deuxieme=", "premiere="):
            journal.error("avec %s dedans", secret)
    finally:
        masques._secrets.cache_clear()

    assert {ligne["event"] for ligne in lues} == {"avec ••• dedans"}


@pytest.mark.django_db
def test_a_row_is_only_a_number(lues, patron):
    journal.info("%s et %s", patron, 3)
    structlog.stdlib.get_logger("essai").info("x", objet=patron)

    assert lues[0]["event"] == f"accounts.user n° {patron.pk} et 3"
    assert lues[1]["objet"] == "<User>"


def test_an_error_tells_where_and_what_kind_never_what_somebody_typed(lues):
    def chercher(nom):
        return {}[nom]

    try:
        try:
            chercher(DURAND)
        except KeyError as erreur:
            raise ValueError(f"client {erreur} inconnu") from erreur
    except ValueError:
        journal.exception("imprévu")

    recit = lues[0]["exception"]
    assert "Durand" not in json.dumps(lues)
    assert recit.index("KeyError") < recit.index("ValueError")
    assert "return {}[nom]" in recit
    assert 'raise ValueError(f"client {erreur} inconnu") from erreur' in recit


def test_errors_that_name_machines_or_code_keep_their_words():
    assert dire(ConnectionRefusedError(111, "Connection refused")).endswith(": Connection refused")
    assert dire(FileNotFoundError(2, "No such file", "/x/Durand.pdf")) == (
        "FileNotFoundError : No such file"
    )
    assert "no attribute 'pk'" in dire(AttributeError("'NoneType' object has no attribute 'pk'"))
    assert dire(Conflit("M. Durand a déjà payé.", code="deja_payee")).endswith(": deja_payee")
    assert dire(Exception("M. Durand")) == "Exception"


@pytest.mark.django_db
def test_an_error_of_the_database_names_the_constraint_not_the_row(lues, patron):
    with pytest.raises(IntegrityError) as doublon, transaction.atomic():
        User.objects.create(email=patron.email, nom=DURAND)
    with pytest.raises(DataError) as illisible, transaction.atomic(), connection.cursor() as base:
        base.execute(f"SELECT '{DURAND}'::int")
    with pytest.raises(psycopg.Error) as faute, psycopg.connect(**_parametres()) as base:
        base.execute(f"SELECT '{DURAND}' FRM x")
    for erreur in (doublon.value, illisible.value, faute.value):
        journal.error("refusé par la base : %s", erreur)
        journal.error("refusé", exc_info=erreur)

    assert "Durand" not in (tout := json.dumps(lues))
    assert patron.email not in tout
    assert "23505 duplicate key value violates unique constraint" in lues[0]["event"]
    assert "22P02" in lues[2]["event"]
    assert "42601 syntax error" in lues[4]["event"]


def _parametres():
    tous = connection.get_connection_params()
    return {nom: tous[nom] for nom in ("host", "port", "user", "password", "dbname") if nom in tous}


def test_a_line_that_cannot_be_written_is_said_so_and_shows_nothing():
    fautive = logging.LogRecord("essai", 20, "ici.py", 1, "%s et %s", (MOT_DE_PASSE,), None)

    assert json.loads(Formateur("json").format(fautive)) == {
        "level": "error",
        "logger": "essai",
        "event": "ligne illisible",
        "exception": "TypeError",
        "lieu": "ici.py",
    }


def test_of_django_s_own_lines_only_what_broke_remains():
    def garde(niveau, exc_info):
        ligne = logging.LogRecord("django.request", niveau, "", 1, "%s", ("/acces/x/",), exc_info)
        return ErreursSeules().filter(ligne), Formateur("json").format(ligne)

    erreur = (ValueError, ValueError("x"), None)
    assert garde(logging.WARNING, None)[0] is False
    assert garde(logging.WARNING, erreur)[0] is False  # a refusal
    assert garde(logging.ERROR, None)[0] is False  # a 503 that a view gives
    reste, texte = garde(logging.ERROR, erreur)
    assert reste is True
    assert "/acces/" not in texte


def test_nothing_personal_leaves_in_the_form_that_is_plain_to_read():
    ligne = logging.LogRecord("essai", 30, "", 1, "à %s", ("jean.durand@exemple.fr",), None)

    assert Formateur("lisible").format(ligne).endswith("[warning] à ••• [essai]")


def test_every_logger_goes_through_the_root():
    plan = journalisation("INFO")

    assert plan["root"] == {"handlers": ["console"], "level": "INFO"}
    assert journalisation("ERROR")["root"]["level"] == "ERROR"
    assert all(not une.get("handlers") for une in plan["loggers"].values())
    assert set(SEUILS) < set(plan["loggers"])


def test_the_details_are_ours_alone():
    """botocore would write the documents and the signatures of its requests."""
    plan = journalisation("DEBUG")

    assert plan["root"]["level"] == "INFO"
    assert plan["loggers"]["artjardin"]["level"] == plan["loggers"]["ops"]["level"] == "DEBUG"


@pytest.mark.parametrize(
    ("variable", "valeur"), [("JOURNAL_FORMAT", "xml"), ("JOURNAL_NIVEAU", "BAVARD")]
)
def test_a_wrong_choice_is_refused_at_the_start_with_those_that_exist(variable, valeur):
    fait = subprocess.run(
        [sys.executable, "-c", "import artjardin.settings"],
        env=os.environ | {variable: valeur},
        capture_output=True,
        text=True,
        check=False,
    )

    assert fait.returncode == 1
    assert f"{variable} doit être" in fait.stderr
    assert f"« {valeur} »" in fait.stderr
