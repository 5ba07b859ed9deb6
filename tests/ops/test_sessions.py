"""Who came in, who went out, who was not let in: all of it is in the journal (G9)."""

from __future__ import annotations

import re

import pytest
from django.test import Client as Navigateur
from rest_framework.test import APIClient

from artjardin.accounts.models import Jeton
from artjardin.audit.models import Entree
from ops.comptes import entrees as sessions
from tests.conftest import MOT_DE_PASSE

pytestmark = pytest.mark.django_db
AUTH, FAUX = "/api/v1/auth", "jardin-a-l-anglaise"
D_OU = {"REMOTE_ADDR": "192.0.2.9", "HTTP_X_REQUEST_ID": "r-7"}


@pytest.fixture(autouse=True)
def _derriere_un_mandataire(settings):
    settings.MANDATAIRES = 1


def entrer(email="claire@art-jardin.example", mot_de_passe=MOT_DE_PASSE, **options):
    corps = {"email": email, "mot_de_passe": mot_de_passe, "appareil": "téléphone"}
    return APIClient().post(f"{AUTH}/login/", corps, **D_OU | options)


def au_bureau(email="claire@art-jardin.example", mot_de_passe=MOT_DE_PASSE):
    navigateur = Navigateur()
    corps = {"username": email, "password": mot_de_passe, "next": "/admin/"}
    return navigateur, navigateur.post("/admin/login/", corps, **D_OU)


def derniere() -> Entree:
    entree = Entree.objects.latest("id")
    assert (entree.adresse, entree.requete) == ("192.0.2.9", "r-7")
    return entree


def test_a_token_given_and_revoked_is_journaled(patron):
    jeton = entrer().json()["jeton"]

    entree = derniere()
    assert (entree.acteur, entree.action, entree.objet_id) == (patron, "session.jeton", patron.pk)
    assert entree.details == {"jeton": Jeton.objects.get().pk, "appareil": "téléphone"}
    assert jeton not in str(list(Entree.objects.values()))

    http = APIClient(headers={"Authorization": f"Bearer {jeton}"})
    assert http.post(f"{AUTH}/logout/", **D_OU).status_code == 204
    entree = derniere()
    assert (entree.acteur, entree.action) == (patron, "session.jeton_revoque")
    assert entree.details == {"jeton": Jeton.objects.get().pk}


@pytest.mark.parametrize("porte", [entrer, lambda **qui: au_bureau(**qui)[1]])
def test_who_was_not_let_in_is_journaled_without_what_was_typed(patron, porte):
    porte(mot_de_passe=FAUX)

    entree = derniere()
    assert (entree.action, entree.objet_id) == ("session.refusee", patron.pk)
    assert (entree.acteur, entree.acteur_nom) == (None, "personne non identifiée")
    assert entree.details["voie"] in {"api", "bureau"}
    porte(email="inconnu@ailleurs.example", mot_de_passe=FAUX)
    entree = derniere()
    assert (entree.objet_nom, entree.objet_id) == ("i…@ailleurs.example", None)
    assert FAUX not in str(list(Entree.objects.values()))
    assert Entree.objects.count() == 2


def test_nobody_fills_the_journal_from_outside(patron, monkeypatch):
    monkeypatch.setattr(sessions, "REFUS_MAX", 3)

    for rang in range(5):
        assert entrer(email=f"x{rang}@ailleurs.example").status_code == 400
    entrer(email="y@ailleurs.example", REMOTE_ADDR="192.0.2.10")

    tus = Entree.objects.order_by("id").values_list("adresse", "details__suivants_tus")
    assert list(tus) == [
        ("192.0.2.9", False), ("192.0.2.9", False), ("192.0.2.9", True), ("192.0.2.10", False),
    ]  # fmt: skip


def test_a_session_of_the_office_is_journaled_from_its_start_to_its_end(patron):
    navigateur, reponse = au_bureau()
    assert reponse.status_code == 302
    entree = derniere()
    assert (entree.acteur, entree.action) == (patron, "session.ouverte")

    assert navigateur.get("/admin/logout/", **D_OU).status_code == 405
    navigateur.post("/admin/logout/", **D_OU)
    entree = derniere()
    assert (entree.acteur, entree.action) == (patron, "session.fermee")
    assert navigateur.get("/admin/").status_code == 302
    navigateur.post("/admin/logout/", **D_OU)
    assert Entree.objects.count() == 2


@pytest.mark.parametrize(
    "corps", [{}, {"username": "a\0b", "password": ""}, {"username": "", "password": "x"}]
)
def test_an_empty_form_is_no_attempt(patron, corps):
    reponse = Navigateur().post("/admin/login/", corps)

    assert reponse.status_code == 200
    assert not Entree.objects.exists()


def test_the_login_page_is_shown(patron):
    page = Navigateur().get("/admin/login/").content
    assert b'name="username"' in page
    assert re.search(rb'<input type="password" name="password"[^>]*"current-password"', page)
    navigateur, _ = au_bureau()
    assert navigateur.get("/admin/login/")["Location"] == "/admin/"


def test_changing_one_s_own_password_revokes_the_devices_and_is_journaled(comptable):
    entrer(email=comptable.email)
    navigateur, _ = au_bureau(email=comptable.email)
    nouveau = "potager-en-carres-8"
    corps = {"actuel": FAUX, "mot_de_passe": nouveau, "encore": nouveau}
    page = "/admin/password_change/"

    assert navigateur.post(page, corps, **D_OU).status_code == 200
    assert derniere().action == "session.ouverte"
    reponse = navigateur.post(page, corps | {"actuel": MOT_DE_PASSE}, **D_OU)

    assert reponse["Location"] == "/admin/securite/"
    entree = derniere()
    assert (entree.acteur, entree.action) == (comptable, "compte.mot_de_passe")
    assert entree.details == {"jetons_revoques": 1}
    assert not Jeton.objects.filter(revoque_le=None).exists()
    comptable.refresh_from_db()
    assert comptable.check_password(nouveau)
    assert navigateur.get("/admin/").status_code == 200
    assert nouveau not in str(list(Entree.objects.values()))


def test_the_page_of_one_s_password_is_for_who_is_in(patron):
    corps = {"actuel": MOT_DE_PASSE}

    reponse = Navigateur().post("/admin/password_change/", corps)

    assert reponse["Location"].startswith("/admin/login/")
    assert not Entree.objects.exists()
