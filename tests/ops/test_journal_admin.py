"""The journal in the office's admin: the same filters as the API, the same file (G9)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from django.urls import reverse

from artjardin.accounts.auteur import systeme
from artjardin.accounts.models import User
from artjardin.audit.models import Entree, Maillon
from artjardin.audit.services import consigner
from tests.artjardin.chaine import enchainer, forcer
from tests.artjardin.navigateur import ouvrir, page

pytestmark = pytest.mark.django_db
LISTE = "/admin/audit/entree/"


@pytest.fixture
def navigateur(patron, auteur):
    with time_machine.travel(datetime(2026, 6, 10, 21, 59, tzinfo=UTC), tick=False):
        consigner(patron, "compte.modifie", par=auteur, avant={"nom": "A"}, apres={"nom": "B"})
    with time_machine.travel(datetime(2026, 6, 10, 22, 1, tzinfo=UTC), tick=False):
        consigner(User(pk=99, nom="Dupont"), "facture.emise", par=systeme("essai"))
    enchainer()
    return ouvrir(patron)


@pytest.mark.parametrize(
    ("filtres", "vues"),
    [
        ({}, {"compte.modifie", "facture.emise"}),
        ({"du": "2026-06-11"}, {"facture.emise"}),
        ({"au": "2026-06-10"}, {"compte.modifie"}),
        ({"categorie": "argent"}, {"facture.emise"}),
        ({"quoi": "compte."}, {"compte.modifie"}),
        ({"d_ou": "192.0.2.7"}, {"compte.modifie"}),
        ({"d_ou": "ailleurs"}, set()),
        ({"requete": "test"}, {"compte.modifie"}),
        ({"q": "dupont"}, {"facture.emise"}),
        ({"le__year": "2026", "le__month": "6"}, {"compte.modifie", "facture.emise"}),
    ],
)
def test_the_list_and_its_file_hold_the_same_entries(navigateur, filtres, vues):
    liste = navigateur.get(LISTE, filtres)
    fichier = navigateur.get(LISTE, filtres | {"sortie": "csv"})

    assert {entree.action for entree in liste.context["cl"].result_list} == vues
    lignes = b"".join(fichier.streaming_content).decode("utf-8-sig").splitlines()[1:]
    assert {ligne.split(";")[5] for ligne in lignes} == vues
    exporte = Entree.objects.get(action="journal.exporte")
    assert exporte.details == {"filtres": {nom: str(dit) for nom, dit in filtres.items()}}


def test_the_button_keeps_the_filters(navigateur):
    contenu = navigateur.get(LISTE, {"categorie": "argent"}).content.decode()

    assert 'href="?categorie=argent&amp;sortie=csv"' in contenu
    assert "Télécharger ces lignes" in contenu


@pytest.mark.parametrize("sortie", [{}, {"sortie": "csv"}])
@pytest.mark.parametrize("filtres", [{"du": "hier"}, {"categorie": "x"}, {"inconnu": "1"}])
def test_a_filter_that_means_nothing_shows_the_whole_list(navigateur, filtres, sortie):
    reponse = navigateur.get(LISTE, filtres | sortie)

    assert reponse["Location"].endswith("?e=1")
    assert not Entree.objects.filter(action="journal.exporte").exists()


def test_an_entry_shows_its_place_in_the_chain(navigateur):
    entree = Entree.objects.get(action="facture.emise")

    contenu = navigateur.get(page(entree)).content.decode()
    assert entree.maillon.sha256 in contenu
    assert str(entree) == "11/06/2026 00:01 système (essai) : facture.emise Dupont"
    forcer("DELETE FROM audit_maillon WHERE rang = 2")
    assert "hors de la chaîne" in navigateur.get(page(entree)).content.decode()
    assert Maillon.objects.count() == 1


@pytest.mark.parametrize("qui", ["employe", "comptable"])
def test_the_file_is_for_who_may_read_the_journal(qui, request):
    navigateur = ouvrir(request.getfixturevalue(qui))

    assert navigateur.get(reverse("admin:audit_entree_changelist")).status_code == 403
    assert navigateur.get(LISTE, {"sortie": "csv"}).status_code == 403
    assert not Entree.objects.exists()
