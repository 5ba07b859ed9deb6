"""Coming in by the pages of the office: password, code, first setup, forgotten password."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone
from psycopg.sql import SQL, Identifier

from artjardin.accounts.liens import secret_du_lien
from artjardin.accounts.models import CodeSecours, Facteur, Lien, Role, Session, User
from artjardin.audit.models import Entree
from artjardin.outbox.models import Courriel
from ops.comptes import liens
from ops.tasks import envoyer_un_oubli
from tests.artjardin import telephone
from tests.conftest import MOT_DE_PASSE

pytestmark = pytest.mark.django_db
ENTREE, CODE, SETUP = "/admin/login/", "/admin/login/code/", "/admin/securite/second-facteur/"
AILLEURS = [
    "https://ailleurs.example/",
    "//ailleurs.example/",
    "javascript:alert(1)",
    "/\\ailleurs",
]


@pytest.fixture
def horloge():
    with time_machine.travel(timezone.now(), tick=False) as machine:
        yield machine


@pytest.fixture
def bureau(horloge):
    return Client()


def entrer(http, user, suite="/admin/", mot_de_passe=MOT_DE_PASSE):
    return http.post(ENTREE, {"username": user.email, "password": mot_de_passe, "next": suite})


def la_clef(reponse) -> str:
    """The key that the setup page lets type, without its spaces."""
    return re.search(r"<code[^>]*>([A-Z2-7 ]+)</code>", reponse.content.decode())[1].replace(
        " ", ""
    )


def les_codes(reponse) -> list[str]:
    return re.findall(r">([A-Z2-9]{4}(?:-[A-Z2-9]{4}){3})</li>", reponse.content.decode())


def mettre_en_place(http, user, suite="/admin/") -> tuple[str, list[str]]:
    """Secret of the phone and recovery codes; the clock must move before the next code."""
    entrer(http, user, suite)
    secret = la_clef(http.get(SETUP))
    codes = les_codes(http.post(SETUP, {"code": telephone.code(secret), "next": suite}))
    assert len(codes) == 10
    return secret, codes


def contenu_de_la_base() -> str:
    """Every row of every table, as text."""
    with connection.cursor() as curseur:
        tables = connection.introspection.table_names(curseur)
        lignes = []
        for table in tables:
            curseur.execute(SQL("SELECT t::text FROM {} t").format(Identifier(table)))
            lignes += [ligne for (ligne,) in curseur.fetchall()]
    return "\n".join(lignes)


class TestPremiereFois:
    def test_a_patron_without_a_factor_reaches_nothing_but_its_setup(self, bureau, patron):
        entrer(bureau, patron)

        for chemin in (
            "", "clients/client/", "securite/", "trash/", "securite/code/", "securite/codes/",
            "password_change/", "jsi18n/", "accounts/user/", "autocomplete/", "nulle-part/",
        ):  # fmt: skip
            reponse = bureau.get(f"/admin/{chemin}")
            assert (reponse.status_code, reponse.url.split("?")[0]) == (302, SETUP), chemin
        assert "checks" not in bureau.get("/health/detailed").json()
        assert bureau.post("/admin/clients/client/add/", {"nom": "x"}).url.startswith(SETUP)
        assert bureau.get("/api/v1/clients/").status_code == 403
        assert bureau.get(SETUP).status_code == 200
        assert bureau.head("/static/artjardin/feuille.svg").status_code == 200
        assert bureau.post("/admin/logout/").status_code == 200
        assert bureau.get("/admin/").url.startswith(ENTREE)

    def test_three_steps_then_ten_codes_then_where_one_was_going(self, bureau, patron):
        depart = entrer(bureau, patron, "/admin/clients/client/")
        detour = bureau.get(depart.url)
        page = bureau.get(detour.url)
        secret = la_clef(page)

        refus = bureau.post(detour.url, {"code": telephone.faux(secret)})
        fait = bureau.post(detour.url, {"code": telephone.code(secret)})

        assert "<svg" in page.content.decode()
        assert "nav-sidebar" not in page.content.decode()
        assert "Code refusé" in refus.content.decode()
        assert la_clef(refus) == secret, "the phone that has scanned it still fits"
        assert len(set(les_codes(fait))) == 10
        assert 'href="/admin/clients/client/"' in fait.content.decode()
        assert bureau.get("/admin/clients/client/").status_code == 200
        assert les_codes(bureau.get(SETUP)) == []

    def test_recovery_codes_are_in_no_table(self, bureau, patron):
        _, codes = mettre_en_place(bureau, patron)
        base = contenu_de_la_base()

        assert CodeSecours.objects.first().empreinte in base, "all of it was read"
        for code in codes:
            assert code not in base
            assert code.replace("-", "") not in base
        assert MOT_DE_PASSE not in base

    def test_the_answer_that_shows_them_is_kept_by_no_cache(self, bureau, patron):
        entrer(bureau, patron)
        secret = la_clef(bureau.get(SETUP))

        fait = bureau.post(SETUP, {"code": telephone.code(secret)})

        assert "no-store" in fait["Cache-Control"]

    def test_an_employee_enters_with_a_password_alone(self, bureau, employe):
        assert entrer(bureau, employe).url == "/admin/"
        assert bureau.get("/admin/").status_code == 200
        assert not Facteur.objects.exists()


class TestCode:
    def test_the_code_is_asked_after_the_password_and_serves_once(self, bureau, patron, horloge):
        secret, _ = mettre_en_place(bureau, patron)
        horloge.shift(timedelta(minutes=1))
        http, autre = Client(), Client()

        assert entrer(http, patron, "/admin/clients/client/").url == CODE
        assert http.get("/admin/").url.startswith(ENTREE), "the password alone opens nothing"
        assert http.post(CODE, {"code": telephone.code(secret)}).url == "/admin/clients/client/"
        assert http.get("/admin/clients/client/").status_code == 200

        entrer(autre, patron)
        rejoue = autre.post(CODE, {"code": telephone.code(secret)})
        assert (rejoue.status_code, "Code refusé" in rejoue.content.decode()) == (200, True)
        assert telephone.code(secret) not in rejoue.content.decode()
        assert autre.get("/admin/").status_code == 302

    def test_a_recovery_code_goes_in_the_same_field_once(self, bureau, patron):
        _, codes = mettre_en_place(bureau, patron)

        for attendu in (302, 200):
            http = Client()
            entrer(http, patron)
            assert "codes de secours" in http.get(CODE).content.decode()
            assert http.post(CODE, {"code": codes[0].lower()}).status_code == attendu

    def test_nothing_waits_for_a_code_without_a_password(self, bureau, patron):
        assert bureau.get(CODE).url == ENTREE
        assert bureau.post(CODE, {"code": "123456"}).url == ENTREE

    @pytest.mark.parametrize("cause", ["le temps", "un nouveau mot de passe", "un compte fermé"])
    def test_the_step_between_does_not_last(self, cause, bureau, patron, horloge):
        secret, _ = mettre_en_place(bureau, patron)
        http = Client()
        entrer(http, patron)
        horloge.shift(timedelta(minutes=11 if cause == "le temps" else 1))
        if cause == "un nouveau mot de passe":
            patron.set_password("sous-le-vieux-cerisier")
            patron.save()
        if cause == "un compte fermé":
            User.objects.filter(pk=patron.pk).update(is_active=False)

        assert http.post(CODE, {"code": telephone.code(secret)}).url == ENTREE
        assert http.get("/admin/").status_code == 302


class TestTropDEssais:
    def test_five_wrong_passwords_close_the_page_until_an_hour_that_it_says(self, bureau, patron):
        for _ in range(5):
            assert entrer(bureau, patron, mot_de_passe="non").status_code == 200
        heure = timezone.localtime() + timedelta(minutes=15)

        refus = entrer(bureau, patron)

        assert (refus.status_code, refus["Retry-After"]) == (429, "900")
        assert f"réessayez après {heure:%H} h {heure:%M}" in refus.content.decode()
        assert not Session.objects.filter(user=patron).exists()

    def test_so_do_five_wrong_codes(self, bureau, patron, horloge):
        secret, _ = mettre_en_place(bureau, patron)
        horloge.shift(timedelta(minutes=1))
        http = Client()
        entrer(http, patron)
        for _ in range(5):
            assert http.post(CODE, {"code": telephone.faux(secret)}).status_code == 200

        refus = http.post(CODE, {"code": telephone.code(secret)})

        assert refus.status_code == 429
        assert re.search(r"réessayez après \d\d h \d\d", refus.content.decode())
        assert http.get("/admin/").status_code == 302


class TestOuLOnVa:
    @pytest.mark.parametrize("suite", AILLEURS)
    def test_never_to_another_site(self, suite, bureau, patron, employe, horloge):
        secret, _ = mettre_en_place(bureau, patron, suite)
        horloge.shift(timedelta(minutes=1))
        http = Client()
        entrer(http, patron, suite)

        assert http.post(CODE, {"code": telephone.code(secret), "next": suite}).url == "/admin/"
        horloge.shift(timedelta(minutes=1))
        code_frais = "/admin/securite/code/"
        frais = http.post(code_frais, {"code": telephone.code(secret), "next": suite})
        assert frais.url == "/admin/"
        assert entrer(Client(), employe, suite).url == "/admin/"
        assert http.get(ENTREE, {"next": suite}).url == "/admin/"
        page = bureau.get(f"{SETUP}?next={suite}").content.decode()
        assert "ailleurs" not in page.split("<form")[1]

    def test_to_the_page_that_was_asked_for(self, bureau, employe):
        assert (
            entrer(bureau, employe, "/admin/clients/client/?q=a").url
            == "/admin/clients/client/?q=a"
        )
        assert bureau.get(f"{ENTREE}?next=/admin/clients/client/").url == "/admin/clients/client/"


class TestSortir:
    def test_leaving_is_a_post_and_says_so(self, bureau, employe):
        entrer(bureau, employe)

        assert bureau.get("/admin/logout/").status_code == 405
        assert bureau.get("/admin/").status_code == 200
        parti = bureau.post("/admin/logout/").content.decode()

        assert "Vous êtes déconnecté" in parti
        assert "Se reconnecter" in parti
        assert bureau.get("/admin/").status_code == 302


class TestMotDePasseOublie:
    @pytest.fixture(autouse=True)
    def _tout_de_suite(self, monkeypatch):
        monkeypatch.setattr(envoyer_un_oubli, "delay", envoyer_un_oubli)

    def test_the_page_says_the_same_whoever_asks(self, bureau, comptable):
        connu = bureau.post("/acces/oubli/", {"email": comptable.email})
        inconnu = bureau.post("/acces/oubli/", {"email": "x@ailleurs.example"})

        textes = [
            re.sub(r'name="csrfmiddlewaretoken"[^>]*|\S+@\S+', "", r.content.decode())
            for r in (connu, inconnu)
        ]
        assert textes[0] == textes[1]
        assert "Si un compte a l'adresse" in textes[0]
        assert [lien.user for lien in Lien.objects.all()] == [comptable]
        assert [c.a for c in Courriel.objects.all()] == [[comptable.email]]

    def test_too_many_requests_are_refused_with_a_delay(self, bureau, comptable):
        for _ in range(3):
            assert bureau.post("/acces/oubli/", {"email": comptable.email}).status_code == 200

        refus = bureau.post("/acces/oubli/", {"email": comptable.email})

        assert (refus.status_code, int(refus["Retry-After"]) > 0) == (429, True)
        assert Lien.objects.count() == 3

    def test_the_link_leads_to_a_password_once(self, bureau, comptable):
        bureau.post("/acces/oubli/", {"email": comptable.email})
        lien = f"/acces/{secret_du_lien(Lien.objects.get())}/"
        nouveau = "sous-le-vieux-cerisier"

        page = bureau.get(lien).content.decode()
        differents = bureau.post(lien, {"mot_de_passe": nouveau, "encore": "autre"})
        faible = bureau.post(lien, {"mot_de_passe": "court", "encore": "court"})
        fait = bureau.post(lien, {"mot_de_passe": nouveau, "encore": nouveau})

        assert comptable.email in page
        assert "diffèrent" in differents.content.decode()
        assert "12" in faible.content.decode()
        assert fait.url == ENTREE
        assert entrer(bureau, comptable, mot_de_passe=nouveau).status_code == 302
        assert "a déjà servi" in bureau.get(lien).content.decode()
        assert nouveau not in contenu_de_la_base()

    def test_a_link_that_is_worth_nothing_says_what_to_do(self, bureau):
        page = bureau.get("/acces/nimporte-quoi/").content.decode()

        assert page.count("a déjà servi") == 1
        assert "/acces/oubli/" in page
        assert 'type="password"' not in page

    def test_an_invited_patron_chooses_a_password_then_a_factor(self, bureau, auteur):
        invite = liens.inviter(email="nina@essais.example", role=Role.PATRON, par=auteur)
        lien = f"/acces/{secret_du_lien(Lien.objects.get(user=invite))}/"
        mot = "sous-le-vieux-cerisier"

        assert "un code de votre téléphone" in bureau.get(lien).content.decode()
        bureau.post(lien, {"mot_de_passe": mot, "encore": mot})

        assert entrer(bureau, invite, mot_de_passe=mot).url == "/admin/"
        assert bureau.get("/admin/").url.startswith(SETUP)

    def test_its_pages_may_run_what_draws_them(self, bureau):
        assert "'unsafe-eval'" in bureau.get("/acces/oubli/")["Content-Security-Policy"]
        assert (
            "'unsafe-inline'"
            not in (bureau.get("/acces/oubli/")["Content-Security-Policy"].split("style-src")[0])
        )


@pytest.mark.parametrize("page", [ENTREE, CODE, "/acces/oubli/", SETUP])
def test_a_form_from_elsewhere_is_refused(page, patron, employe):
    http = Client(enforce_csrf_checks=True)
    if page == SETUP:
        http.force_login(employe)

    assert http.post(page, {"username": patron.email, "password": MOT_DE_PASSE}).status_code == 403
    assert not Entree.objects.filter(action__startswith="session.").exists()
