"""Creating, changing and excluding clients; the journal; the code counter."""

from datetime import date

import pytest
import time_machine

from artjardin.accounts.auteur import systeme
from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit, Invalide
from artjardin.softdelete.services import supprimer
from clients.models import Client
from clients.services import (
    doublons_probables,
    exclure_des_relances,
    groupes_de_doublons,
    modifier_client,
    reprendre_les_relances,
)
from tests.clients.factories import creer_client
from tests.clients.fils import en_parallele, pendant

ROBOT = systeme("test")


def actions():
    return list(Entree.objects.order_by("id").values_list("action", flat=True))


@pytest.mark.django_db
class TestCreer:
    def test_codes_follow_the_highest_one(self):
        assert creer_client().code == "C0001"
        creer_client(code="C0041")
        creer_client(code="DUPONT-7")

        assert creer_client().code == "C0042"

    def test_the_code_of_a_client_in_the_trash_is_not_given_again(self):
        supprimer(creer_client(code="C0009"), par=ROBOT)

        assert creer_client().code == "C0010"

    def test_contact_data_is_stored_in_normal_form(self):
        client = creer_client(
            nom=" Lefèvre ",
            email=" Loic@Example.ORG ",
            telephone="02 41 27 47 63",
            siret="732 829 320 00074",
            tva_intracom="fr 40 303 265 045",
            code_postal="1000",
        )

        client.refresh_from_db()
        assert (client.nom, client.email) == ("Lefèvre", "loic@example.org")
        assert (client.telephone, client.siret) == ("+33241274763", "73282932000074")
        assert (client.tva_intracom, client.code_postal) == ("FR40303265045", "01000")

    def test_every_faulty_field_is_named_and_nothing_is_written(self):
        with pytest.raises(Invalide) as refus:
            creer_client(nom="", prenom="", siret="123", email="x@", telephone="12", type="ami")

        assert refus.value.champs.keys() >= {"nom", "siret", "email", "telephone", "type"}
        assert not Client.tous.exists()
        assert not Entree.objects.exists()

    def test_a_taken_code_is_a_conflict(self):
        creer_client(code="C0001")

        with pytest.raises(Conflit, match="déjà pris") as refus:
            creer_client(code="C0001")

        assert refus.value.code == "doublon"
        assert Client.tous.count() == 1

    def test_an_unknown_field_is_a_programming_error(self):
        with pytest.raises(TypeError, match="exclusion_motif"):
            creer_client(exclusion_motif="non")

    def test_the_journal_has_who_and_what(self, auteur):
        client = creer_client(par=auteur, ville="Trélazé")

        entree = Entree.objects.get()
        assert (entree.action, entree.objet_id) == ("client.cree", client.pk)
        assert (entree.acteur, entree.adresse) == (auteur.user, "192.0.2.7")
        assert entree.apres["ville"] == "Trélazé"


@pytest.mark.django_db
class TestModifier:
    def test_only_what_changed_is_journaled(self):
        client = creer_client(ville="Angers", telephone="0241274763")

        modifier_client(client, par=ROBOT, ville="Avrillé", telephone="02 41 27 47 63")

        entree = Entree.objects.get(action="client.modifie")
        assert (entree.avant, entree.apres) == ({"ville": "Angers"}, {"ville": "Avrillé"})

    def test_nothing_changed_nothing_written(self):
        client = creer_client(ville="Angers")

        modifier_client(client, par=ROBOT, ville="Angers")

        assert actions() == ["client.cree"]

    def test_a_stale_copy_does_not_undo_the_change_of_another(self):
        client = creer_client(ville="Angers", notes="")
        perime = Client.objects.get(pk=client.pk)
        modifier_client(client, par=ROBOT, notes="Portail 4512")

        modifier_client(perime, par=ROBOT, ville="Avrillé")

        client.refresh_from_db()
        assert (client.ville, client.notes) == ("Avrillé", "Portail 4512")

    def test_the_search_column_follows(self):
        client = modifier_client(creer_client(nom="Martin"), par=ROBOT, nom="Bélanger")

        assert client.nom_tri.startswith("belanger")
        assert Client.objects.rechercher("belanger").get() == client

    def test_a_refusal_changes_nothing(self):
        creer_client(code="C0001")
        client = creer_client(code="C0002", ville="Angers")

        with pytest.raises(Conflit):
            modifier_client(client, par=ROBOT, code="C0001", ville="Avrillé")
        with pytest.raises(Invalide):
            modifier_client(client, par=ROBOT, email="pas une adresse", ville="Avrillé")

        client.refresh_from_db()
        assert (client.code, client.ville) == ("C0002", "Angers")
        assert "client.modifie" not in actions()

    def test_a_client_in_the_trash_does_not_change(self):
        client = creer_client()
        supprimer(client, par=ROBOT)

        with pytest.raises(Conflit, match="corbeille"):
            modifier_client(client, par=ROBOT, ville="Avrillé")


@pytest.mark.django_db
class TestExclusion:
    @time_machine.travel("2026-03-10 23:30+01:00", tick=False)
    def test_the_end_is_the_last_excluded_day(self, auteur):
        client = exclure_des_relances(
            creer_client(), motif="Litige", jusqu_au=date(2026, 3, 31), par=auteur
        )

        exclus = [client.est_exclu(au=date(2026, 3, jour)) for jour in (9, 10, 31)]
        assert exclus == [False, True, True]
        assert not client.est_exclu(au=date(2026, 4, 1))
        assert Client.objects.exclus(au=date(2026, 3, 31)).count() == 1
        assert Client.objects.exclus(au=date(2026, 4, 1)).count() == 0
        assert (client.exclusion_par, client.exclusion_motif) == ("Claire Moreau", "Litige")

    @time_machine.travel("2026-03-10 23:30+00:00", tick=False)
    def test_today_is_the_date_in_paris(self):
        client = exclure_des_relances(creer_client(), motif="Litige", par=ROBOT)

        assert client.exclusion_le == date(2026, 3, 11)

    def test_reminders_resume_once(self):
        client = exclure_des_relances(creer_client(), motif="Litige", par=ROBOT)

        client = reprendre_les_relances(client, par=ROBOT)

        assert not client.est_exclu(au=date(2100, 1, 1))
        assert client.exclusion_motif == client.exclusion_par == ""
        assert actions() == ["client.cree", "client.exclu", "client.repris"]
        with pytest.raises(Conflit, match="pas exclu"):
            reprendre_les_relances(client, par=ROBOT)

    def test_a_reason_is_needed_and_the_end_is_not_past(self):
        client = creer_client()

        with pytest.raises(Invalide):
            exclure_des_relances(client, motif="  ", par=ROBOT)
        with pytest.raises(Invalide):
            exclure_des_relances(client, motif="x", jusqu_au=date(2020, 1, 1), par=ROBOT)

        client.refresh_from_db()
        assert client.exclusion_le is None
        assert actions() == ["client.cree"]


@pytest.mark.django_db
class TestDoublons:
    def test_each_likeness_is_found_and_named(self):
        client = creer_client(
            nom="Lefèvre", prenom="Loïc", email="a@example.org", telephone="0241274763"
        )
        email = creer_client(email="A@example.org")
        telephone = creer_client(telephone="+33 2 41 27 47 63")
        nom = creer_client(nom="LEFEVRE", prenom="loic")
        creer_client(nom="Lefèvre", prenom="Loïc", code_postal="75001")
        supprimer(creer_client(email="a@example.org"), par=ROBOT)

        trouves = {autre.pk: client.ressemblances(autre) for autre in doublons_probables(client)}

        assert trouves == {
            email.pk: ["même e-mail"],
            telephone.pk: ["même téléphone"],
            nom.pk: ["même nom et même code postal"],
        }

    def test_empty_fields_are_no_likeness(self):
        creer_client(email="", telephone="", prenom="Anne")

        assert doublons_probables(creer_client(email="", telephone="", prenom="Luc")) == []

    def test_groups_across_the_base_take_one_query(self, django_assert_num_queries):
        un = creer_client(nom="Lefèvre", prenom="Loïc", email="a@example.org")
        deux = creer_client(nom="Lefevre", prenom="Loic", email="a@example.org")
        trois = creer_client(raison_sociale="Foncia", siret="73282932000074")
        quatre = creer_client(raison_sociale="Foncia Loire", siret="73282932000074")
        creer_client()

        with django_assert_num_queries(1):
            groupes = groupes_de_doublons()

        resume = [([m["id"] for m in g["clients"]], g["motifs"]) for g in groupes]
        assert resume == [
            ([trois.pk, quatre.pk], ["même SIRET"]),
            ([un.pk, deux.pk], ["même e-mail", "même nom et même code postal"]),
        ]


def test_eight_creations_at_once_get_eight_codes(base_partagee):
    clients = en_parallele(*[creer_client] * 8)

    assert sorted(client.code for client in clients) == [f"C000{rang}" for rang in range(1, 9)]


def test_the_counter_waits_for_a_creation_that_is_not_committed(base_partagee):
    clients = pendant(creer_client, creer_client)

    assert [client.code for client in clients] == ["C0001", "C0002"]


def test_two_changes_at_once_both_stay(base_partagee):
    client = creer_client(ville="Angers", notes="")

    en_parallele(
        lambda: modifier_client(client, par=ROBOT, ville="Avrillé"),
        lambda: modifier_client(client, par=ROBOT, notes="Portail 4512"),
    )

    client.refresh_from_db()
    assert (client.ville, client.notes) == ("Avrillé", "Portail 4512")
