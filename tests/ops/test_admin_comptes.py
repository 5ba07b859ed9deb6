"""Accounts and keys of machines in the office's admin, by the patrons."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from artjardin.accounts import facteurs
from artjardin.accounts.jetons import creer_jeton
from artjardin.accounts.models import CleApi, Jeton, Lien, Role, User
from artjardin.audit.models import Entree
from artjardin.outbox.models import Courriel
from ops.comptes import liens
from tests.artjardin.navigateur import messages_de, ouvrir, page
from tests.connexion import facteur_de, laisser_vieillir_le_code

pytestmark = pytest.mark.django_db
CODE = "/admin/securite/code/"
INVITATION = {
    "email": "Nina@Essais.example", "prenom": "Nina", "nom": "Roux", "role": "comptable",
}  # fmt: skip


@pytest.fixture
def bureau(patron):
    return ouvrir(patron)


@pytest.fixture
def vieux(bureau):
    """The same browser, ten minutes later."""
    return laisser_vieillir_le_code(bureau)


def corps_de(user, **champs):
    """What the browser posts of an account's page."""
    roles = [groupe.name for groupe in user.groups.all()]
    actif = {"is_active": "on"} if champs.pop("is_active", user.is_active) else {}
    base = {"email": user.email, "prenom": user.prenom, "nom": user.nom, "roles": roles}
    return base | actif | champs


def texte(reponse) -> str:
    return " ".join(reponse.content.decode().replace("&#x27;", "'").split())


class TestListe:
    def test_it_says_role_state_and_second_factor_of_each(self, bureau, comptable, employe, auteur):
        liens.inviter(email="nina@essais.example", role=Role.COMPTABLE, par=auteur)
        User.objects.filter(pk=employe.pk).update(is_active=False)

        _, *rangees = texte(bureau.get(page(User, "changelist"))).split("<tr")
        vues = {
            email: next(r for r in rangees if email in r)
            for email in ("claire@", "sophie@", "hugo@", "nina@")
        }

        assert "Patron" in vues["claire@"]
        assert "check_small" in vues["claire@"], "the second factor"
        assert "Actif" in vues["sophie@"]
        assert "close_small" in vues["sophie@"]
        assert "Désactivé" in vues["hugo@"]
        assert "Invité" in vues["nina@"]

    def test_it_asks_as_much_of_the_database_for_more_people(
        self, bureau, comptable, employe, auteur, django_assert_max_num_queries
    ):
        bureau.get(page(User, "changelist"))
        for rang in range(20):
            liens.inviter(email=f"n{rang}@essais.example", role=Role.EMPLOYE, par=auteur)

        with django_assert_max_num_queries(14):
            bureau.get(page(User, "changelist"))


class TestInviter:
    def test_a_person_is_invited_without_a_password(self, bureau, patron):
        formulaire = texte(bureau.get(page(User, "add")))
        reponse = bureau.post(page(User, "add"), INVITATION, follow=True)

        user = User.objects.get(email="nina@essais.example")
        assert 'type="password"' not in formulaire
        assert 'value="patron" selected' not in formulaire
        assert "L'invitation part à nina@essais.example" in messages_de(reponse)[0]
        assert (user.prenom, user.has_usable_password()) == ("Nina", False)
        assert user.roles == {"comptable"}
        assert (Lien.objects.get().user, Courriel.objects.get().a) == (user, [user.email])
        assert Entree.objects.get(action="compte.invite").acteur == patron

    def test_inviting_asks_for_a_fresh_code_before_anything_is_typed(self, vieux):
        assert vieux.get(page(User, "add")).url.startswith(CODE)
        assert vieux.post(page(User, "add"), INVITATION).url.startswith(CODE)
        assert not User.objects.filter(prenom="Nina").exists()

    @pytest.mark.parametrize(
        ("champs", "dit"),
        [
            ({"email": "claire@art-jardin.example"}, "existe déjà"),
            ({"email": "pas-une-adresse"}, "valide"),
            ({"role": ""}, "obligatoire"),
        ],
    )
    def test_a_wrong_invitation_is_refused_where_it_is_wrong(self, champs, dit, bureau):
        avant = User.objects.count()

        refus = bureau.post(page(User, "add"), INVITATION | champs)

        assert dit in texte(refus)
        assert "Nina" in texte(refus)
        assert User.objects.count() == avant
        assert not Courriel.objects.exists()

    def test_another_invitation_replaces_the_first(self, bureau, auteur):
        user = liens.inviter(email="nina@essais.example", role=Role.COMPTABLE, par=auteur)
        renvoyer = page(user, "renvoyer_l_invitation")
        assert renvoyer in texte(bureau.get(page(user)))
        assert page(user, "envoyer_un_lien") not in texte(bureau.get(page(user)))

        reponse = bureau.post(renvoyer, {}, follow=True)

        assert messages_de(reponse) == ["L'invitation repart à nina@essais.example."]
        assert [lien.annule_le is None for lien in Lien.objects.order_by("pk")] == [False, True]

    def test_who_has_come_is_not_invited_again(self, bureau, comptable):
        refus = bureau.post(page(comptable, "renvoyer_l_invitation"), {})

        assert "a déjà son mot de passe" in texte(refus)
        assert not Lien.objects.exists()


class TestChanger:
    def test_what_is_grave_is_read_until_a_code_is_given(self, vieux, comptable):
        vue = texte(vieux.get(page(comptable)))

        assert 'name="prenom"' in vue
        assert 'name="email"' not in vue
        assert 'name="roles"' not in vue
        assert 'name="is_active"' not in vue
        assert comptable.email in vue
        assert "Confirmer par un code pour modifier l'adresse" in vue
        assert f"{CODE}?next=%2Fadmin%2Faccounts%2Fuser%2F{comptable.pk}%2Fchange%2F" in vue

    def test_names_are_changed_without_a_code(self, vieux, comptable):
        reponse = vieux.post(page(comptable), {"prenom": "Sofia", "nom": "Renard"})

        assert reponse.status_code == 302
        comptable.refresh_from_db()
        assert (comptable.prenom, comptable.is_active) == ("Sofia", True)
        assert Role.COMPTABLE in comptable.roles

    def test_a_code_gone_stale_loses_nothing_of_what_was_typed(self, vieux, comptable):
        corps = corps_de(comptable, roles=["patron"], nom="Renard-Roux", email="s@essais.example")

        refus = vieux.post(page(comptable), corps)

        assert refus.status_code == 200
        assert texte(refus).count("Dans un autre onglet") == 2
        assert 'target="_blank"' in texte(refus)
        assert "Renard-Roux" in texte(refus)
        assert "s@essais.example" in texte(refus)
        comptable.refresh_from_db()
        assert comptable.nom == "Renard"
        assert comptable.roles == {"comptable"}

    @pytest.mark.parametrize("champ", ["is_active", "roles", "email"])
    def test_no_stale_code_changes_any_of_them(self, champ, vieux, comptable):
        autre = {"is_active": False, "roles": ["employe"], "email": "s@essais.example"}[champ]

        assert vieux.post(page(comptable), corps_de(comptable, **{champ: autre})).status_code == 200

        comptable.refresh_from_db()
        assert (comptable.is_active, comptable.email) == (True, "sophie@art-jardin.example")
        assert comptable.roles == {"comptable"}
        assert not Entree.objects.filter(action="compte.modifie").exists()

    def test_with_a_fresh_one_a_role_is_given_and_the_patrons_are_told(
        self, bureau, patron, comptable
    ):
        reponse = bureau.post(page(comptable), corps_de(comptable, roles=["patron"]))

        assert reponse.status_code == 302
        assert User.objects.get(pk=comptable.pk).roles == {"patron"}
        assert "Nouveau patron : Sophie Renard" in {c.objet for c in Courriel.objects.all()}

    def test_whoever_leaves_is_closed_out_at_once(self, bureau, comptable):
        ailleurs = ouvrir(comptable)
        creer_jeton(comptable)
        assert ailleurs.get("/admin/").status_code == 200

        bureau.post(page(comptable), corps_de(comptable, is_active=False))

        assert ailleurs.get("/admin/").status_code == 302
        assert not Jeton.objects.filter(revoque_le=None).exists()
        parti = texte(bureau.get(page(comptable)))
        assert page(comptable, "envoyer_un_lien") not in parti

    def test_the_last_patron_stays(self, bureau, patron):
        for champs in ({"is_active": False}, {"roles": ["comptable"]}):
            refus = bureau.post(page(patron), corps_de(patron, **champs))
            assert "au moins un patron actif" in texte(refus)
        patron.refresh_from_db()
        assert (patron.is_active, patron.roles) == (True, {"patron"})


class TestBoutons:
    def test_a_link_of_one_hour_is_sent_by_a_patron(self, bureau, patron, comptable):
        envoyer = page(comptable, "envoyer_un_lien")
        assert envoyer in texte(bureau.get(page(comptable)))

        reponse = bureau.post(envoyer, {}, follow=True)

        lien = Lien.objects.get()
        assert messages_de(reponse) == [f"Le lien part à {comptable.email}."]
        assert (lien.user, lien.genre) == (comptable, "oubli")
        assert lien.expire_le - lien.cree_le < timedelta(hours=1, seconds=5)
        courriel = Courriel.objects.get()
        assert courriel.a == [comptable.email]
        assert "Claire Moreau vous envoie" in courriel.texte
        assert "Quelqu'un, sans doute vous" not in courriel.texte
        assert Entree.objects.get(action="compte.lien_envoye").acteur == patron
        assert comptable.has_usable_password()

    def test_no_link_for_a_closed_account_nor_for_an_invitation(self, bureau, comptable, auteur):
        User.objects.filter(pk=comptable.pk).update(is_active=False)
        nina = liens.inviter(email="nina@essais.example", role=Role.COMPTABLE, par=auteur)

        ferme = bureau.post(page(comptable, "envoyer_un_lien"), {})
        invitee = bureau.post(page(nina, "envoyer_un_lien"), {})

        assert "désactivé" in texte(ferme)
        assert "réinvitez" in texte(invitee)
        assert [lien.genre for lien in Lien.objects.all()] == ["invitation"]

    def test_a_lost_phone_is_forgotten_after_a_fresh_code(self, bureau, comptable):
        facteur_de(comptable)
        ailleurs = ouvrir(comptable)
        zero = page(comptable, "remettre_a_zero")
        assert zero in texte(bureau.get(page(comptable)))
        laisser_vieillir_le_code(bureau)
        assert bureau.get(zero).url.startswith(CODE)
        assert bureau.post(zero, {}).url.startswith(CODE)
        assert facteurs.a_un_facteur(comptable)

        neuf = ouvrir(bureau.get("/admin/").wsgi_request.user)
        reponse = neuf.post(zero, {}, follow=True)

        assert messages_de(reponse) == ["Le second facteur de Sophie Renard est retiré."]
        assert not facteurs.a_un_facteur(comptable)
        assert ailleurs.get("/admin/").status_code == 302
        assert zero not in texte(reponse)
        assert {c.a[0] for c in Courriel.objects.all()} == {
            comptable.email, "claire@art-jardin.example",
        }  # fmt: skip

    def test_nobody_forgets_their_own_this_way(self, bureau, patron):
        refus = bureau.post(page(patron, "remettre_a_zero"), {})

        assert "Ma sécurité" in texte(refus)
        assert facteurs.a_un_facteur(patron)

    def test_accesses_are_closed_and_the_account_stays(self, bureau, comptable):
        ailleurs = ouvrir(comptable)
        creer_jeton(comptable)

        reponse = bureau.post(page(comptable, "fermer_les_acces"), {}, follow=True)

        assert messages_de(reponse) == ["2 accès fermés."]
        assert ailleurs.get("/admin/").status_code == 302
        comptable.refresh_from_db()
        assert comptable.is_active


class TestCles:
    CORPS = {"nom": "Supervision", "portee": "surveillance"}

    def creer(self, http, **champs):
        jusqu_a = timezone.localdate() + timedelta(days=30)
        return http.post(page(CleApi, "add"), self.CORPS | {"expire_le": jusqu_a} | champs)

    def test_the_secret_is_shown_once_and_opens_what_it_says(self, bureau, patron):
        reponse = self.creer(bureau)
        secret = re.search(r"ajk_[\w-]{20,}", reponse.content.decode())[0]
        cle = CleApi.objects.get()

        assert reponse.status_code == 200
        assert "no-store" in reponse["Cache-Control"]
        http = APIClient(headers={"Authorization": f"Bearer {secret}"})
        assert http.get("/api/v1/executions/").status_code == 200
        assert http.get("/api/v1/factures/").status_code == 403
        assert (cle.nom, cle.creee_par) == ("Supervision", patron)
        assert f"{timezone.localtime(cle.expire_le):%H:%M}" == "23:59"
        for chemin in (page(cle), page(CleApi, "changelist"), "/admin/"):
            assert secret not in texte(bureau.get(chemin))
        gardes = [*Entree.objects.values(), *CleApi.objects.values(), *bureau.session.items()]
        assert secret not in str(gardes)
        assert secret not in str(bureau.cookies)

    def test_a_page_loaded_again_makes_no_second_key(self, bureau):
        jeton = re.search(r'name="jeton" value="([^"]+)"', texte(bureau.get(page(CleApi, "add"))))[
            1
        ]

        self.creer(bureau, jeton=jeton)
        encore = self.creer(bureau, jeton=jeton)

        assert "déjà fait" in texte(encore)
        assert CleApi.objects.count() == 1

    def test_it_is_made_after_a_fresh_code(self, vieux):
        assert vieux.get(page(CleApi, "add")).url.startswith(CODE)
        assert self.creer(vieux).url.startswith(CODE)
        assert not CleApi.objects.exists()

    @pytest.mark.parametrize(
        ("champs", "dit"),
        [
            ({"expire_le": "2020-01-01"}, "à un an au plus"),
            ({"expire_le": "2999-01-01"}, "à un an au plus"),
            ({"expire_le": "9999-12-31"}, "à un an au plus"),
            ({"nom": ""}, "obligatoire"),
            ({"portee": "tout"}, "choix valide"),
        ],
    )
    def test_a_wrong_one_is_refused_by_its_field(self, champs, dit, bureau):
        refus = self.creer(bureau, **champs)

        assert dit in texte(refus)
        assert not CleApi.objects.exists()

    def test_it_is_revoked_at_once_and_without_a_code(self, bureau):
        secret = re.search(r"ajk_[\w-]{20,}", self.creer(bureau).content.decode())[0]
        cle = CleApi.objects.get()
        http = APIClient(headers={"Authorization": f"Bearer {secret}"})
        laisser_vieillir_le_code(bureau)
        revoquer = page(cle, "revoquer")

        bureau.get(revoquer)
        assert http.get("/api/v1/executions/").status_code == 200
        reponse = bureau.post(revoquer, {}, follow=True)

        assert messages_de(reponse) == ["La clé est révoquée."]
        assert http.get("/api/v1/executions/").status_code == 401
        assert revoquer not in texte(reponse)
        assert "Révoquée" in texte(bureau.get(page(CleApi, "changelist")))
        assert "déjà révoquée" in texte(bureau.post(revoquer, {}))

    def test_the_list_says_which_ones_still_serve(self, bureau):
        self.creer(bureau)
        CleApi.objects.update(expire_le=timezone.now())

        liste = texte(bureau.get(page(CleApi, "changelist")))

        assert "Expirée" in liste
        assert "En service" not in liste
        assert page(CleApi.objects.get(), "revoquer") not in texte(
            bureau.get(page(CleApi.objects.get()))
        )

    def test_others_neither_see_nor_make_any(self, comptable, bureau):
        self.creer(bureau)
        http = ouvrir(comptable)

        assert http.get(page(CleApi, "changelist")).status_code == 403
        assert self.creer(http).status_code == 403
        assert http.post(page(CleApi.objects.get(), "revoquer"), {}).status_code == 403
        assert CleApi.objects.get().revoquee_le is None
