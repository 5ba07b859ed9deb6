"""« Ma sécurité »: one's factor, recovery codes, accesses and password, by the pages."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from artjardin.accounts import facteurs
from artjardin.accounts.jetons import creer_jeton
from artjardin.accounts.models import CodeSecours, Facteur, Jeton
from artjardin.audit.models import Entree
from ops.comptes import appareils
from tests.artjardin import telephone
from tests.artjardin.navigateur import messages_de, ouvrir
from tests.conftest import MOT_DE_PASSE
from tests.connexion import laisser_vieillir_le_code, se_connecter

pytestmark = pytest.mark.django_db
PAGE, SETUP = "/admin/securite/", "/admin/securite/second-facteur/"
CODES, CODE = "/admin/securite/codes/", "/admin/securite/code/"
MOT = "/admin/password_change/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"
NOUVEAU = "sous-le-vieux-cerisier"


@pytest.fixture
def horloge():
    with time_machine.travel(timezone.now(), tick=False) as machine:
        yield machine


@pytest.fixture
def bureau(patron, horloge):
    """A patron's browser, a code given just now."""
    return ouvrir(patron)


def cle_du_telephone(user) -> str:
    """The secret of a factor that is in place, as the phone of this person holds it."""
    attend, secret = facteurs.preparer(user)
    attend.delete()
    assert Facteur.objects.filter(user=user).update(secret=attend.secret) == 1
    return secret


def texte(reponse) -> str:
    return " ".join(reponse.content.decode().split())


class TestLaPage:
    def test_it_stands_in_the_frame_of_the_office_and_in_the_menu_of_the_person(self, bureau):
        page = texte(bureau.get(PAGE))

        assert "nav-sidebar" in page
        assert page.count(f'href="{PAGE}"') == 1
        assert f'href="{MOT}"' in page
        assert f'href="{PAGE}"' in texte(bureau.get("/admin/"))

    def test_each_role_has_its_own(self, employe, comptable):
        for user in (employe, comptable):
            page = texte(ouvrir(user).get(PAGE))
            assert "Mettre en place un second facteur" in page
            assert "Absent" in page

    def test_it_is_for_who_is_in(self, client):
        for chemin in (PAGE, SETUP, CODES, CODE, MOT, f"{SETUP}desactiver/"):
            assert client.get(chemin).url == f"/admin/login/?next={chemin}"

    @pytest.mark.parametrize(("restants", "dit"), [(3, None), (2, "C'est peu"), (0, "aucun code")])
    def test_it_warns_when_few_codes_are_left(self, restants, dit, bureau, patron):
        facteurs.donner_des_codes(patron)
        servis = CodeSecours.objects.order_by("pk").values("pk")[: 10 - restants]
        CodeSecours.objects.filter(pk__in=servis).update(utilise_le=timezone.now())

        page = texte(bureau.get(PAGE)).replace("&#x27;", "'")

        assert ("Demandez-en dix neufs" in page) == (dit is not None)
        assert dit is None or dit in page
        assert restants == 0 or f"Il vous reste {restants} codes" in page


class TestAcces:
    def test_devices_are_named_in_plain_words(self, comptable):
        ailleurs = Client(headers={"User-Agent": FIREFOX}, REMOTE_ADDR="203.0.113.5")
        ailleurs.post("/admin/login/", {"username": comptable.email, "password": MOT_DE_PASSE})
        creer_jeton(comptable, appareil="Téléphone de Sophie", adresse="203.0.113.9")

        page = texte(ouvrir(comptable).get(PAGE))

        assert "Firefox sur Windows" in page
        assert "Mozilla" not in page
        assert "203.0.113.5" in page
        assert "Téléphone de Sophie" in page
        assert "203.0.113.9" in page
        assert page.count("Cet appareil") == 1

    def test_one_is_closed_by_its_button_and_by_no_link(self, bureau, patron):
        secret, jeton = creer_jeton(patron, appareil="Téléphone", verifie=True)
        fermer = f"{PAGE}acces/jeton-{jeton.pk}/"
        assert fermer in texte(bureau.get(PAGE))

        assert bureau.get(fermer).status_code == 405
        assert Jeton.objects.get().revoque_le is None
        reponse = bureau.post(fermer, follow=True)

        assert messages_de(reponse) == ["Cet accès est fermé."]
        porteur = APIClient(headers={"Authorization": f"Bearer {secret}"})
        assert porteur.get("/api/v1/auth/me/").status_code == 401
        assert messages_de(bureau.post(fermer, follow=True)) == ["Cet accès n'est plus ouvert."]

    def test_that_of_another_person_stays_open(self, bureau, comptable):
        _, jeton = creer_jeton(comptable)

        bureau.post(f"{PAGE}acces/jeton-{jeton.pk}/")

        assert Jeton.objects.get().revoque_le is None

    def test_all_the_others_at_once(self, bureau, patron):
        autre = ouvrir(patron)
        creer_jeton(patron)
        assert "Fermer tous les autres" in texte(bureau.get(PAGE))

        assert bureau.get(f"{PAGE}acces/autres/").status_code == 405
        assert autre.get(PAGE).status_code == 200
        reponse = bureau.post(f"{PAGE}acces/autres/", follow=True)

        assert messages_de(reponse) == ["2 autres accès fermés."]
        assert autre.get(PAGE).status_code == 302
        assert "Fermer tous les autres" not in texte(reponse)
        assert messages_de(bureau.post(f"{PAGE}acces/autres/", follow=True)) == [
            "Rien d'autre d'ouvert."
        ]

    def test_a_form_from_elsewhere_closes_nothing(self, patron):
        http = se_connecter(Client(enforce_csrf_checks=True), patron)
        creer_jeton(patron)

        assert http.post(f"{PAGE}acces/autres/").status_code == 403
        assert Jeton.objects.get().revoque_le is None


class TestFacteur:
    def test_replacing_it_asks_for_a_fresh_code_first(self, bureau, patron, horloge):
        ancien = cle_du_telephone(patron)
        laisser_vieillir_le_code(bureau)

        detour = bureau.get(SETUP)
        assert detour.url == f"{CODE}?{urlencode({'next': SETUP})}"
        assert bureau.post(SETUP, {"code": "123456"}).url.startswith(CODE)
        assert Facteur.objects.count() == 1, "no secret was prepared"

        suite = bureau.post(detour.url, {"code": telephone.code(ancien)})
        assert suite.url == SETUP
        page = bureau.get(SETUP)
        cle = re.search(r"<code[^>]*>([A-Z2-7 ]+)</code>", page.content.decode())[1]
        assert {len(groupe) for groupe in cle.split()} == {4}
        horloge.shift(timedelta(minutes=1))
        fait = bureau.post(SETUP, {"code": telephone.code(cle.replace(" ", ""))})

        assert "Vos codes de secours" in texte(fait)
        assert f'href="{PAGE}"' in texte(fait)
        assert Facteur.objects.get().confirmed
        assert not facteurs.accepter(Facteur.objects.get(), telephone.code(ancien))

    def test_who_need_not_have_one_may_and_may_take_it_away(self, comptable, horloge):
        http = ouvrir(comptable)
        page = http.get(SETUP).content.decode()
        assert "nav-sidebar" in page
        secret = re.search(r"<code[^>]*>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
        http.post(SETUP, {"code": telephone.code(secret)})
        assert facteurs.a_un_facteur(comptable)
        horloge.shift(timedelta(minutes=1))
        assert f"{SETUP}desactiver/" in texte(http.get(PAGE))

        corps = {"mot_de_passe": "non", "code": telephone.code(secret)}
        assert http.post(f"{SETUP}desactiver/", corps).status_code == 200
        assert facteurs.a_un_facteur(comptable)
        fait = http.post(f"{SETUP}desactiver/", corps | {"mot_de_passe": MOT_DE_PASSE}, follow=True)

        assert messages_de(fait) == ["Votre compte n'a plus de second facteur."]
        assert not facteurs.a_un_facteur(comptable)

    def test_a_patron_keeps_it(self, bureau, patron):
        secret = cle_du_telephone(patron)
        corps = {"mot_de_passe": MOT_DE_PASSE, "code": telephone.code(secret)}

        refus = bureau.post(f"{SETUP}desactiver/", corps)

        assert "obligatoire pour votre rôle" in texte(refus)
        assert facteurs.a_un_facteur(patron)
        assert f"{SETUP}desactiver/" not in texte(bureau.get(PAGE))

    def test_ten_new_codes_against_a_code(self, bureau, patron):
        secret = cle_du_telephone(patron)
        [ancien, *_] = facteurs.donner_des_codes(patron)

        refus = bureau.post(CODES, {"code": telephone.faux(secret)})
        assert CodeSecours.objects.count() == 10
        fait = bureau.post(CODES, {"code": telephone.code(secret)})

        assert "Code refusé" in texte(refus)
        codes = re.findall(r">([A-Z2-9]{4}(?:-[A-Z2-9]{4}){3})</li>", fait.content.decode())
        assert len(set(codes)) == 10
        assert ancien not in codes
        fichier = re.search(r'href="(data:text/plain[^"]+)" download', fait.content.decode())[1]
        assert all(code in fichier for code in codes)
        assert "<script>" not in fait.content.decode().replace("<script src", "")
        assert facteurs.verifier(patron, ancien) == ""
        assert facteurs.verifier(patron, codes[0]) == "secours"


class TestCodeFrais:
    def test_it_says_why_and_goes_back(self, bureau, patron):
        secret = cle_du_telephone(patron)
        laisser_vieillir_le_code(bureau)
        page = f"{CODE}?next=/admin/trash/"

        assert "dix minutes" in texte(bureau.get(page))
        refus = bureau.post(page, {"code": telephone.faux(secret)})
        assert "Code refusé" in texte(refus)
        assert bureau.get("/admin/accounts/user/add/").url.startswith(CODE)
        assert bureau.post(page, {"code": telephone.code(secret)}).url == "/admin/trash/"
        assert bureau.get("/admin/accounts/user/add/").status_code == 200
        assert Entree.objects.filter(action="session.code_frais").count() == 1

    def test_who_has_no_factor_gives_the_password(self, comptable):
        http = laisser_vieillir_le_code(ouvrir(comptable))

        page = texte(http.get(CODE))
        assert 'name="mot_de_passe"' in page
        assert 'name="code"' not in page
        assert "incorrect" in texte(http.post(CODE, {"mot_de_passe": "non"}))
        assert http.post(CODE, {"mot_de_passe": MOT_DE_PASSE, "next": PAGE}).url == PAGE


class TestMotDePasse:
    def test_one_s_own_is_changed_and_every_other_access_closed(self, bureau, patron):
        autre = ouvrir(patron)
        creer_jeton(patron)
        corps = {"actuel": MOT_DE_PASSE, "mot_de_passe": NOUVEAU, "encore": NOUVEAU}

        faux = bureau.post(MOT, corps | {"actuel": "non"})
        differents = bureau.post(MOT, corps | {"encore": "autre"})
        faible = bureau.post(MOT, corps | {"mot_de_passe": "court", "encore": "court"})
        assert autre.get(PAGE).status_code == 200
        fait = bureau.post(MOT, corps, follow=True)

        assert "Ce n&#x27;est pas le vôtre" in texte(faux)
        assert "diffèrent" in texte(differents)
        assert "12" in texte(faible)
        assert messages_de(fait) == ["Votre mot de passe est changé."]
        assert bureau.get(PAGE).status_code == 200
        assert autre.get(PAGE).status_code == 302
        patron.refresh_from_db()
        assert patron.check_password(NOUVEAU)
        assert appareils.ouvertures(patron)[0].genre == "session"
        assert len(appareils.ouvertures(patron)) == 1
