"""Accounts and keys of machines by the API: patrons only, with a fresh code for what is grave."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import ProgrammingError, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from artjardin.accounts.auteur import personne
from artjardin.accounts.models import CleApi, Role, User
from artjardin.api.models import Clef
from artjardin.audit.models import Entree
from ops.comptes.cles import creer_cle
from tests.artjardin.factories import creer_pdf
from tests.connexion import se_connecter

pytestmark = pytest.mark.django_db
COMPTES, CLES = "/api/v1/comptes/", "/api/v1/cles-api/"


def dans(jours: float):
    return timezone.now() + timedelta(days=jours)


def porteur(secret):
    return APIClient(headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture
def cle(patron):
    """A key of each scope: `cle("surveillance")` gives a client that holds it."""

    def faire(portee, jours=30):
        secret, une = creer_cle(
            nom="Essai", portee=portee, expire_le=dans(jours), par=personne(patron)
        )
        http = porteur(secret)
        http.cle = une
        return http

    return faire


class TestComptes:
    def test_a_patron_invites_changes_and_closes(self, http):
        cree = http.post(
            COMPTES, {"email": "lou@art-jardin.example", "role": "employe", "prenom": "Lou"}
        )
        assert (cree.status_code, cree.json()["invite"]) == (201, True)
        adresse = f"{COMPTES}{cree.json()['id']}/"

        assert http.patch(adresse, {"roles": ["comptable"]}).json()["roles"] == ["comptable"]
        assert http.post(f"{adresse}inviter/").status_code == 200
        assert http.patch(adresse, {"is_active": False}).json()["is_active"] is False
        assert http.post(f"{adresse}inviter/").json()["code"] == "compte_desactive"
        assert http.delete(adresse).status_code == 405

    @pytest.mark.parametrize(
        "corps",
        [{}, {"email": "x"}, {"email": "a@b.example", "role": "chef"}, {"role": "patron"},
         {"email": "a@b.example", "role": "patron", "prenom": "x" * 81}],
    )  # fmt: skip
    def test_a_faulty_invitation_is_refused(self, http, corps):
        assert http.post(COMPTES, corps).status_code == 400
        assert User.objects.count() == 1

    @pytest.mark.parametrize("corps", [{"is_active": False}, {"roles": ["employe"]}])
    def test_the_last_patron_stays(self, http, patron, corps):
        refus = http.patch(f"{COMPTES}{patron.pk}/", corps)

        assert (refus.status_code, refus.json()["code"]) == (409, "dernier_patron")

    @pytest.mark.parametrize("corps", [{"roles": []}, {"roles": ["x"]}, {"is_active": "peut-être"}])
    def test_a_faulty_change_is_refused(self, http, comptable, corps):
        assert http.patch(f"{COMPTES}{comptable.pk}/", corps).status_code == 400

    def test_the_grave_ones_ask_a_fresh_code(self, patron, comptable):
        with time_machine.travel(timezone.now() - timedelta(minutes=11)):
            http = se_connecter(APIClient(), patron)
        session = http.session
        assert http.get(COMPTES).status_code == 200
        for refus in (
            http.post(COMPTES, {"email": "a@b.example", "role": "employe"}),
            http.patch(f"{COMPTES}{comptable.pk}/", {"roles": ["patron"]}),
            http.post(CLES, {"nom": "x", "portee": "comptabilite", "expire_le": dans(3)}),
        ):
            assert (refus.status_code, refus.json()["code"]) == (403, "code_frais_requis")
        assert session.session_key
        assert http.post(f"{COMPTES}{comptable.pk}/fermer-acces/").status_code == 200

    @pytest.mark.parametrize("qui", ["employe", "comptable"])
    def test_others_do_not_see_accounts(self, qui, request, connecter, patron):
        http = connecter(request.getfixturevalue(qui))

        assert {http.get(c).status_code for c in (COMPTES, CLES, f"{COMPTES}{patron.pk}/")} == {403}

    def test_no_account_is_ever_deleted_not_even_by_sql(self, comptable):
        with pytest.raises(ProgrammingError, match="Cannot delete"), transaction.atomic():
            User.objects.filter(pk=comptable.pk).delete()

    def test_the_list_costs_the_same_for_one_and_for_many(
        self, http, patron, django_assert_max_num_queries
    ):
        for rang in range(12):
            autre = User.objects.create_user(f"u{rang}@art-jardin.example")
            autre.groups.add(Group.objects.get(name=Role.EMPLOYE))

        with django_assert_max_num_queries(8):
            assert len(http.get(COMPTES).json()["results"]) == 13


class TestCles:
    def test_made_shown_once_and_never_again(self, http):
        corps = {"nom": "Logiciel comptable", "portee": "comptabilite", "expire_le": dans(90)}

        faite = http.post(CLES, corps, HTTP_IDEMPOTENCY_KEY="une fois")

        assert faite.status_code == 201
        secret = faite.json()["secret"]
        assert secret.startswith(faite.json()["debut"])
        assert "secret" not in http.get(f"{CLES}{faite.json()['id']}/").json()
        assert secret not in str(list(CleApi.objects.values()))
        assert not Clef.objects.exists(), "its answer is kept for no replay"
        assert porteur(secret).get("/api/v1/factures/").status_code == 200
        assert Entree.objects.get(action="cle_api.creee").objet_nom.startswith("Logiciel")

    @pytest.mark.parametrize("jours", [-1, 0, 367])
    def test_its_end_is_within_a_year(self, http, jours):
        corps = {"nom": "x", "portee": "surveillance", "expire_le": dans(jours)}

        assert set(http.post(CLES, corps).json()["champs"]) == {"expire_le"}

    def test_revoked_it_opens_nothing_at_once(self, http, cle):
        machine = cle("comptabilite")
        assert machine.get("/api/v1/factures/").status_code == 200

        assert http.delete(f"{CLES}{machine.cle.pk}/").status_code == 204

        assert machine.get("/api/v1/factures/").status_code == 401
        assert http.delete(f"{CLES}{machine.cle.pk}/").json()["code"] == "deja_revoquee"
        assert CleApi.objects.filter(pk=machine.cle.pk).exists()

    def test_it_expires(self, cle):
        machine = cle("comptabilite", jours=2)

        with time_machine.travel(dans(2.01)):
            assert machine.get("/api/v1/factures/").status_code == 401

    def test_it_opens_its_scope_only(self, cle):
        comptable, surveillance = cle("comptabilite"), cle("surveillance")

        assert comptable.get("/api/v1/factures/").status_code == 200
        assert comptable.get("/api/v1/paiements/").status_code == 200
        assert comptable.get("/api/v1/journal/").status_code == 403
        assert "checks" in surveillance.get("/health/detailed").json()
        assert "checks" not in comptable.get("/health/detailed").json()
        assert surveillance.get("/api/v1/factures/").status_code == 403
        assert surveillance.get("/api/v1/clients/").status_code == 403

    @pytest.mark.parametrize("methode", ["post", "put", "patch", "delete"])
    def test_it_only_reads(self, cle, methode):
        reponse = getattr(cle("comptabilite"), methode)("/api/v1/clients/1/", {})

        assert (reponse.status_code, reponse.json()["code"]) == (403, "cle_en_lecture_seule")

    @pytest.mark.parametrize(
        "chemin", ["me/", "acces/", "2fa/", "logout/", "2fa/setup/", "mot-de-passe/"]
    )
    def test_it_is_nobody(self, cle, chemin):
        machine = cle("comptabilite")

        assert machine.get(f"/api/v1/auth/{chemin}").status_code == 403
        assert machine.post(f"/api/v1/auth/{chemin}").status_code == 403
        assert machine.get("/admin/").status_code == 302

    def test_what_it_does_is_journaled_under_its_name(self, cle, settings):
        settings.DOCUMENT_PRODUCTEURS = {"essai": "tests.artjardin.factories.pdf"}
        machine = cle("comptabilite")

        document = creer_pdf()
        machine.get(f"/api/v1/archives/{document.pk}/telecharger/").getvalue()

        entree = Entree.objects.filter(objet_type="storage.document").latest("id")
        assert (entree.acteur, entree.acteur_nom) == (None, "clé d'API « Essai »")

    @pytest.mark.parametrize("secret", ["ajk_", "ajk_faux", "ajk_é", "ajk_" + "x" * 5000])
    def test_a_false_one_is_refused(self, secret):
        assert porteur(secret).get("/api/v1/factures/").status_code == 401
