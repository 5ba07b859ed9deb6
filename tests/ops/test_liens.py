"""Invitations and forgotten passwords: a link for one person, once, stored nowhere."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from artjardin.accounts.auteur import Auteur, personne
from artjardin.accounts.jetons import creer_jeton
from artjardin.accounts.liens import secret_du_lien
from artjardin.accounts.models import Jeton, Lien, Role, User
from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit, Invalide
from artjardin.outbox.models import Courriel
from artjardin.outbox.secrets import MARQUE, avec_son_secret
from artjardin.outbox.services.envoi import envoyer_les_courriels
from ops.comptes import liens
from ops.comptes.gestion import modifier_compte
from ops.tasks import envoyer_un_oubli
from tests.artjardin.serveurs import serveur_smtp
from tests.conftest import MOT_DE_PASSE

pytestmark = pytest.mark.django_db
AUTH, NOUVEAU = "/api/v1/auth", "sous-le-vieux-cerisier"
INCONNU = Auteur(nom="personne non identifiée", adresse="192.0.2.9", requete="r-7")


@pytest.fixture(autouse=True)
def tout_de_suite(monkeypatch):
    """The task runs where it is asked for."""
    monkeypatch.setattr(envoyer_un_oubli, "delay", envoyer_un_oubli)


def oublier(email):
    return APIClient().post(f"{AUTH}/mot-de-passe/oubli/", {"email": email})


def choisir(secret, mot_de_passe=NOUVEAU):
    corps = {"lien": secret, "mot_de_passe": mot_de_passe}
    return APIClient().post(f"{AUTH}/mot-de-passe/choix/", corps)


def dernier_secret() -> str:
    return secret_du_lien(Lien.objects.latest("id"))


def peut_entrer(email, mot_de_passe) -> bool:
    corps = {"email": email, "mot_de_passe": mot_de_passe}
    return APIClient().post(f"{AUTH}/login/", corps).status_code == 200


class TestOubli:
    def test_the_answer_does_not_tell_whether_the_account_exists(self, patron, comptable, employe):
        modifier_compte(employe, is_active=False, par=INCONNU)
        reponses = [oublier(comptable.email), oublier("inconnue@ailleurs.example"),
                    oublier(employe.email)]  # fmt: skip

        assert {(r.status_code, r.content) for r in reponses} == {(204, b"")}
        assert [lien.user for lien in Lien.objects.all()] == [comptable]

    def test_the_link_sets_a_password_once_and_closes_what_was_open(self, comptable):
        creer_jeton(comptable)
        oublier(comptable.email.upper())
        secret = dernier_secret()

        assert choisir(secret).status_code == 204

        assert peut_entrer(comptable.email, NOUVEAU)
        assert not peut_entrer(comptable.email, MOT_DE_PASSE)
        refus = choisir(secret, "un-autre-mot-de-passe")
        assert (refus.status_code, refus.json()["code"]) == (400, "lien_refuse")
        assert Jeton.objects.filter(revoque_le=None).count() == 1, "that of the new login"
        assert Entree.objects.get(action="compte.mot_de_passe").details["lien"] == "oubli"
        assert "Mot de passe changé" in Courriel.objects.latest("id").objet

    def test_it_serves_one_hour(self, comptable):
        oublier(comptable.email)
        secret, depart = dernier_secret(), timezone.now()

        with time_machine.travel(depart + timedelta(minutes=61), tick=False):
            assert choisir(secret).json()["code"] == "lien_refuse"
        with time_machine.travel(depart + timedelta(minutes=59), tick=False):
            assert choisir(secret).status_code == 204

    def test_the_next_one_makes_it_worthless(self, comptable):
        oublier(comptable.email)
        premier = dernier_secret()
        oublier(comptable.email)

        assert choisir(premier).json()["code"] == "lien_refuse"
        assert choisir(dernier_secret()).status_code == 204

    def test_a_closed_account_s_link_opens_nothing(self, patron, comptable):
        oublier(comptable.email)
        secret = dernier_secret()
        modifier_compte(comptable, is_active=False, par=INCONNU)

        assert choisir(secret).json()["code"] == "lien_refuse"

    @pytest.mark.parametrize(
        "abime", [lambda s: s[:-1], lambda s: "1" + s, lambda s: "", lambda s: "x.y", str.swapcase]
    )
    def test_a_link_touched_is_refused(self, comptable, abime):
        oublier(comptable.email)

        assert choisir(abime(dernier_secret())).status_code == 400
        assert peut_entrer(comptable.email, MOT_DE_PASSE)

    def test_a_weak_password_is_refused_and_the_link_still_serves(self, comptable):
        oublier(comptable.email)
        secret = dernier_secret()

        refus = choisir(secret, "Printemps2026!")
        assert (refus.status_code, set(refus.json()["champs"])) == (400, {"mot_de_passe"})
        assert choisir(secret).status_code == 204

    def test_the_second_factor_stays(self, patron):
        from artjardin.accounts import facteurs  # noqa: PLC0415
        from tests.connexion import facteur_de  # noqa: PLC0415

        facteur_de(patron)
        oublier(patron.email)
        choisir(dernier_secret())

        assert facteurs.a_un_facteur(patron)
        assert not peut_entrer(patron.email, NOUVEAU)

    def test_too_many_for_one_address_are_refused_even_where_there_is_no_account(self):
        statuts = [oublier("inconnue@ailleurs.example").status_code for _ in range(4)]

        assert statuts == [204, 204, 204, 429]
        assert oublier("INCONNUE@ailleurs.example ")["Retry-After"]

    def test_a_mail_late_by_more_than_the_link_s_life_does_not_leave(self, comptable):
        oublier(comptable.email)
        courriel = Courriel.objects.get(type="compte_lien")

        assert liens.motif_de_ne_plus_l_envoyer(courriel) == ""
        with time_machine.travel(timezone.now() + timedelta(hours=2)):
            assert "expiré" in liens.motif_de_ne_plus_l_envoyer(courriel)

    def test_who_has_not_come_yet_is_invited_again(self, patron):
        liens.inviter(email="n@art-jardin.example", role=Role.EMPLOYE, par=personne(patron))
        oublier("n@art-jardin.example")

        lien = Lien.objects.latest("id")
        assert lien.genre == Lien.Genre.INVITATION
        assert choisir(secret_du_lien(lien)).status_code == 204

    def test_a_link_of_before_a_restoration_does_not_open_who_has_its_number_now(
        self, patron, comptable
    ):
        oublier(comptable.email)
        ancien = dernier_secret()
        Lien.objects.update(user=patron)

        assert choisir(ancien).json()["code"] == "lien_refuse"


class TestSecret:
    def test_the_link_is_in_the_mail_that_leaves_and_in_no_row(self, comptable):
        oublier(comptable.email)
        courriel = Courriel.objects.get(type="compte_lien")
        secret = dernier_secret()

        entier = avec_son_secret(courriel)

        assert MARQUE in courriel.texte
        assert secret not in f"{courriel.texte}{courriel.html}"
        lien = re.search(r"https?://\S+/acces/(\S+)/", entier.texte)
        assert lien.group(1) == secret
        assert entier.html.count(secret) == 2
        assert MARQUE not in entier.texte
        assert courriel.bcc == []

    def test_whoever_reads_the_history_of_mails_does_not_read_the_link(self, http, comptable):
        oublier(comptable.email)
        courriel = Courriel.objects.get(type="compte_lien")

        octets = http.get(f"/api/v1/courriels/{courriel.pk}/eml/").getvalue()

        assert b"acces/" not in octets

    def test_it_arrives_by_smtp(self, comptable, settings):
        with serveur_smtp() as serveur:
            settings.EMAIL_URL = serveur.url
            oublier(comptable.email)
            envoyer_les_courriels()

        (recu,) = serveur.recus
        texte = recu.message.get_body(["plain"]).get_content()
        assert f"/acces/{secret_du_lien(Lien.objects.get())}/" in texte

    def test_the_site_s_name_is_never_that_of_the_request(self, comptable, settings):
        settings.ADRESSE_PUBLIQUE = "https://gestion.essais.example"
        http = APIClient(headers={"Host": "testserver", "X-Forwarded-Host": "pirate.example"})
        http.post(f"{AUTH}/mot-de-passe/oubli/", {"email": comptable.email})

        entier = avec_son_secret(Courriel.objects.get(type="compte_lien"))
        assert "https://gestion.essais.example/acces/" in entier.texte
        assert "pirate" not in entier.texte


class TestInvitation:
    def test_an_invited_person_chooses_a_password_and_comes_in(self, patron):
        user = liens.inviter(
            email="Nouvelle@art-jardin.example", role=Role.EMPLOYE, prenom="Lou", nom="Petit",
            par=personne(patron),
        )  # fmt: skip

        assert not user.has_usable_password()
        assert not peut_entrer(user.email, "")
        assert choisir(dernier_secret()).status_code == 204
        assert peut_entrer("nouvelle@art-jardin.example", NOUVEAU)
        assert Entree.objects.get(action="compte.invite").apres["roles"] == ["employe"]
        texte = Courriel.objects.get(type="compte_lien").texte
        assert "Claire Moreau vous ouvre un compte" in texte

    def test_it_serves_seventy_two_hours(self, patron):
        liens.inviter(email="n@art-jardin.example", role=Role.EMPLOYE, par=personne(patron))
        secret, depart = dernier_secret(), timezone.now()

        with time_machine.travel(depart + timedelta(hours=72, minutes=1), tick=False):
            assert choisir(secret).status_code == 400
        with time_machine.travel(depart + timedelta(hours=71, minutes=59), tick=False):
            assert choisir(secret).status_code == 204

    def test_another_invitation_replaces_it_until_the_person_has_come(self, patron):
        par = personne(patron)
        user = liens.inviter(email="n@art-jardin.example", role=Role.EMPLOYE, par=par)
        premier = dernier_secret()
        liens.reinviter(user, par=par)

        assert choisir(premier).status_code == 400
        assert choisir(dernier_secret()).status_code == 204
        with pytest.raises(Conflit, match="déjà"):
            liens.reinviter(user, par=par)

    @pytest.mark.parametrize("email", ["CLAIRE@art-jardin.example", " claire@art-jardin.example"])
    def test_an_address_is_invited_once(self, patron, email):
        with pytest.raises(Conflit, match="existe"):
            liens.inviter(email=email, role=Role.EMPLOYE, par=personne(patron))

    def test_an_address_must_be_one(self, patron):
        with pytest.raises(Invalide):
            liens.inviter(email="pas une adresse", role=Role.EMPLOYE, par=personne(patron))
        assert User.objects.count() == 1

    def test_a_new_patron_is_told_to_the_others(self, patron):
        liens.inviter(email="n@art-jardin.example", role=Role.PATRON, par=personne(patron))

        dit = Courriel.objects.get(objet__startswith="Nouveau patron")
        assert dit.a == [patron.email]
