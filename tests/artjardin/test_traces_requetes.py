"""One line per request, one id for all that it does, and the queries that are slow."""

from __future__ import annotations

import logging

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from artjardin import guichet
from artjardin.accounts.cles import creer_cle
from artjardin.accounts.jetons import creer_jeton
from artjardin.audit.models import Entree
from artjardin.traces.requetes import chemin_sobre
from tests.clients.factories import creer_client

pytestmark = pytest.mark.django_db
REQUETE, LENTE = "artjardin.requete", "sql.lente"


def la_ligne(lues):
    (ligne,) = lues.de(REQUETE)
    return ligne


def test_a_request_has_one_line_with_what_it_cost(http, patron, lues):
    client = creer_client(nom="Durand")
    lues.clear()

    reponse = http.get(f"/api/v1/clients/{client.pk}/?champs=nom")

    ligne = la_ligne(lues)
    assert len(lues) == 1
    assert ligne["chemin"] == f"/api/v1/clients/{client.pk}/"
    assert (ligne["methode"], ligne["statut"], ligne["vue"]) == (
        "GET",
        reponse.status_code,
        "client-detail",
    )
    assert ligne["octets"] == len(reponse.content)
    assert ligne["utilisateur"] == patron.pk
    assert ligne["ms"] > ligne["sql_ms"] > 0
    assert ligne["requete"] == reponse["X-Request-ID"]


def test_it_counts_every_query_the_prepared_ones_too(http, lues):
    http.get("/api/v1/clients/")
    lues.clear()
    with CaptureQueriesContext(connection) as vues:
        http.get("/api/v1/clients/")

    transactions = [v for v in vues if v["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN"))]
    assert la_ligne(lues)["sql"] == len(vues) - len(transactions) > 2


def test_the_lines_and_the_journal_of_a_request_bear_the_id_that_it_answers(http, lues):
    reponses = [http.post("/api/v1/clients/", {"nom": nom}) for nom in ("Durand", "Martin")]

    numeros = [reponse["X-Request-ID"] for reponse in reponses]
    assert len(set(numeros)) == 2
    assert all(len(numero) == 32 for numero in numeros)
    crees = Entree.objects.filter(action="client.cree").order_by("id")
    assert [entree.requete for entree in crees] == numeros
    assert [ligne["requete"] for ligne in lues.de(REQUETE)] == numeros


@pytest.mark.parametrize(
    ("mandataires", "donne", "garde"),
    [
        (1, "r-42", True),
        (0, "r-42", False),  # nobody of ours stands in front: it is whoever calls that writes it
        (1, "jean.durand@exemple.fr", False),
        (1, "x" * 65, False),
        (1, "a\r\nSet-Cookie: b", False),
    ],
)
def test_only_our_proxy_names_a_request_and_only_plainly(settings, http, mandataires, donne, garde):
    settings.MANDATAIRES = mandataires

    assert (http.get("/live", HTTP_X_REQUEST_ID=donne)["X-Request-ID"] == donne) is garde


def test_probes_write_no_line_but_at_the_level_of_details(client, lues, caplog):
    caplog.set_level(logging.DEBUG, logger="artjardin")
    client.get("/live")

    assert lues.de(REQUETE) == []
    (discrete,) = [une for une in caplog.records if une.name == REQUETE]
    assert discrete.levelno == logging.DEBUG


@pytest.mark.parametrize(
    ("chemin", "dit"),
    [
        ("/acces/12-3-1790000000.abcDEF/", "/acces/•••/"),
        ("/reglement/eyJ:1abc:def/", "/reglement/•••/"),
        ("/api/v1/clients/12/restaurer-Durand/", "/api/v1/clients/12/•••/"),
        ("/api/v1/clients/jean.durand@exemple.fr/", "/api/v1/clients/•••/"),
        ("/acces/secret/", "/acces/•••/"),  # the name of what stands there is no word of the route
        ("/api/v1/factures/12/emettre/", "/api/v1/factures/12/emettre/"),
        ("/api/v1/clients/0612345678/", "/api/v1/clients/•••/"),
        ("/admin/clients/client/12/change/", "/admin/clients/client/12/change/"),
        ("/", "/"),
    ],
)
def test_a_path_shows_the_words_of_our_routes_and_numbers_only(chemin, dit):
    assert chemin_sobre(chemin) == dit


@pytest.mark.parametrize("chemin", ["/acces/12-3-1790000000.abcDEF/", "/reglement/secret/"])
def test_the_secret_of_a_link_is_in_no_line_whatever_is_answered(client, lues, chemin):
    client.get(chemin, {"suite": "Durand"})
    client.post(chemin, {"nom": "Durand"})

    assert [ligne["chemin"] for ligne in lues.de(REQUETE)] == [f"/{chemin.split('/')[1]}/•••/"] * 2
    assert chemin.split("/")[2] not in str(lues)
    assert "Durand" not in str(lues)


@pytest.mark.parametrize(
    ("chemin", "statut"), [("/api/v1/rien/", 404), ("/rien/", 404), ("/api/v1/clients/", 401)]
)
def test_a_refusal_has_no_second_line(client, lues, chemin, statut):
    client.get(chemin)

    assert la_ligne(lues)["statut"] == statut
    assert len(lues) == 1


@pytest.fixture
def panne(monkeypatch):
    """The list of clients breaks on somebody's name."""

    def casser(*_):
        raise ValueError(f"M. {'Durand'} n'a pas de ville")

    monkeypatch.setattr("clients.views.ClientVue.get_queryset", casser)


def test_what_breaks_is_told_once_with_the_line_of_the_request(http, lues, panne):
    http.raise_request_exception = False

    assert http.get("/api/v1/clients/").status_code == 500
    erreur, requete = lues
    assert (erreur["level"], erreur["event"]) == ("error", "erreur imprévue")
    assert "get_queryset" in erreur["exception"]
    assert (requete["level"], requete["statut"]) == ("warning", 500)
    assert erreur["requete"] == requete["requete"]
    assert "M. Durand" not in str(lues)


def test_an_answer_that_breaks_off_tells_no_path(monkeypatch, lues):
    def casser(_environ, _commencer):
        raise OSError("disque")

    monkeypatch.setattr(guichet, "django", casser)

    assert guichet._executer({"PATH_INFO": "/acces/secret/"}).statut == 500
    assert lues[0]["event"] == "réponse interrompue : /acces/•••/"


def test_a_machine_is_told_by_the_number_of_its_key(patron, lues):
    demain = timezone.now() + timezone.timedelta(days=1)
    secret, cle = creer_cle(nom="Cabinet", portee="comptabilite", expire_le=demain, par=patron)
    APIClient(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/factures/")

    assert la_ligne(lues)["cle_api"] == cle.pk
    assert "utilisateur" not in la_ligne(lues)


def test_who_comes_with_a_token_is_told_by_number(patron, lues):
    secret, _ = creer_jeton(patron, verifie=True)
    APIClient(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/clients/")

    assert la_ligne(lues)["utilisateur"] == patron.pk


def test_what_was_not_asked_is_not_looked_up_for_the_log(client, patron, lues):
    client.force_login(patron)
    lues.clear()
    with CaptureQueriesContext(connection) as vues:
        client.get("/live")

    assert list(vues) == []


def test_a_slow_query_is_named_without_its_values(settings, http, lues):
    settings.REQUETE_LENTE_MS = 0
    http.post("/api/v1/clients/", {"nom": "Durand", "email": "jean.durand@exemple.fr"})

    insertion = next(
        une
        for une in lues.de(LENTE)
        if une["requete_sql"].startswith('INSERT INTO "clients_client"')
    )
    assert "%s" in insertion["requete_sql"]
    assert insertion["lieu"].startswith("clients/")
    assert insertion["requete"] == la_ligne(lues)["requete"]
    assert "Durand" not in str(lues)


def test_a_quick_query_is_not_named_and_nothing_is_counted_between_requests(settings, http, lues):
    settings.REQUETE_LENTE_MS = 60_000
    http.get("/api/v1/clients/")
    Entree.objects.count()

    assert lues.de(LENTE) == []
    assert connection.execute_wrappers == []
