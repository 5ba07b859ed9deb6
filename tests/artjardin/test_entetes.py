"""What every answer tells the browser; cookies; who may call from elsewhere; forgery."""

from __future__ import annotations

import re

import pytest
from django.http import FileResponse
from django.test import Client
from rest_framework.test import APIClient

from artjardin.accounts.jetons import creer_jeton
from ops.comptes.appareils import COOKIE
from tests.connexion import se_connecter

pytestmark = pytest.mark.django_db
AILLEURS, INCONNUE = "https://app.example", "https://voleur.example"
MOT_DE_PASSE = "jardin-a-la-francaise"
PAGES = [
    "/live", "/ready", "/", "/admin/", "/admin/login/", "/admin/trash/", "/acces/oubli/",
    "/acces/x/", "/reglement/x/", "/rebonds/x/", "/rien", "/api/rien", "/api/v1/clients/",
    "/api/v1/auth/me/", "/api/docs/", "/api/schema/", "/health/detailed",
    "/static/artjardin/feuille.svg", "/static/rien",
]  # fmt: skip


@pytest.fixture
def bureau(patron):
    return se_connecter(Client(), patron)


@pytest.fixture(autouse=True)
def _rien_d_ouvert(monkeypatch):
    """The files that answers are made of are closed with the test."""
    ouverts = []
    ouvrir = FileResponse.__init__

    def noter(reponse, *args, **options):
        ouvrir(reponse, *args, **options)
        ouverts.append(reponse)

    monkeypatch.setattr(FileResponse, "__init__", noter)
    yield
    for reponse in ouverts:
        reponse.close()


def politique(reponse) -> dict[str, str]:
    directives = reponse["Content-Security-Policy"].split(";")
    return dict(directive.strip().partition(" ")[::2] for directive in directives)


class TestEntetes:
    @pytest.mark.parametrize("adresse", PAGES)
    @pytest.mark.parametrize("qui", ["client", "bureau"])
    def test_every_answer_is_closed_to_others(self, request, qui, adresse):
        reponse = request.getfixturevalue(qui).get(adresse)

        assert reponse["X-Content-Type-Options"] == "nosniff"
        assert reponse["X-Frame-Options"] == "DENY"
        assert reponse["Referrer-Policy"] in {"same-origin", "no-referrer"}
        assert reponse["Cross-Origin-Opener-Policy"] == "same-origin"
        assert reponse["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "camera=()" in reponse["Permissions-Policy"]
        assert politique(reponse)["frame-ancestors"] == "'none'"
        assert politique(reponse)["base-uri"] == "'none'"
        statique = adresse.startswith("/static/")
        assert statique or "no-store" in reponse["Cache-Control"]

    @pytest.mark.parametrize("adresse", [*PAGES, "/api/docs/?script="])
    def test_no_script_is_taken_from_a_page_or_from_elsewhere(self, bureau, adresse):
        reponse = bureau.get(adresse, headers={"accept": "text/html, */*"})
        scripts = politique(reponse).get("script-src", politique(reponse)["default-src"])
        texte = b"".join(reponse) if reponse.streaming else reponse.content
        du_bureau = adresse.startswith(("/admin/", "/acces/"))

        attendus = {"'self'", "'unsafe-eval'"} if du_bureau else {"'self'"}
        assert set(scripts.split()) <= attendus | {"'none'"}
        if reponse.get("Content-Type", "").startswith("text/html"):
            en_ligne = re.findall(rb"<script(?![^>]*\bsrc=)([^>]*)>", texte)
            assert {b"json" in attributs for attributs in en_ligne} <= {True}
            assert not re.search(rb"<[^>]+\son(click|load|error|submit|change)\s*=", texte)

    def test_a_refusal_has_them_too(self, client):
        refus = client.get("/live", headers={"host": "voleur.example"})
        gros = client.post("/acces/oubli/", b"a" * 2_000_000, "text/plain")

        for reponse, statut in ((refus, 400), (gros, 413)):
            assert reponse.status_code == statut
            assert reponse["Cache-Control"] == "no-store"
            assert politique(reponse)["frame-ancestors"] == "'none'"

    @pytest.mark.parametrize("accepte", ["text/html", "application/json"])
    @pytest.mark.parametrize(
        "hote", ["voleur.example", "127.0.0.1.voleur.example", "127.0.0.1@voleur.example", "a b"]
    )
    def test_another_host_is_refused(self, client, hote, accepte):
        refus = client.get("/admin/login/", headers={"host": hote, "accept": accepte})

        assert refus.status_code == 400
        assert "voleur" not in refus.text
        assert ("La demande ne peut pas être lue." in refus.text) is True

    def test_what_a_stranger_says_of_the_host_is_not_believed(self, client):
        page = client.get("/", headers={"X-Forwarded-Host": "voleur.example"})

        assert page["Location"] == "/admin/"

    def test_over_tls_it_stays_so(self, client, settings):
        settings.SECURE_HSTS_SECONDS, settings.SECURE_SSL_REDIRECT = 31_536_000, True
        settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        client = Client()  # the middleware reads its settings once

        en_clair = client.get("/admin/login/")
        par_tls = client.get("/admin/login/", headers={"X-Forwarded-Proto": "https"})

        assert (en_clair.status_code, en_clair["Location"][:8]) == (301, "https://")
        assert par_tls["Strict-Transport-Security"] == (
            "max-age=31536000; includeSubDomains; preload"
        )
        assert client.get("/live").status_code == 200

    def test_nobody_makes_a_request_seem_secure_without_a_proxy_of_ours(self, client, settings):
        settings.SECURE_SSL_REDIRECT = True

        en_clair = Client().get("/admin/login/", headers={"X-Forwarded-Proto": "https"})

        assert en_clair.status_code == 301


class TestCookies:
    def test_each_is_hidden_from_scripts_and_from_other_sites(self, settings, comptable):
        settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
        client = Client()
        client.get("/admin/login/", secure=True)
        entree = client.post(
            "/admin/login/",
            {"username": comptable.email, "password": MOT_DE_PASSE},
            secure=True,
        )

        assert entree.status_code == 302
        assert {"sessionid", "csrftoken", COOKIE} <= set(client.cookies)
        for nom, cookie in client.cookies.items():
            assert cookie["secure"], nom
            assert cookie["httponly"], nom
            assert cookie["samesite"] == "Lax", nom
            assert not cookie["domain"], nom

    def test_an_api_called_with_a_token_leaves_none(self, comptable):
        http = APIClient(headers={"Authorization": f"Bearer {creer_jeton(comptable)[0]}"})

        assert http.get("/api/v1/auth/me/").status_code == 200
        assert not http.cookies


class TestCors:
    @pytest.fixture(autouse=True)
    def _liste(self, settings):
        settings.CORS_ALLOWED_ORIGINS = [AILLEURS]

    def preparer(self, origine, adresse="/api/v1/clients/"):
        tetes = {
            "Origin": origine,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,idempotency-key",
        }
        return Client().options(adresse, headers=tetes)

    def test_a_front_end_of_the_list_calls_with_its_token(self, comptable):
        permis = self.preparer(AILLEURS)
        jeton, _ = creer_jeton(comptable)
        appel = Client().get(
            "/api/v1/auth/me/", headers={"Origin": AILLEURS, "Authorization": f"Bearer {jeton}"}
        )
        for reponse in (permis, appel):
            assert reponse.status_code == 200
            assert reponse["Access-Control-Allow-Origin"] == AILLEURS
            assert "Access-Control-Allow-Credentials" not in reponse
            assert "origin" in reponse["Vary"].lower()
        assert {"authorization", "idempotency-key"} <= set(
            permis["Access-Control-Allow-Headers"].split(", ")
        )
        assert "Retry-After" in appel["Access-Control-Expose-Headers"]

    @pytest.mark.parametrize("statut", [401, 404, 413])
    def test_it_can_read_a_refusal(self, http, statut):
        http = APIClient() if statut == 401 else http
        adresse = "/api/v1/clients/999999/" if statut == 404 else "/api/v1/clients/"
        methode = "POST" if statut == 413 else "GET"
        refus = http.generic(
            methode, adresse, b" " * 2_000_000, "application/json", headers={"Origin": AILLEURS}
        ) if statut == 413 else http.get(adresse, headers={"Origin": AILLEURS})  # fmt: skip

        assert refus.status_code == statut
        assert refus["Access-Control-Allow-Origin"] == AILLEURS

    @pytest.mark.parametrize(
        "origine",
        [INCONNUE, "null", "https://app.example.voleur.example", "http://app.example",
         "https://app.example:8443", "https://APP.example", "", "file://", "*"],
    )  # fmt: skip
    def test_another_origin_gets_nothing(self, origine):
        for reponse in (
            self.preparer(origine),
            Client().get("/api/v1/clients/", headers={"Origin": origine}),
        ):
            assert "Access-Control-Allow-Origin" not in reponse
            assert "Access-Control-Allow-Credentials" not in reponse

    @pytest.mark.parametrize(
        "adresse", ["/admin/login/", "/acces/oubli/", "/reglement/x/", "/live"]
    )
    def test_only_the_api_is_called_from_elsewhere(self, adresse):
        assert "Access-Control-Allow-Origin" not in self.preparer(AILLEURS, adresse)
        ici = Client().get(adresse, headers={"Origin": AILLEURS})
        assert "Access-Control-Allow-Origin" not in ici


class TestFalsification:
    @pytest.fixture
    def session(self, patron):
        """A browser that checks as real ones do."""
        return se_connecter(Client(enforce_csrf_checks=True), patron)

    @pytest.mark.parametrize("origine", [None, INCONNUE, "null"])
    @pytest.mark.parametrize(
        "adresse", ["/api/v1/clients/", "/api/v1/auth/logout-all/", "/admin/securite/code/"]
    )
    def test_another_site_cannot_post_with_our_session(self, session, adresse, origine):
        tetes = {"Origin": origine} if origine else {}
        refus = session.post(adresse, {"nom": "x"}, headers=tetes)

        assert refus.status_code == 403
        assert session.get("/api/v1/auth/me/").status_code == 200  # nothing was closed

    def test_the_refusal_is_said_in_french(self, session):
        page = session.post("/admin/securite/code/", {}, headers={"accept": "text/html"})
        api = session.post("/api/v1/clients/", {})

        assert "Cette page a expiré" in page.text
        assert set(api.json()) == {"code", "message", "champs"}

    def test_our_own_page_can(self, session):
        session.get("/admin/securite/code/")
        preuve = session.cookies["csrftoken"].value
        envoi = session.post("/admin/securite/code/", {"csrfmiddlewaretoken": preuve, "code": "x"})

        assert envoi.status_code == 200

    def test_logging_in_by_another_site_is_refused_too(self, comptable):
        client = Client(enforce_csrf_checks=True)
        refus = client.post(
            "/admin/login/",
            {"username": comptable.email, "password": MOT_DE_PASSE},
            headers={"Origin": INCONNUE},
        )
        assert refus.status_code == 403
        assert "sessionid" not in client.cookies
