"""The journal as one reads it: filters, search, place in the chain, CSV (G9)."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from artjardin.accounts.auteur import systeme
from artjardin.accounts.models import User
from artjardin.audit.categories import CATEGORIES, DE
from artjardin.audit.models import Entree, Maillon
from artjardin.audit.services import consigner
from tests.artjardin.chaine import enchainer, forcer

pytestmark = pytest.mark.django_db
ADRESSE = "/api/v1/journal/"
ROBOT = systeme("essai")


def lire(http, **filtres) -> list[str]:
    """The actions that a filter leaves, the latest first."""
    reponse = http.get(ADRESSE, filtres)
    assert reponse.status_code == 200, reponse.json()
    return [ligne["action"] for ligne in reponse.json()["results"]]


@pytest.fixture
def journal(patron, auteur):
    """Four entries, of two days and two people."""
    with time_machine.travel(datetime(2026, 6, 10, 21, 59, tzinfo=UTC), tick=False):
        consigner(patron, "compte.modifie", par=auteur, avant={"nom": "A"}, apres={"nom": "B"})
    with time_machine.travel(datetime(2026, 6, 10, 22, 1, tzinfo=UTC), tick=False):
        consigner(User(pk=99, nom="=Dupont"), "facture.emise", par=ROBOT)
        consigner(User(pk=98, nom="Épine"), "facture.encaissee", par=ROBOT)
        consigner(User(pk=98, nom="Épine"), "factures_x.autre", par=ROBOT)
    enchainer()


@pytest.mark.parametrize(
    ("filtres", "attendues"),
    [
        ({}, ["factures_x.autre", "facture.encaissee", "facture.emise", "compte.modifie"]),
        ({"du": "2026-06-11"}, ["factures_x.autre", "facture.encaissee", "facture.emise"]),
        ({"au": "2026-06-10"}, ["compte.modifie"]),
        ({"du": "2026-06-11", "au": "2026-06-10"}, []),
        ({"action": "facture."}, ["facture.encaissee", "facture.emise"]),
        ({"action": "facture.emise"}, ["facture.emise"]),
        ({"categorie": "argent"}, ["facture.encaissee", "facture.emise"]),
        ({"categorie": "securite"}, ["compte.modifie"]),
        ({"categorie": "corbeille"}, []),
        ({"objet_type": "accounts.user", "objet_id": 99}, ["facture.emise"]),
        ({"adresse": " 192.0.2.7 "}, ["compte.modifie"]),
        ({"adresse": "192.0.2"}, []),
        ({"requete": "test"}, ["compte.modifie"]),
        ({"recherche": "épine"}, ["factures_x.autre", "facture.encaissee"]),
        ({"recherche": "claire"}, ["compte.modifie"]),
        ({"recherche": "encaiss"}, ["facture.encaissee"]),
    ],
)
def test_the_journal_is_filtered_and_searched(http, journal, filtres, attendues):
    assert lire(http, **filtres) == attendues


def test_the_journal_is_filtered_by_person(http, journal, patron):
    assert lire(http, acteur=patron.pk) == ["compte.modifie"]


@pytest.mark.parametrize(
    "filtres",
    [{"du": "hier"}, {"categorie": "inconnue"}, {"acteur": "x"}, {"sortie": "pdf"}],
)
def test_a_filter_that_means_nothing_is_a_400_that_names_it(http, filtres):
    reponse = http.get(ADRESSE, filtres)

    assert reponse.status_code == 400
    assert set(reponse.json()["champs"]) == set(filtres)


def test_each_entry_shows_its_place_in_the_chain(http, journal):
    lignes = http.get(ADRESSE).json()["results"]

    chaine = {maillon.rang: maillon for maillon in Maillon.objects.all()}
    assert [ligne["rang"] for ligne in lignes] == [4, 3, 2, 1]
    assert all(chaine[ligne["rang"]].sha256 == ligne["sha256"] for ligne in lignes)
    detail = http.get(f"{ADRESSE}{lignes[-1]['id']}/").json()
    assert (detail["rang"], detail["categorie"]) == (1, "securite")
    assert (detail["avant"], detail["apres"]) == ({"nom": "A"}, {"nom": "B"})


def test_an_entry_without_a_link_is_shown_all_the_same(http, journal):
    forcer("DELETE FROM audit_maillon WHERE rang = 4")

    assert http.get(ADRESSE).json()["results"][0]["rang"] is None
    assert len(en_csv(http)) == 5


def test_a_page_of_the_journal_costs_the_same_whatever_its_length(
    http, journal, django_assert_max_num_queries
):
    with django_assert_max_num_queries(6):
        lire(http)


def en_csv(http, **filtres) -> list[list[str]]:
    reponse = http.get(ADRESSE, filtres | {"sortie": "csv"})
    assert reponse["Content-Type"] == "text/csv; charset=utf-8"
    texte = b"".join(reponse.streaming_content).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(texte, newline=""), delimiter=";"))


def test_the_journal_as_a_file_holds_what_the_filters_leave(http, journal, patron):
    entetes, *lignes = en_csv(http, categorie="argent", recherche="")

    assert entetes[:3] == ["N°", "Rang", "Le"]
    assert [ligne[1] for ligne in lignes] == ["2", "3"]
    assert lignes[0][2:9] == [
        "11/06/2026 00:01:00", "système (essai)", "Argent", "facture.emise", "accounts.user", "99",
        "'=Dupont",
    ]  # fmt: skip
    assert lignes[0][-1] == Maillon.objects.get(rang=2).sha256
    _, premiere = en_csv(http, categorie="securite")
    assert premiere[9:13] == ['{"nom": "A"}', '{"nom": "B"}', "", "192.0.2.7"]


def test_taking_the_journal_away_is_journaled(http, journal, patron):
    en_csv(http, categorie="argent", requete="")

    entree = Entree.objects.latest("id")
    assert (entree.action, entree.acteur, entree.objet_id) == (
        "journal.exporte", patron, patron.pk,
    )  # fmt: skip
    assert entree.details == {"filtres": {"categorie": "argent"}}


def test_a_long_journal_is_whole_before_it_leaves(http, patron):
    with transaction.atomic(), connection.cursor() as curseur:
        curseur.execute("""
            INSERT INTO audit_entree (le, acteur_nom, action, objet_type, objet_nom, avant, apres,
                details, requete)
            SELECT now(), 'essai', 'essai.fait', 'essai', 'essai ' || i, '{}', '{}', '{}', ''
            FROM generate_series(1, 2500) i
        """)
    enchainer()

    reponse = http.get(ADRESSE, {"sortie": "csv", "action": "essai."})

    with CaptureQueriesContext(connection) as requetes:
        fichier = b"".join(reponse.streaming_content)
    assert not requetes.captured_queries
    assert len(fichier) == int(reponse["Content-Length"])
    assert fichier.decode("utf-8-sig").startswith("N°;Rang")
    assert fichier.count(b"\r\n") == 2501


def test_an_error_midway_sends_no_half_file(http, journal, monkeypatch):
    def casse(entree):
        raise ValueError(entree.action)

    monkeypatch.setattr("ops.journal._cellules", casse)
    with pytest.raises(ValueError, match="compte"):
        http.get(ADRESSE, {"sortie": "csv"})


@pytest.mark.parametrize("qui", ["employe", "comptable"])
def test_only_patrons_read_the_journal(qui, request, connecter):
    http = connecter(request.getfixturevalue(qui))

    assert http.get(ADRESSE).status_code == 403
    assert http.get(ADRESSE, {"sortie": "csv"}).status_code == 403
    assert not Entree.objects.exists()


def test_every_first_word_has_one_category():
    assert sum(len(debuts) for _, debuts in CATEGORIES.values()) == len(DE)
