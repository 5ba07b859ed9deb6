"""What each role may do with devis, factures and payments; closed by default."""

import pytest
from rest_framework.test import APIClient, APIRequestFactory

from artjardin.api.permissions import SelonDroits
from artjardin.audit.models import Entree
from facturation.models import Devis, Facture, Paiement, Prestation
from tests.facturation.factories import creer_brouillon, creer_devis, creer_facture, payer

pytestmark = pytest.mark.django_db
LIRE = [
    "factures/", "factures/{facture}/", "devis/", "devis/{devis}/", "paiements/",
    "paiements/{paiement}/", "prestations/", "prestations/{prestation}/",
    "clients/{client}/encours/", "clients/{client}/releve/", "factures/balance-agee/",
    "factures/chiffre-affaires/",
]  # fmt: skip
ECRIRE = [
    ("post", "factures/"), ("patch", "factures/{brouillon}/"), ("delete", "factures/{brouillon}/"),
    ("post", "factures/{brouillon}/emettre/"), ("post", "factures/{facture}/envoyer/"),
    ("post", "factures/{facture}/encaisser/"), ("post", "factures/{facture}/litige/"),
    ("post", "factures/{facture}/clore-litige/"), ("post", "devis/"), ("patch", "devis/{devis}/"),
    ("delete", "devis/{devis}/"), ("post", "devis/{devis}/finaliser/"),
    ("post", "devis/{devis}/envoyer/"), ("post", "devis/{devis}/accepter/"),
    ("post", "devis/{devis}/refuser/"), ("post", "devis/{devis}/facturer/"),
    ("post", "paiements/{paiement}/annuler/"), ("post", "prestations/"),
    ("patch", "prestations/{prestation}/"),
]  # fmt: skip


@pytest.fixture
def lieux():
    facture = creer_facture()
    return {
        "facture": facture.pk,
        "client": facture.client_id,
        "brouillon": creer_brouillon(client=facture.client).pk,
        "devis": creer_devis(client=facture.client).pk,
        "paiement": payer(facture, "10.00").pk,
        "prestation": Prestation.objects.first().pk,
    }


def demander(http, methode, chemin, lieux):
    return getattr(http, methode)(f"/api/v1/{chemin.format(**lieux)}", {})


def etat():
    return [
        list(modele._base_manager.order_by("pk").values())
        for modele in (Facture, Devis, Paiement, Prestation)
    ] + [Entree.objects.count()]


def test_an_employee_sees_nothing_of_the_money(connecter, employe, lieux):
    http, avant = connecter(employe), etat()

    reponses = [demander(http, "get", chemin, lieux) for chemin in LIRE]
    reponses += [demander(http, *route, lieux) for route in ECRIRE]
    reponses.append(demander(http, "get", "factures/{facture}/pdf/", lieux))

    assert {r.status_code for r in reponses} == {403}
    assert reponses[0].json() == {
        "code": "permission_denied",
        "message": "Votre rôle ne permet pas cette action.",
        "champs": {},
    }
    assert etat() == avant


def test_an_accountant_reads_all_and_writes_nothing(connecter, comptable, lieux):
    http, avant = connecter(comptable), etat()

    lectures = {chemin: demander(http, "get", chemin, lieux).status_code for chemin in LIRE}
    ecritures = {route: demander(http, *route, lieux).status_code for route in ECRIRE}

    assert lectures == dict.fromkeys(LIRE, 200)
    assert ecritures == dict.fromkeys(ECRIRE, 403)
    assert etat() == avant


def test_a_stranger_is_told_to_log_in(lieux):
    avant = etat()

    routes = [("get", chemin) for chemin in LIRE] + ECRIRE
    statuts = {route: demander(APIClient(), *route, lieux).status_code for route in routes}

    assert statuts == dict.fromkeys(routes, 401)
    assert etat() == avant


def test_a_patron_is_never_told_that_he_may_not(http, lieux):
    routes = [("get", chemin) for chemin in LIRE] + ECRIRE

    statuts = {demander(http, *route, lieux).status_code for route in routes}

    assert not statuts & {401, 403, 405, 500}


def test_a_right_is_asked_before_the_object_is_looked_for(connecter, employe):
    assert connecter(employe).get("/api/v1/factures/999999/").status_code == 403


def test_a_user_without_a_role_may_do_nothing(connecter, patron, lieux):
    patron.groups.clear()

    statuts = {demander(connecter(patron), "get", chemin, lieux).status_code for chemin in LIRE}

    assert statuts == {403}


class Vue:
    """A view that names a right for one action only."""

    droits = {"list": "facturation.view_facture"}

    def __init__(self, action):
        self.action = action


@pytest.mark.parametrize(("action", "permis"), [("list", True), ("retrieve", False)])
def test_an_action_without_a_right_is_closed_even_to_a_patron(patron, action, permis):
    requete = APIRequestFactory().get("/")
    requete.user = patron

    assert SelonDroits().has_permission(requete, Vue(action)) is permis


def test_a_view_without_rights_is_closed(patron):
    requete = APIRequestFactory().get("/")
    requete.user = patron

    assert not SelonDroits().has_permission(requete, object())
