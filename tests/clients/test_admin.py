"""The admin of clients goes by the services: checked, journaled, to the trash."""

from datetime import date

import pytest
import time_machine
from django.test import Client as Navigateur

from artjardin.accounts.auteur import systeme
from artjardin.audit.models import Entree
from clients import services
from clients.models import Client
from tests.clients.factories import creer_client
from tests.connexion import se_connecter

pytestmark = pytest.mark.django_db
URL = "/admin/clients/client/"
VIDE = {
    "code": "", "type": "particulier", "raison_sociale": "", "civilite": "", "prenom": "",
    "nom": "", "email": "", "telephone": "", "adresse": "", "code_postal": "", "ville": "",
    "siret": "", "tva_intracom": "", "delai_jours": "30", "exclusion_motif": "",
    "exclusion_fin": "", "notes": "",
}  # fmt: skip


@pytest.fixture
def bureau(patron):
    patron.is_staff = True
    patron.save()
    navigateur = Navigateur()
    se_connecter(navigateur, patron)
    return navigateur


def page(client):
    return f"{URL}{client.pk}/change/"


def formulaire(client, **champs):
    actuels = {champ: getattr(client, champ) for champ in VIDE}
    return {champ: "" if v is None else str(v) for champ, v in actuels.items()} | champs


def textes(reponse):
    return reponse.content.decode()


class TestEcrire:
    def test_a_new_client_gets_its_code_and_its_line_in_the_journal(self, bureau, patron):
        reponse = bureau.post(f"{URL}add/", VIDE | {"nom": "Lefèvre", "telephone": "0241274763"})

        assert reponse.status_code == 302
        client = Client.objects.get()
        assert (client.code, client.telephone) == ("C0001", "+33241274763")
        entree = Entree.objects.get()
        assert (entree.action, entree.acteur) == ("client.cree", patron)
        assert entree.adresse == "127.0.0.1"

    def test_faults_come_back_on_the_form(self, bureau):
        reponse = bureau.post(f"{URL}add/", VIDE | {"nom": "Lefèvre", "siret": "123"})

        assert reponse.status_code == 200
        assert "14 chiffres attendus" in textes(reponse)
        assert not Client.tous.exists()

    def test_a_taken_code_is_said(self, bureau):
        creer_client(code="C0001")

        reponse = bureau.post(f"{URL}add/", VIDE | {"nom": "Lefèvre", "code": "C0001"}, follow=True)

        assert "Ce code client est déjà pris" in textes(reponse)
        assert Client.tous.count() == 1

    def test_only_what_changed_is_written_and_journaled(self, bureau):
        client = creer_client(ville="Angers")
        saisie = formulaire(client, ville="Avrillé")
        services.modifier_client(client, par=systeme("test"), notes="Portail 4512")
        saisie["notes"] = "Portail 4512"

        assert bureau.post(page(client), saisie).status_code == 302

        client.refresh_from_db()
        assert (client.ville, client.notes) == ("Avrillé", "Portail 4512")
        entree = Entree.objects.order_by("id").last()
        assert (entree.avant, entree.apres) == ({"ville": "Angers"}, {"ville": "Avrillé"})

    @time_machine.travel("2026-03-10 12:00+01:00", tick=False)
    def test_excluded_by_a_reason_then_reminded_again(self, patron):
        client = creer_client()
        bureau = Navigateur()
        se_connecter(bureau, patron)

        bureau.post(
            page(client), formulaire(client, exclusion_motif="Litige", exclusion_fin="31/03/2026")
        )
        client.refresh_from_db()
        assert (client.exclusion_le, client.exclusion_fin) == (date(2026, 3, 10), date(2026, 3, 31))
        assert client.exclusion_par == "Claire Moreau"

        bureau.post(page(client), formulaire(client, exclusion_motif="", exclusion_fin=""))
        client.refresh_from_db()
        assert client.exclusion_le is None
        actions = Entree.objects.order_by("id").values_list("action", flat=True)
        assert list(actions) == ["client.cree", "client.exclu", "client.repris"]

    def test_an_end_without_a_reason_is_refused_with_a_message(self, bureau):
        client = creer_client()

        reponse = bureau.post(
            page(client), formulaire(client, exclusion_fin="31/12/2099"), follow=True
        )

        assert "motif" in textes(reponse)
        client.refresh_from_db()
        assert (client.exclusion_le, client.exclusion_fin) == (None, None)


class TestSupprimer:
    def test_one_goes_to_the_trash(self, bureau, patron):
        client = creer_client()

        assert bureau.get(f"{URL}{client.pk}/delete/").status_code == 200
        assert bureau.post(f"{URL}{client.pk}/delete/", {"post": "yes"}).status_code == 302

        assert Client.tous.get().supprime_par == patron
        assert Entree.objects.filter(action="corbeille.suppression").count() == 1

    def test_several_go_to_the_trash(self, bureau):
        ids = [creer_client().pk for _ in range(3)]
        choix = {"action": "delete_selected", "_selected_action": ids[:2]}

        assert bureau.post(URL, choix).status_code == 200
        bureau.post(URL, choix | {"post": "yes"})

        assert list(Client.objects.values_list("pk", flat=True)) == ids[2:]
        assert Client.tous.count() == 3


class TestVoir:
    @pytest.mark.parametrize(
        ("filtre", "vus"),
        [
            ({}, {"C0001", "C0002"}),
            ({"q": "lefevre"}, {"C0001"}),
            ({"exclu": "oui"}, {"C0002"}),
            ({"exclu": "non"}, {"C0001"}),
            ({"type__exact": "syndic"}, set()),
        ],
    )
    def test_the_list_searches_and_filters(self, bureau, filtre, vus):
        creer_client(nom="Lefèvre")
        exclu = creer_client(nom="Garnier")
        services.exclure_des_relances(exclu, motif="Litige", par=systeme("test"))

        html = textes(bureau.get(URL, filtre))

        assert {code for code in ("C0001", "C0002") if code in html} == vus

    def test_the_list_costs_the_same_for_one_and_for_twenty(
        self, bureau, django_assert_max_num_queries
    ):
        for _ in range(20):
            creer_client()

        with django_assert_max_num_queries(9):
            bureau.get(URL)

    def test_who_may_only_look_does_not_write(self, comptable):
        comptable.is_staff = True
        comptable.save()
        navigateur = Navigateur()
        se_connecter(navigateur, comptable)
        client = creer_client()

        assert navigateur.get(page(client)).status_code == 200
        assert navigateur.post(page(client), formulaire(client, nom="X")).status_code == 403
        assert navigateur.post(f"{URL}{client.pk}/delete/", {"post": "yes"}).status_code == 403
        assert Client.objects.get().nom == client.nom
