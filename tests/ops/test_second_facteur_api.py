"""The whole life of a second factor by the API, with a phone that is not ours."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from rest_framework.test import APIClient

from artjardin.accounts import facteurs, verrous
from artjardin.accounts.models import CodeSecours, Facteur, Jeton, Session
from artjardin.audit.models import Entree
from artjardin.outbox.models import Courriel
from tests.artjardin import telephone
from tests.conftest import MOT_DE_PASSE
from tests.connexion import se_connecter

pytestmark = pytest.mark.django_db
AUTH = "/api/v1/auth"
D_OU = {"REMOTE_ADDR": "192.0.2.9", "HTTP_X_REQUEST_ID": "r-7"}


def entrer(user, *, code="", mot_de_passe=MOT_DE_PASSE, **champs):
    corps = {"email": user.email, "mot_de_passe": mot_de_passe, "code": code} | champs
    return APIClient().post(f"{AUTH}/login/", corps, **D_OU)


def porteur(reponse):
    assert reponse.status_code == 200, reponse.json()
    return APIClient(headers={"Authorization": f"Bearer {reponse.json()['jeton']}"})


def mettre_en_place(http) -> tuple[str, list[str]]:
    """Secret of the phone, and the recovery codes. The clock must move before the next code."""
    secret = http.post(f"{AUTH}/2fa/setup/").json()["secret"]
    reponse = http.post(f"{AUTH}/2fa/verify/", {"code": telephone.code(secret)}, **D_OU)
    assert reponse.status_code == 200, reponse.json()
    return secret, reponse.json()["codes_de_secours"]


@pytest.fixture
def horloge():
    with time_machine.travel(timezone.now(), tick=False) as machine:
        yield machine


@pytest.fixture
def secret(patron, horloge):
    """The phone of the patron, put in place a minute ago."""
    secret, _ = mettre_en_place(porteur(entrer(patron)))
    horloge.shift(timedelta(minutes=1))
    return secret


class TestMettreEnPlace:
    def test_a_patron_without_a_factor_reaches_nothing_but_its_setup(self, patron):
        reponse = entrer(patron)
        http = porteur(reponse)

        assert reponse.json()["second_facteur_requis"] is True
        for chemin in ("/api/v1/clients/", "/api/v1/", "/api/schema/", "/admin/trash/stats/",
                       f"{AUTH}/acces/"):  # fmt: skip
            refus = http.get(chemin)
            assert (refus.status_code, refus.data["code"]) == (403, "second_facteur_requis")
        assert http.post("/api/v1/clients/", {"nom": "Lemaire"}).status_code == 403
        assert "checks" not in http.get("/health/detailed").json()
        assert http.get(f"{AUTH}/me/").status_code == 200
        etat = http.get(f"{AUTH}/2fa/").json()
        assert (etat["actif"], etat["obligatoire"], etat["codes_restants"]) == (False, True, 0)

    def test_the_uri_and_the_qr_code_tell_the_phone_all_it_needs(self, patron):
        prepare = porteur(entrer(patron)).post(f"{AUTH}/2fa/setup/").json()

        assert telephone.lire(prepare["uri"]) == {
            "genre": "totp", "compte": f"Art & Jardin:{patron.email}", "issuer": "Art & Jardin",
            "secret": prepare["secret"], "algorithm": "SHA1", "digits": "6", "period": "30",
        }  # fmt: skip
        assert prepare["qr_svg"].startswith("<svg")

    def test_the_first_code_confirms_and_opens_everything(self, patron):
        http = porteur(entrer(patron))
        autre = porteur(entrer(patron))

        secret, codes = mettre_en_place(http)

        assert len(set(codes)) == 10
        assert http.get("/api/v1/clients/").status_code == 200
        assert autre.get(f"{AUTH}/me/").status_code == 401, "opened before the factor"
        assert Entree.objects.get(action="facteur.active").acteur == patron
        assert "Second facteur activé" in Courriel.objects.latest("id").objet
        assert secret not in str(list(Facteur.objects.values()))
        assert not {c.replace("-", "") for c in codes} & set(
            CodeSecours.objects.values_list("empreinte", flat=True)
        )

    def test_a_wrong_first_code_changes_nothing(self, patron):
        http = porteur(entrer(patron))
        secret = http.post(f"{AUTH}/2fa/setup/").json()["secret"]

        refus = http.post(f"{AUTH}/2fa/verify/", {"code": telephone.faux(secret)})

        assert (refus.status_code, refus.json()["code"]) == (400, "code_refuse")
        assert http.get("/api/v1/clients/").status_code == 403
        assert not Facteur.objects.filter(confirmed=True).exists()

    def test_a_qr_code_left_alone_is_asked_for_again(self, patron, horloge):
        http = porteur(entrer(patron))
        secret = http.post(f"{AUTH}/2fa/setup/").json()["secret"]
        horloge.shift(timedelta(minutes=16))

        refus = http.post(f"{AUTH}/2fa/verify/", {"code": telephone.code(secret)})

        assert (refus.status_code, refus.json()["code"]) == (409, "facteur_absent")

    def test_replacing_asks_a_fresh_code_and_the_old_phone_serves_until_then(
        self, patron, secret, horloge
    ):
        http = porteur(entrer(patron, code=telephone.code(secret)))
        horloge.shift(timedelta(minutes=11))
        refus = http.post(f"{AUTH}/2fa/setup/")
        assert (refus.status_code, refus.json()["code"]) == (403, "code_frais_requis")

        http.post(f"{AUTH}/2fa/verify/", {"code": telephone.code(secret)})
        nouveau = http.post(f"{AUTH}/2fa/setup/").json()["secret"]
        horloge.shift(timedelta(minutes=1))
        porteur(entrer(patron, code=telephone.code(secret)))
        assert (
            http.post(f"{AUTH}/2fa/verify/", {"code": telephone.code(nouveau)}).status_code == 200
        )

        horloge.shift(timedelta(minutes=1))
        assert entrer(patron, code=telephone.code(secret)).json()["code"] == "code_refuse"
        assert entrer(patron, code=telephone.code(nouveau)).status_code == 200


class TestEntrer:
    def test_the_password_alone_is_not_enough(self, patron, secret):
        refus = entrer(patron)

        assert (refus.status_code, refus.json()["code"]) == (400, "code_requis")

    def test_a_code_serves_once_even_within_its_thirty_seconds(self, patron, secret):
        code = telephone.code(secret)

        assert entrer(patron, code=code).status_code == 200
        refus = entrer(patron, code=code)

        assert (refus.status_code, refus.json()["code"]) == (400, "code_refuse")

    @pytest.mark.parametrize(
        ("pas", "bon"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
    )
    def test_one_step_of_drift_is_accepted(self, patron, secret, pas, bon, horloge):
        horloge.shift(timedelta(minutes=2))  # away from the step of the setup

        reponse = entrer(patron, code=telephone.code(secret, decalage=pas))

        assert (reponse.status_code == 200) is bon

    def test_a_code_older_than_the_last_one_accepted_is_refused(self, patron, secret, horloge):
        horloge.shift(timedelta(minutes=2))
        assert entrer(patron, code=telephone.code(secret, decalage=1)).status_code == 200

        assert entrer(patron, code=telephone.code(secret)).json()["code"] == "code_refuse"

    @pytest.mark.parametrize(
        "code",
        ["12345", "1234567", "abcdef", "١٢٣٤٥٦", "      ", "000000000000", "-12345", "1e5000"],
    )
    def test_what_is_no_code_is_refused(self, patron, secret, code):
        assert entrer(patron, code=code).json()["code"] in {"code_refuse", "code_requis"}

    def test_spaces_in_a_code_do_not_matter(self, patron, secret):
        code = telephone.code(secret)

        assert entrer(patron, code=f"{code[:3]} {code[3:]}").status_code == 200

    def test_five_wrong_codes_lock_and_each_lock_is_twice_as_long(self, patron, secret, horloge):
        for minutes in (15, 30, 60):
            for _ in range(verrous.ESSAIS):
                assert entrer(patron, code=telephone.faux(secret)).json()["code"] == "code_refuse"
            refus = entrer(patron, code=telephone.code(secret))
            assert (refus.status_code, refus.json()["code"]) == (429, "verrouille")
            assert int(refus["Retry-After"]) == minutes * 60
            horloge.shift(timedelta(minutes=minutes, seconds=1))
        assert entrer(patron, code=telephone.code(secret)).status_code == 200

    def test_a_lock_is_journaled_and_told_once_to_the_person_and_the_patrons(
        self, patron, secret, comptable
    ):
        for _ in range(verrous.ESSAIS + 3):
            entrer(patron, code=telephone.faux(secret))

        (entree,) = Entree.objects.filter(action="session.verrouillee")
        assert (entree.objet_id, entree.details["quoi"]) == (patron.pk, "code du second facteur")
        dits = Courriel.objects.filter(objet__startswith="Compte verrouillé")
        assert [courriel.a for courriel in dits] == [[patron.email]]
        assert Entree.objects.filter(action="facteur.code_refuse").count() == verrous.ESSAIS

    def test_the_locks_of_one_day_make_one_mail_and_one_of_another_kind_its_own(
        self, patron, secret, horloge
    ):
        def verrouiller(**champs):
            for _ in range(verrous.ESSAIS):
                entrer(patron, code=telephone.faux(secret), **champs)
            horloge.shift(timedelta(hours=7))
            return Courriel.objects.filter(objet__startswith="Compte verrouillé").count()

        assert [verrouiller() for _ in range(3)] == [1, 1, 1]
        assert verrouiller(mot_de_passe="pas-le-sien") == 2
        assert verrouiller() == 3
        dits = Entree.objects.filter(action="session.verrouillee").order_by("id")
        assert [e.details["dit"] for e in dits] == [True, False, False, True, True]


class TestSecours:
    def test_a_recovery_code_opens_once(self, patron, horloge):
        _, codes = mettre_en_place(porteur(entrer(patron)))

        assert entrer(patron, code=codes[3].lower()).status_code == 200
        assert entrer(patron, code=codes[3]).json()["code"] == "code_refuse"
        assert entrer(patron, code=codes[4].replace("-", " ")).status_code == 200
        assert Entree.objects.filter(action="facteur.code_de_secours").count() == 2
        assert "il en reste 8" in Courriel.objects.latest("id").texte

    def test_another_s_recovery_code_opens_nothing(self, patron, comptable, horloge):
        _, codes = mettre_en_place(porteur(entrer(patron)))
        mettre_en_place(porteur(entrer(comptable)))

        assert entrer(comptable, code=codes[0]).json()["code"] == "code_refuse"

    def test_renewed_against_a_code_the_older_ones_are_worth_nothing(self, patron, horloge):
        http = porteur(entrer(patron))
        secret, anciens = mettre_en_place(http)
        horloge.shift(timedelta(minutes=1))

        refus = http.post(f"{AUTH}/2fa/recovery-codes/", {"code": telephone.faux(secret)})
        assert refus.status_code == 400
        assert entrer(patron, code=anciens[0]).status_code == 200
        nouveaux = http.post(
            f"{AUTH}/2fa/recovery-codes/", {"code": telephone.code(secret)}
        ).json()["codes_de_secours"]

        assert not set(anciens) & set(nouveaux)
        assert entrer(patron, code=anciens[1]).json()["code"] == "code_refuse"
        assert entrer(patron, code=nouveaux[0]).status_code == 200

    def test_the_answers_with_secrets_are_kept_by_no_idempotency_key(self, patron):
        from artjardin.api.models import Clef  # noqa: PLC0415

        http = porteur(entrer(patron))
        http.post(f"{AUTH}/2fa/setup/", HTTP_IDEMPOTENCY_KEY="k")

        assert not Clef.objects.exists()


class TestRetirer:
    def test_where_it_is_compulsory_it_cannot_be_taken_away(self, patron, secret, horloge):
        http = porteur(entrer(patron, code=telephone.code(secret)))
        horloge.shift(timedelta(minutes=1))
        corps = {"mot_de_passe": MOT_DE_PASSE, "code": telephone.code(secret)}

        refus = http.post(f"{AUTH}/2fa/disable/", corps)

        assert (refus.status_code, refus.json()["code"]) == (409, "facteur_obligatoire")

    def test_where_it_is_not_password_and_code_take_it_away(self, comptable, horloge):
        http = porteur(entrer(comptable))
        secret, _ = mettre_en_place(http)
        horloge.shift(timedelta(minutes=1))
        bons = {"mot_de_passe": MOT_DE_PASSE, "code": telephone.code(secret)}

        assert http.post(f"{AUTH}/2fa/disable/", bons | {"mot_de_passe": "x"}).status_code == 400
        assert http.post(
            f"{AUTH}/2fa/disable/", bons | {"code": telephone.faux(secret)}
        ).status_code == 400  # fmt: skip
        assert http.post(f"{AUTH}/2fa/disable/", bons).status_code == 204

        assert entrer(comptable).status_code == 200
        assert not CodeSecours.objects.exists()
        assert Entree.objects.filter(action="facteur.desactive").count() == 1

    def test_a_patron_resets_another_s_and_both_are_told(self, http, patron, comptable, horloge):
        siens = porteur(entrer(comptable))
        mettre_en_place(siens)

        reponse = http.post(f"/api/v1/comptes/{comptable.pk}/reinitialiser-facteur/")

        assert (reponse.status_code, reponse.json()["second_facteur"]) == (200, False)
        assert siens.get(f"{AUTH}/me/").status_code == 401
        assert entrer(comptable).status_code == 200
        entree = Entree.objects.get(action="facteur.reinitialise")
        assert (entree.acteur, entree.objet_id) == (patron, comptable.pk)
        dits = Courriel.objects.filter(objet__startswith="Second facteur remis à zéro")
        assert sorted(courriel.a[0] for courriel in dits) == sorted([comptable.email, patron.email])

    def test_nobody_resets_their_own(self, http, patron):
        refus = http.post(f"/api/v1/comptes/{patron.pk}/reinitialiser-facteur/")

        assert (refus.status_code, refus.json()["code"]) == (409, "le_sien")

    def test_a_reset_asks_a_fresh_code(self, patron, comptable, horloge):
        http = se_connecter(APIClient(), patron)
        mettre_en_place(porteur(entrer(comptable)))
        horloge.shift(timedelta(minutes=10))

        refus = http.post(f"/api/v1/comptes/{comptable.pk}/reinitialiser-facteur/")

        assert (refus.status_code, refus.json()["code"]) == (403, "code_frais_requis")
        assert facteurs.a_un_facteur(comptable)


class TestCodeFrais:
    def test_a_code_opens_the_grave_acts_for_ten_minutes_on_this_device_only(
        self, patron, secret, horloge
    ):
        un = porteur(entrer(patron, code=telephone.code(secret)))
        horloge.shift(timedelta(minutes=1))
        deux = porteur(entrer(patron, code=telephone.code(secret)))
        horloge.shift(timedelta(minutes=9, seconds=30))
        invite = {"email": "nouvelle@art-jardin.example", "role": "employe"}

        assert un.post("/api/v1/comptes/", invite).json()["code"] == "code_frais_requis"
        assert deux.post("/api/v1/comptes/", invite).status_code == 201
        fait = un.post(f"{AUTH}/2fa/verify/", {"code": telephone.code(secret)})
        assert "codes_de_secours" not in fait.json()
        invite["email"] = "autre@art-jardin.example"
        assert un.post("/api/v1/comptes/", invite).status_code == 201

    def test_without_a_factor_the_password_stands_for_it(self, comptable, horloge):
        http = porteur(entrer(comptable))
        assert http.get(f"{AUTH}/2fa/").json()["code_frais_jusqu_a"] is not None
        horloge.shift(timedelta(minutes=11))

        assert http.get(f"{AUTH}/2fa/").json()["code_frais_jusqu_a"] is None
        refus = http.post(f"{AUTH}/2fa/setup/")
        assert (refus.status_code, refus.json()["code"]) == (403, "code_frais_requis")
        assert http.post(f"{AUTH}/2fa/verify/", {"mot_de_passe": "faux"}).status_code == 400
        assert http.post(f"{AUTH}/2fa/verify/", {"mot_de_passe": MOT_DE_PASSE}).status_code == 200
        assert http.post(f"{AUTH}/2fa/setup/").status_code == 200
        assert http.get(f"{AUTH}/2fa/").json()["code_frais_jusqu_a"] is not None


def test_a_row_moved_to_another_person_does_not_decrypt(patron, comptable, secret):
    Facteur.objects.filter(user=patron).update(user=comptable)

    refus = entrer(comptable, code=telephone.code(secret))

    assert (refus.status_code, refus.json()["code"]) == (503, "facteur_illisible")


def test_the_ring_turns_without_anyone_noticing(patron, secret, settings, horloge, capsys):
    from django.core.management import call_command  # noqa: PLC0415

    from artjardin.accounts.chiffrement import nouvelle_clef  # noqa: PLC0415

    ancien = settings.CLES_CHIFFREMENT
    avant = Facteur.objects.get().secret
    nouvelle = f"k2:{nouvelle_clef()}"
    settings.CLES_CHIFFREMENT = f"{nouvelle},{ancien}"
    assert entrer(patron, code=telephone.code(secret)).status_code == 200
    http = porteur(entrer(patron, code=telephone.code(secret, decalage=1)))
    call_command("tourner_cles")
    assert "1 seconds facteurs rechiffrés" in capsys.readouterr().out
    settings.CLES_CHIFFREMENT = nouvelle
    horloge.shift(timedelta(minutes=2))

    assert entrer(patron, code=telephone.code(secret)).status_code == 200
    assert http.get("/api/v1/clients/").status_code == 200
    assert Facteur.objects.get().secret != avant
    call_command("tourner_cles")
    assert "0 seconds facteurs" in capsys.readouterr().out


def test_a_key_lost_is_said_and_recovery_codes_still_open(patron, horloge, settings):
    from artjardin.accounts.chiffrement import nouvelle_clef  # noqa: PLC0415

    secret, codes = mettre_en_place(porteur(entrer(patron)))
    settings.CLES_CHIFFREMENT = f"k9:{nouvelle_clef()}"
    horloge.shift(timedelta(minutes=1))

    assert entrer(patron, code=telephone.code(secret)).json()["code"] == "facteur_illisible"
    assert entrer(patron, code=codes[0]).status_code == 200


def test_logout_everywhere_closes_tokens_and_sessions(patron, secret):
    un = porteur(entrer(patron, code=telephone.code(secret)))
    bureau = se_connecter(APIClient(), patron)
    assert bureau.get(f"{AUTH}/me/").status_code == 200

    assert un.post(f"{AUTH}/logout-all/").status_code == 204

    assert un.get(f"{AUTH}/me/").status_code == bureau.get(f"{AUTH}/me/").status_code == 401
    assert not Session.objects.filter(user=patron).exists()
    assert not Jeton.objects.filter(revoque_le=None).exists()
