"""The backups over HTTP and in the admin: who may, what is asked, what is shown."""

from __future__ import annotations

import zlib
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from artjardin.audit.models import Entree, Execution
from artjardin.sauvegardes.models import Sauvegarde
from ops import tasks
from tests.artjardin import sauvegardes as outils
from tests.artjardin.navigateur import messages_de, ouvrir, page

pytest_plugins = ["tests.artjardin.sauvegardes"]
pytestmark = pytest.mark.django_db
URL = "/api/v1/sauvegardes/"


@pytest.fixture
def demandees(monkeypatch):
    """What was asked of the workers."""
    vues: list[tuple] = []
    for nom in ("lancer_une_sauvegarde", "verifier_une_sauvegarde"):
        noter = partial(lambda nom, *ids: vues.append((nom, *ids)), nom)
        monkeypatch.setattr(getattr(tasks, nom), "delay_on_commit", noter)
    return vues


@pytest.fixture
def sauvegarde(atelier):
    return atelier.faire()


@pytest.fixture
def en_cours(db):
    """A run that holds its lock in another session."""
    clef = zlib.crc32(b"tache:sauvegarde")
    with outils.ouvrir(connection.settings_dict["NAME"]) as autre:
        autre.execute("SELECT pg_advisory_lock(%s)", [clef])
        yield


def test_the_list_and_the_detail_show_what_was_verified(http, atelier, sauvegarde):
    atelier.verifier(sauvegarde)

    (ligne,) = http.get(f"{URL}?etat=verifiee").json()["results"]
    detail = http.get(f"{URL}{sauvegarde.pk}/").json()

    assert (ligne["nom"], ligne["etat"], ligne["distante"]) == (sauvegarde.nom, "verifiee", True)
    assert "manifeste" not in ligne
    assert detail["manifeste"]["tables"]["fiche"] == 40
    assert detail["rapport"]["lus"]["lignes"] == 41
    assert http.get(f"{URL}?etat=refusee").json()["results"] == []


def test_the_list_asks_the_same_number_of_queries_whatever_it_holds(http, atelier, sauvegarde):
    def requetes() -> int:
        with CaptureQueriesContext(connection) as lues:
            assert http.get(URL).status_code == 200
        return len(lues)

    seule = requetes()
    atelier.faire()
    atelier.faire()

    assert requetes() == seule


def test_one_more_and_its_drill_are_asked_for_and_journaled(http, sauvegarde, demandees, patron):
    lancee, verifiee = http.post(f"{URL}lancer/"), http.post(f"{URL}{sauvegarde.pk}/verifier/")

    assert (lancee.status_code, verifiee.status_code) == (202, 202)
    assert lancee.json()["tache"] == "sauvegarde"
    assert demandees == [
        ("lancer_une_sauvegarde", patron.pk),
        ("verifier_une_sauvegarde", sauvegarde.pk, patron.pk),
    ]
    actions = Entree.objects.filter(acteur=patron).order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["sauvegarde.demandee", "sauvegarde.exercice_demande"]


def test_nothing_is_asked_for_while_one_runs(http, sauvegarde, demandees, en_cours):
    for chemin in ("lancer/", f"{sauvegarde.pk}/verifier/"):
        refus = http.post(f"{URL}{chemin}")
        assert (refus.status_code, refus.json()["code"]) == (409, "execution_en_cours")
    assert demandees == []
    assert not Entree.objects.filter(action="sauvegarde.demandee").exists()


def test_a_run_that_was_killed_refuses_nothing(http, demandees):
    Execution.objects.create(tache="sauvegarde")

    assert http.post(f"{URL}lancer/").status_code == 202


def test_one_that_was_deleted_is_not_verified(http, sauvegarde, demandees):
    Sauvegarde.objects.update(etat="supprimee")

    refus = http.post(f"{URL}{sauvegarde.pk}/verifier/")

    assert (refus.status_code, refus.json()["code"]) == (409, "sauvegarde_supprimee")
    assert demandees == []


@pytest.mark.parametrize("qui", ["comptable", "employe"])
def test_only_patrons_see_and_ask(request, connecter, qui, sauvegarde, demandees):
    http = connecter(request.getfixturevalue(qui))

    assert http.get(URL).status_code == 403
    assert http.get(f"{URL}{sauvegarde.pk}/").status_code == 403
    assert http.post(f"{URL}lancer/").status_code == 403
    assert http.post(f"{URL}{sauvegarde.pk}/verifier/").status_code == 403
    assert demandees == []


def test_the_admin_shows_them_and_asks_for_one_more(patron, atelier, sauvegarde, demandees):
    atelier.verifier(sauvegarde)
    navigateur = ouvrir(patron)

    liste = navigateur.get(page(Sauvegarde, "changelist")).content.decode()
    fiche = navigateur.get(page(sauvegarde)).content.decode()
    lancee = navigateur.post(reverse("admin:sauvegardes_sauvegarde_lancer"), {}, follow=True)
    verifiee = navigateur.post(page(sauvegarde, "verifier"), {}, follow=True)

    assert "ici, hors site" in liste
    assert "lignes : 41" in fiche.lower()
    assert sauvegarde.sha256 in fiche
    assert "L'exercice commence" in messages_de(verifiee)[0]
    assert "La sauvegarde commence" in messages_de(lancee)[0]
    assert demandees == [
        ("lancer_une_sauvegarde", patron.pk),
        ("verifier_une_sauvegarde", sauvegarde.pk, patron.pk),
    ]


def test_the_admin_offers_no_drill_of_what_was_deleted(patron, sauvegarde, demandees):
    Sauvegarde.objects.update(etat="supprimee", locale=False, distante=False)
    navigateur = ouvrir(patron)

    assert "aucune" in navigateur.get(page(Sauvegarde, "changelist")).content.decode()
    navigateur.post(page(sauvegarde, "verifier"), {})

    assert demandees == []
