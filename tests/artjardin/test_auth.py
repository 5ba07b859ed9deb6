"""Logging in: opaque tokens, hashed at rest, revoked at once."""

import hashlib
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from artjardin.accounts.jetons import creer_jeton
from artjardin.accounts.models import Jeton
from tests.conftest import MOT_DE_PASSE
from tests.connexion import se_connecter

pytestmark = pytest.mark.django_db
AUTH = "/api/v1/auth"


def entrer(email="sophie@art-jardin.example", mot_de_passe=MOT_DE_PASSE, **champs):
    corps = {"email": email, "mot_de_passe": mot_de_passe} | champs
    return APIClient().post(f"{AUTH}/login/", corps)


def porteur(jeton):
    http = APIClient()
    http.credentials(HTTP_AUTHORIZATION=f"Bearer {jeton}")
    return http


def test_a_login_gives_a_token_that_opens_the_api(comptable):
    reponse = entrer(appareil="téléphone")

    assert reponse.status_code == 200
    assert set(reponse.json()) == {"jeton", "expire_le", "second_facteur_requis"}
    assert reponse.json()["second_facteur_requis"] is False
    moi = porteur(reponse.json()["jeton"]).get(f"{AUTH}/me/").json()
    assert (moi["id"], moi["email"], moi["roles"]) == (
        comptable.pk, comptable.email, ["comptable"],
    )  # fmt: skip
    assert "facturation.view_facture" in moi["droits"]
    assert porteur(reponse.json()["jeton"]).get("/api/v1/clients/").status_code == 200
    assert Jeton.objects.get().appareil == "téléphone"


@pytest.mark.usefixtures("comptable")
def test_only_the_hash_is_stored():
    secret = entrer().json()["jeton"]

    ligne = Jeton.objects.values().get()
    assert ligne["empreinte"] == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(ligne)
    assert len(secret) >= 43


@pytest.mark.usefixtures("comptable")
def test_the_case_of_the_address_does_not_matter():
    assert entrer(email="SOPHIE@Art-Jardin.example").status_code == 200


def test_every_wrong_credential_gets_the_same_answer(comptable, employe):
    employe.is_active = False
    employe.save()

    reponses = [
        entrer(mot_de_passe="jardin-a-l-anglaise"),
        entrer(mot_de_passe=f"{MOT_DE_PASSE} "),
        entrer(email="inconnu@art-jardin.example"),
        entrer(email=employe.email),
    ]

    assert {(r.status_code, r.content) for r in reponses} == {
        (
            400,
            (
                b'{"code":"identifiants_refuses","message":"Adresse ou mot de passe incorrect.",'
                b'"champs":{}}'
            ),
        )
    }
    assert not Jeton.objects.exists()


@pytest.mark.parametrize(
    "corps",
    [
        {},
        {"email": "pas une adresse", "mot_de_passe": "x"},
        {"email": "a@b.example", "mot_de_passe": "x" * 129},
        {"email": "a@b.example", "mot_de_passe": "a\x00b"},
        {"email": ["a@b.example"], "mot_de_passe": {"a": 1}},
    ],
)
def test_a_faulty_login_is_a_400_that_names_the_fields(corps):
    reponse = APIClient().post(f"{AUTH}/login/", corps)

    assert (reponse.status_code, reponse.json()["code"]) == (400, "invalide")
    assert set(reponse.json()["champs"]) <= {"email", "mot_de_passe"}


def test_a_token_expires_whatever_its_use(comptable, settings):
    settings.JETON_INACTIVITE = settings.JETON_DUREE * 2
    secret = entrer().json()["jeton"]
    echeance = timezone.now() + settings.JETON_DUREE

    with time_machine.travel(echeance - timedelta(minutes=1), tick=False):
        assert porteur(secret).get(f"{AUTH}/me/").status_code == 200
    with time_machine.travel(echeance + timedelta(minutes=1), tick=False):
        reponse = porteur(secret).get(f"{AUTH}/me/")
    assert (reponse.status_code, reponse["WWW-Authenticate"]) == (401, "Bearer")
    assert set(reponse.json()) == {"code", "message", "champs"}


def test_a_token_left_alone_expires_and_one_that_serves_goes_on(comptable, settings):
    secret, pause = entrer().json()["jeton"], settings.JETON_INACTIVITE - timedelta(minutes=1)
    depart = timezone.now()

    for fois in (1, 2, 3):
        with time_machine.travel(depart + fois * pause, tick=False):
            assert porteur(secret).get(f"{AUTH}/me/").status_code == 200
    with time_machine.travel(depart + 4 * pause + timedelta(minutes=2), tick=False):
        assert porteur(secret).get(f"{AUTH}/me/").status_code == 401


@pytest.mark.usefixtures("comptable")
def test_a_logout_revokes_this_token_at_once_and_no_other():
    un, deux = entrer().json()["jeton"], entrer().json()["jeton"]

    assert porteur(un).post(f"{AUTH}/logout/").status_code == 204

    assert porteur(un).get(f"{AUTH}/me/").status_code == 401
    assert porteur(un).post(f"{AUTH}/logout/").status_code == 401
    assert porteur(deux).get(f"{AUTH}/me/").status_code == 200
    assert Jeton.objects.filter(revoque_le=None).count() == 1


def test_a_deactivated_person_is_out_at_once(comptable):
    secret = entrer().json()["jeton"]
    comptable.is_active = False
    comptable.save()

    assert porteur(secret).get(f"{AUTH}/me/").status_code == 401


def test_a_right_taken_away_is_gone_at_once(comptable):
    secret = entrer().json()["jeton"]
    comptable.groups.clear()

    assert porteur(secret).get("/api/v1/clients/").status_code == 403


@pytest.mark.usefixtures("comptable")
@pytest.mark.parametrize(
    "entete", ["Bearer faux", "Bearer é", "Bearer \x00", f"Bearer {'x' * 9000}"]
)
def test_a_false_token_is_refused(entete):
    reponse = APIClient().get("/api/v1/clients/", HTTP_AUTHORIZATION=entete)

    assert (reponse.status_code, reponse.json()["code"]) == (401, "authentication_failed")


@pytest.mark.usefixtures("comptable")
@pytest.mark.parametrize("entete", ["", "Bearer", "Bearer a b", "Basic YTpi", "Token abc"])
def test_another_kind_of_header_is_no_login(entete):
    reponse = APIClient().get("/api/v1/clients/", HTTP_AUTHORIZATION=entete)

    assert (reponse.status_code, reponse.json()["code"]) == (401, "not_authenticated")


def test_a_session_must_prove_itself_against_forgery(patron):
    http = APIClient(enforce_csrf_checks=True)
    se_connecter(http, patron)

    reponse = http.post("/api/v1/clients/", {"nom": "Lemaire"})

    assert (reponse.status_code, reponse.json()["code"]) == (403, "permission_denied")


@pytest.fixture
def au_telephone(patron):
    """The API by a token of a patron who gave a code."""
    return porteur(creer_jeton(patron, verifie=True)[0])


def test_a_token_needs_no_proof_against_forgery(patron):
    http = APIClient(enforce_csrf_checks=True)
    http.credentials(HTTP_AUTHORIZATION=f"Bearer {creer_jeton(patron, verifie=True)[0]}")

    assert http.post("/api/v1/clients/", {"nom": "Lemaire"}).status_code == 201


def test_who_acted_with_a_token_is_in_the_journal(patron, au_telephone, settings):
    settings.MANDATAIRES = 1
    au_telephone.post("/api/v1/clients/", {"nom": "Lemaire"}, HTTP_X_REQUEST_ID="r-42")

    (entree,) = au_telephone.get("/api/v1/journal/?action=client.cree").json()["results"]
    assert (entree["acteur"], entree["acteur_nom"]) == (patron.pk, "Claire Moreau")
    assert (entree["adresse"], entree["requete"]) == ("127.0.0.1", "r-42")
