"""What is open for a person: tokens and sessions, listed, closed, idle, told when new."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from artjardin.accounts import facteurs
from artjardin.accounts.auteur import personne, systeme
from artjardin.accounts.jetons import creer_jeton
from artjardin.accounts.liens import creer_lien
from artjardin.accounts.models import CleApi, Jeton, Lien, Role, Session, User
from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit
from artjardin.outbox.models import Courriel
from ops.comptes.appareils import fermer_tous_les_acces
from ops.comptes.cles import creer_cle
from ops.comptes.gestion import modifier_compte
from ops.comptes.liens import inviter
from tests.conftest import MOT_DE_PASSE

pytestmark = pytest.mark.django_db
AUTH = "/api/v1/auth"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def au_bureau(user, navigateur=FIREFOX, client=None):
    client = client or Client(headers={"User-Agent": navigateur})
    corps = {"username": user.email, "password": MOT_DE_PASSE, "next": "/admin/"}
    reponse = client.post("/admin/login/", corps, REMOTE_ADDR="192.0.2.9")
    assert reponse.status_code == 302, reponse.content
    return client


def porteur(user, **champs):
    secret, jeton = creer_jeton(user, **champs)
    http = APIClient(headers={"Authorization": f"Bearer {secret}"})
    http.jeton = jeton
    return http


class TestSession:
    def test_the_database_holds_the_hash_of_the_cookie_only(self, comptable):
        cookie = au_bureau(comptable).cookies["sessionid"].value

        session = Session.objects.get(user=comptable)
        assert session.pk == hashlib.sha256(cookie.encode()).hexdigest()
        with connection.cursor() as curseur:
            curseur.execute("SELECT row_to_json(s)::text FROM accounts_session s")
            assert cookie not in str(curseur.fetchall())
        assert (session.appareil, session.adresse) == (FIREFOX, "192.0.2.9")

    def test_the_hash_used_as_a_cookie_opens_nothing(self, comptable):
        au_bureau(comptable)
        voleur = Client()
        voleur.cookies["sessionid"] = Session.objects.get(user=comptable).pk

        assert voleur.get("/admin/").status_code == 302

    def test_it_ends_when_left_alone_and_goes_on_while_it_serves(self, comptable, settings):
        bureau, depart = au_bureau(comptable), timezone.now()
        pause = settings.SESSION_INACTIVITE - timedelta(minutes=1)

        for fois in (1, 2, 3):
            with time_machine.travel(depart + fois * pause, tick=False):
                assert bureau.get("/admin/").status_code == 200
        with time_machine.travel(depart + 4 * pause + timedelta(minutes=2), tick=False):
            assert bureau.get("/admin/").status_code == 302

    def test_it_ends_after_twelve_hours_in_any_case(self, comptable, settings):
        bureau, depart = au_bureau(comptable), timezone.now()

        for heures in range(1, 12):
            with time_machine.travel(depart + timedelta(hours=heures), tick=False):
                assert bureau.get("/admin/").status_code == 200
        with time_machine.travel(depart + timedelta(hours=12, minutes=1), tick=False):
            assert bureau.get("/admin/").status_code == 302

    def test_writing_in_it_keeps_its_beginning_and_its_person(self, comptable):
        bureau = au_bureau(comptable)
        avant = Session.objects.get(user=comptable)

        session = bureau.session
        session["essai"] = "x"
        session.save()

        apres = Session.objects.get(user=comptable)
        assert (apres.pk, apres.cree_le, apres.appareil) == (
            avant.pk, avant.cree_le, avant.appareil,
        )  # fmt: skip
        assert bureau.session["essai"] == "x"

    def test_the_key_changes_at_login(self, comptable):
        client = Client()
        client.get("/admin/login/")
        session = client.session
        session["posee"] = "par un autre"
        session.save()
        posee = client.cookies["sessionid"].value

        au_bureau(comptable, client=client)

        assert client.cookies["sessionid"].value != posee
        assert not Session.objects.filter(
            pk=hashlib.sha256(posee.encode()).hexdigest()
        ).exists()  # fmt: skip


class TestListe:
    def test_each_sees_their_own_with_the_one_in_use_marked(self, comptable, employe):
        http = porteur(comptable, appareil="Téléphone", adresse="192.0.2.7")
        au_bureau(comptable)
        porteur(employe)

        (un, deux) = sorted(http.get(f"{AUTH}/acces/").json(), key=lambda a: a["genre"])

        assert (un["genre"], un["appareil"], un["adresse"]) == ("jeton", "Téléphone", "192.0.2.7")
        assert (un["courante"], deux["courante"]) == (True, False)
        assert (deux["genre"], deux["appareil"]) == ("session", FIREFOX)

    def test_one_is_closed_at_once_and_only_one_s_own(self, comptable, employe):
        http, autre = porteur(comptable), porteur(comptable)
        bureau, etranger = au_bureau(comptable), porteur(employe)
        acces = {a["id"] for a in http.get(f"{AUTH}/acces/").json() if not a["courante"]}

        assert {http.delete(f"{AUTH}/acces/{numero}/").status_code for numero in acces} == {204}
        assert autre.get(f"{AUTH}/me/").status_code == 401
        assert bureau.get("/admin/").status_code == 302
        assert http.get(f"{AUTH}/me/").status_code == 200
        refus = http.delete(f"{AUTH}/acces/jeton-{etranger.jeton.pk}/")
        assert (refus.status_code, refus.json()["code"]) == (400, "acces_inconnu")
        assert etranger.get(f"{AUTH}/me/").status_code == 200
        assert Entree.objects.filter(action="session.acces_ferme").count() == 2

    @pytest.mark.parametrize("numero", ["jeton-", "session-", "session-x", "x", "jeton-9" * 20])
    def test_what_names_nothing_is_refused(self, comptable, numero):
        au_bureau(comptable)
        http = porteur(comptable)

        assert http.delete(f"{AUTH}/acces/{numero}/").status_code == 400
        assert Session.objects.count() == 1


class TestFermer:
    def test_a_deactivated_person_is_out_of_everything(self, patron, comptable):
        http, bureau = porteur(comptable), au_bureau(comptable)

        modifier_compte(comptable, is_active=False, par=personne(patron))

        assert http.get(f"{AUTH}/me/").status_code == 401
        assert bureau.get("/admin/").status_code == 302
        modifier_compte(comptable, is_active=True, par=personne(patron))
        assert http.get(f"{AUTH}/me/").status_code == 401, "what was closed stays closed"

    def test_changing_one_s_password_keeps_this_access_and_closes_the_others(self, comptable):
        http, autre, bureau = porteur(comptable), porteur(comptable), au_bureau(comptable)
        corps = {"actuel": MOT_DE_PASSE, "nouveau": "sous-le-vieux-cerisier"}

        assert http.post(f"{AUTH}/mot-de-passe/", corps | {"actuel": "x"}).status_code == 400
        assert http.post(f"{AUTH}/mot-de-passe/", corps).status_code == 204

        assert http.get(f"{AUTH}/me/").status_code == 200
        assert autre.get(f"{AUTH}/me/").status_code == 401
        assert bureau.get("/admin/").status_code == 302

    def test_the_present_password_cannot_be_guessed_from_an_open_session(self, comptable):
        http = porteur(comptable)
        corps = {"actuel": "x", "nouveau": "sous-le-vieux-cerisier"}

        statuts = [http.post(f"{AUTH}/mot-de-passe/", corps).status_code for _ in range(7)]

        assert statuts == [400] * 5 + [429] * 2

    def test_a_restored_backup_opens_to_nobody(self, comptable):
        http, bureau = porteur(comptable), au_bureau(comptable)

        assert fermer_tous_les_acces() == 2

        assert http.get(f"{AUTH}/me/").status_code == 401
        assert bureau.get("/admin/").status_code == 302


class TestNouvelAppareil:
    def test_the_first_is_no_news_the_next_one_is_told_and_then_known(self, comptable):
        premier = au_bureau(comptable)
        assert not Courriel.objects.exists()

        au_bureau(comptable, client=premier)
        assert not Courriel.objects.exists()
        au_bureau(comptable, navigateur="Mozilla/5.0 (Windows NT 10.0) Chrome/140")

        dit = Courriel.objects.get()
        assert (dit.a, dit.objet) == ([comptable.email], "Connexion depuis un nouvel appareil")
        assert "192.0.2.9" in dit.texte
        assert "ouvert sur : Chrome sur Windows." in dit.texte
        assert dit.bcc == []

    def test_a_front_end_is_known_by_the_name_it_gives(self, comptable):
        for appareil in ("Téléphone", "Téléphone", "Tablette"):
            corps = {"email": comptable.email, "mot_de_passe": MOT_DE_PASSE, "appareil": appareil}
            assert APIClient().post(f"{AUTH}/login/", corps).status_code == 200

        assert "Tablette" in Courriel.objects.get().texte

    def test_the_cookie_of_a_device_is_no_secret_of_ours_in_the_database(self, comptable):
        cookie = au_bureau(comptable).cookies["appareil"]

        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"
        with connection.cursor() as curseur:
            curseur.execute("SELECT row_to_json(a)::text FROM accounts_appareil a")
            assert cookie.value not in str(curseur.fetchall())


def test_a_stranger_s_guesses_do_not_keep_the_person_out_of_a_device_they_use(comptable):
    bureau = au_bureau(comptable)
    bureau.post("/admin/logout/")
    for _ in range(6):
        corps = {"username": comptable.email, "password": "faux"}
        reponse = Client().post("/admin/login/", corps, REMOTE_ADDR="203.0.113.5")
    assert "Trop d" in reponse.content.decode()
    assert APIClient().post(
        f"{AUTH}/login/", {"email": comptable.email, "mot_de_passe": MOT_DE_PASSE}
    ).status_code == 429  # fmt: skip

    au_bureau(comptable, client=bureau)


def test_every_act_of_this_kind_is_in_the_journal_of_security(http, patron, comptable):
    modifier_compte(comptable, roles=["comptable", "employe"], par=personne(patron))
    modifier_compte(comptable, is_active=False, par=systeme("essai"))
    porteur(comptable)

    lignes = http.get("/api/v1/journal/?categorie=securite").json()["results"]
    assert {ligne["action"] for ligne in lignes} == {"compte.modifie", "session.tout_ferme"}
    assert Jeton.objects.count() == 1


class TestMonter:
    """Who rises, changes or leaves: nothing of before opens more than it should."""

    def test_who_becomes_a_patron_logs_in_again_with_a_factor(self, patron, comptable):
        http = porteur(comptable)
        assert http.post(f"{AUTH}/2fa/verify/", {"mot_de_passe": MOT_DE_PASSE}).status_code == 200

        modifier_compte(comptable, roles=["patron"], par=personne(patron))

        assert http.get("/api/v1/comptes/").status_code == 401
        secret, _ = creer_jeton(User.objects.get(pk=comptable.pk))
        neuf = APIClient(headers={"Authorization": f"Bearer {secret}"})
        assert neuf.get("/api/v1/comptes/").json()["code"] == "second_facteur_requis"

    def test_a_password_given_again_is_no_second_factor(self, comptable):
        http = porteur(comptable)
        http.post(f"{AUTH}/2fa/verify/", {"mot_de_passe": MOT_DE_PASSE})

        jeton = Jeton.objects.get()
        assert (jeton.verifie_le, jeton.code_le is not None) == (None, True)

    def test_the_keys_of_who_leaves_go_with_them(self, patron, comptable):
        autre = User.objects.get(pk=comptable.pk)
        modifier_compte(autre, roles=["patron"], par=personne(patron))
        fin = timezone.now() + timedelta(days=9)
        for user in (patron, autre):
            creer_cle(nom="x", portee="comptabilite", expire_le=fin, par=personne(user))

        modifier_compte(autre, roles=["comptable"], par=personne(patron))

        assert [cle.creee_par for cle in CleApi.objects.vivantes()] == [patron]

    def test_a_patron_who_has_never_come_is_not_the_last_one(self, patron):
        inviter(email="n@art-jardin.example", role=Role.PATRON, par=personne(patron))

        with pytest.raises(Conflit, match="patron"):
            modifier_compte(patron, is_active=False, par=personne(patron))

    def test_a_new_address_is_told_at_both_and_ends_the_links(self, patron, comptable):
        lien = creer_lien(comptable, Lien.Genre.OUBLI)

        modifier_compte(comptable, email="autre@art-jardin.example", par=personne(patron))

        dits = Courriel.objects.filter(objet="Votre compte a changé")
        assert {c.a[0] for c in dits} == {"sophie@art-jardin.example", "autre@art-jardin.example"}
        lien.refresh_from_db()
        assert lien.annule_le is not None

    def test_a_password_changed_while_it_was_checked_gives_no_token(self, comptable, monkeypatch):
        def entre_temps(user):
            User.objects.filter(pk=user.pk).update(password="autre")
            return False

        monkeypatch.setattr(facteurs, "a_un_facteur", entre_temps)
        corps = {"email": comptable.email, "mot_de_passe": MOT_DE_PASSE}

        assert APIClient().post(f"{AUTH}/login/", corps).json()["code"] == "identifiants_refuses"
        assert not Jeton.objects.exists()


@pytest.mark.parametrize("ecrite", ["SOPHIE@art-jardin.example", "ſophie@art-jardin.example"])
def test_an_address_written_otherwise_has_the_same_lock(comptable, ecrite):
    corps = {"email": comptable.email, "mot_de_passe": "faux"}
    for _ in range(5):
        APIClient().post(f"{AUTH}/login/", corps)

    assert APIClient().post(f"{AUTH}/login/", corps | {"email": ecrite}).status_code == 429


def test_a_dotless_i_is_another_address(comptable):
    corps = {"email": comptable.email.replace("i", "ı"), "mot_de_passe": MOT_DE_PASSE}

    assert APIClient().post(f"{AUTH}/login/", corps).json()["code"] == "identifiants_refuses"
