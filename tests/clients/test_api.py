"""The API of clients, as each role sees it."""

import pytest
import time_machine

from artjardin.accounts.auteur import systeme
from artjardin.audit.models import Entree
from clients.models import Client
from clients.services import exclure_des_relances
from tests.clients.factories import creer_client

pytestmark = pytest.mark.django_db
URL = "/api/v1/clients/"


def codes(reponse):
    return [client["code"] for client in reponse.json()["results"]]


class TestListe:
    def test_it_costs_the_same_for_one_and_for_fifty(self, http, django_assert_num_queries):
        creer_client()
        with django_assert_num_queries(6) as une:
            http.get(URL)
        for _ in range(49):
            creer_client()

        with django_assert_num_queries(len(une)):
            assert len(http.get(URL).json()["results"]) == 50

    def test_it_is_in_the_order_of_names_and_pages_by_cursor(self, http):
        for nom in ("Zola", "Élie", "Abel", "elbaz"):
            creer_client(nom=nom)

        page = http.get(URL, {"taille": 3}).json()
        suite = http.get(page["next"]).json()

        noms = [client["nom"] for client in page["results"] + suite["results"]]
        assert noms == ["Abel", "elbaz", "Élie", "Zola"]

    @pytest.mark.parametrize(
        ("filtre", "attendus"),
        [
            ({"type": "syndic"}, ["C0002"]),
            ({"ville": "TRELAZE"}, ["C0002"]),
            ({"email": "Syndic@Example.org"}, ["C0002"]),
            ({"siret": "732 829 320 00074"}, ["C0002"]),
            ({"recherche": "fonncia"}, ["C0002"]),
            ({"exclu": "true"}, ["C0003"]),
            ({"exclu": "false"}, ["C0002", "C0001"]),
            ({"tri": "-code"}, ["C0003", "C0002", "C0001"]),
            ({"tri": "-cree_le"}, ["C0003", "C0002", "C0001"]),
        ],
    )
    def test_filters_and_orders(self, http, filtre, attendus):
        creer_client(nom="Martin")
        creer_client(
            raison_sociale="Foncia",
            type="syndic",
            ville="Trélazé",
            siret="73282932000074",
            email="syndic@example.org",
        )
        exclure_des_relances(creer_client(nom="Zola"), motif="Litige", par=systeme("test"))

        assert codes(http.get(URL, filtre)) == attendus

    @pytest.mark.parametrize("filtre", [{"type": "ami"}, {"tri": "humeur"}])
    def test_an_unknown_choice_is_refused(self, http, filtre):
        assert http.get(URL, filtre).status_code == 400


class TestEcrire:
    def test_a_client_is_created_with_what_is_derived(self, http, patron):
        reponse = http.post(URL, {"nom": "Lefèvre", "prenom": "Loïc", "telephone": "0241274763"})

        assert reponse.status_code == 201
        corps = reponse.json()
        assert (corps["code"], corps["designation"]) == ("C0001", "Lefèvre Loïc")
        assert (corps["telephone"], corps["telephone_lisible"]) == (
            "+33241274763",
            "02 41 27 47 63",
        )
        assert (corps["exclu"], corps["avertissements"]) == (False, [])
        entree = Entree.objects.get(action="client.cree")
        assert (entree.acteur, entree.objet_id) == (patron, corps["id"])

    def test_a_likely_duplicate_is_a_warning_not_a_refusal(self, http):
        premier = creer_client(email="a@example.org")

        reponse = http.post(URL, {"nom": "Autre", "email": "A@example.org"})

        assert reponse.status_code == 201
        assert reponse.json()["avertissements"] == [
            {
                "id": premier.pk,
                "code": premier.code,
                "designation": premier.designation,
                "motifs": ["même e-mail"],
            }
        ]

    def test_a_change_answers_the_whole_client_with_warnings(self, http):
        autre = creer_client(telephone="0241274763")
        client = creer_client()

        reponse = http.patch(f"{URL}{client.pk}/", {"telephone": "02 41 27 47 63"})

        assert reponse.status_code == 200
        assert reponse.json()["nom"] == client.nom
        assert [a["id"] for a in reponse.json()["avertissements"]] == [autre.pk]

    def test_faulty_fields_come_back_named(self, http):
        reponse = http.post(URL, {"nom": "Martin", "siret": "12", "email": "x"})

        assert reponse.status_code == 400
        assert reponse.json()["code"] == "invalide"
        assert reponse.json()["champs"].keys() == {"siret", "email"}
        assert not Client.tous.exists()

    def test_a_taken_code_is_a_conflict(self, http):
        creer_client(code="C0001")

        reponse = http.post(URL, {"nom": "Martin", "code": "C0001"})

        assert (reponse.status_code, reponse.json()["code"]) == (409, "doublon")
        assert reponse.json()["champs"] == {"code": ["Ce code client est déjà pris."]}

    @pytest.mark.parametrize(
        "corps", [{"nom": "Mar\x00tin"}, {"nom": "x" * 101}, {"type": "ami"}, {"delai_jours": -1}]
    )
    def test_bad_values_are_refused(self, http, corps):
        assert http.post(URL, {"nom": "Martin"} | corps).status_code == 400

    def test_a_retried_creation_acts_once(self, http):
        envoi = [
            http.post(URL, {"nom": "Martin"}, headers={"Idempotency-Key": "abc"}) for _ in range(2)
        ]

        assert envoi[0].json() == envoi[1].json()
        assert Client.tous.count() == 1

    def test_exclusion_is_not_a_field_but_a_decision(self, http):
        client = creer_client()

        http.patch(f"{URL}{client.pk}/", {"exclusion_motif": "x", "exclusion_le": "2026-01-01"})

        client.refresh_from_db()
        assert (client.exclusion_le, client.exclusion_motif) == (None, "")

    def test_put_is_not_offered(self, http):
        client = creer_client()

        assert http.put(f"{URL}{client.pk}/", {"nom": "X"}).status_code in {403, 405}
        assert Client.objects.get().nom == client.nom

    def test_a_deleted_client_goes_to_the_trash(self, http):
        client = creer_client()

        assert http.delete(f"{URL}{client.pk}/").status_code == 204
        assert http.get(f"{URL}{client.pk}/").status_code == 404
        assert Client.tous.get().supprime_le is not None


class TestRelances:
    @time_machine.travel("2026-03-10 12:00+01:00", tick=False)
    def test_excluded_then_reminded_again(self, http):
        client = creer_client()

        exclu = http.post(
            f"{URL}{client.pk}/exclure/", {"motif": "Litige", "jusqu_au": "2026-03-31"}
        )
        repris = http.post(f"{URL}{client.pk}/reprendre/")
        encore = http.post(f"{URL}{client.pk}/reprendre/")

        assert exclu.status_code == repris.status_code == 200
        assert (exclu.json()["exclu"], exclu.json()["exclusion_fin"]) == (True, "2026-03-31")
        assert exclu.json()["exclusion_par"] == "Claire Moreau"
        assert repris.json()["exclu"] is False
        assert (encore.status_code, encore.json()["code"]) == (409, "pas_exclu")

    @pytest.mark.parametrize(
        "corps",
        [
            {},
            {"motif": " "},
            {"motif": "x", "jusqu_au": "hier"},
            {"motif": "x", "jusqu_au": "2020-01-01"},
        ],
    )
    def test_a_reason_and_a_coming_date_are_needed(self, http, corps):
        client = creer_client()

        assert http.post(f"{URL}{client.pk}/exclure/", corps).status_code == 400
        client.refresh_from_db()
        assert client.exclusion_le is None


def test_doublons_lists_the_groups(http):
    ids = [creer_client(email="a@example.org").pk for _ in range(2)]

    [groupe] = http.get(f"{URL}doublons/").json()

    assert groupe["motifs"] == ["même e-mail"]
    assert [membre["id"] for membre in groupe["clients"]] == ids


class TestDroits:
    def test_a_comptable_only_looks(self, comptable, connecter):
        http = connecter(comptable)
        detail = f"{URL}{creer_client().pk}/"

        assert http.get(URL).status_code == http.get(detail).status_code == 200
        refus = [
            http.post(URL, {"nom": "X"}),
            http.patch(detail, {"nom": "X"}),
            http.delete(detail),
            http.post(f"{detail}exclure/", {"motif": "x"}),
            http.post(f"{detail}reprendre/"),
        ]
        assert {reponse.status_code for reponse in refus} == {403}
        assert Entree.objects.count() == 1

    @pytest.mark.parametrize("chemin", ["", "1/", "doublons/"])
    def test_a_stranger_sees_nothing(self, client, chemin):
        assert client.get(f"{URL}{chemin}").status_code == 401
