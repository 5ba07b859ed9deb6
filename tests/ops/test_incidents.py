"""Incidents: their rows, their API, their page; who may take one in hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from artjardin.accounts.cles import creer_cle
from artjardin.audit.models import Entree
from ops.models import Incident
from ops.veille import registre
from ops.veille.carnet import Fiche
from tests.artjardin.navigateur import messages_de, ouvrir, page
from tests.ops.factories import creer_incident

pytestmark = pytest.mark.django_db
URL = "/api/v1/incidents/"
INSTANT = 1_800_000_000.0


def fiche(numero: str, **champs) -> Fiche:
    return Fiche(
        numero=numero, cle="smtp", titre="Relais", gravite="normale", ouvert_le=INSTANT,
        message="refusé", remede="voyez.", **champs,
    )  # fmt: skip


def tenir(*fiches: Fiche) -> registre.Tenue:
    return registre.tenir_les_incidents(fiches, heure=lambda instant: instant, machine="essai")


def test_one_that_opened_and_closed_while_the_database_was_away_keeps_its_times():
    tenue = tenir(fiche("a", clos_le=INSTANT + 90, rappels=2))

    incident = Incident.objects.get()
    assert incident.ouvert_le.timestamp() == INSTANT
    assert incident.clos_le - incident.ouvert_le == timedelta(seconds=90)
    assert (incident.rappels, tenue.noms) == (2, {"a": "a"})
    lignes = Entree.objects.filter(objet_type="ops.incident").order_by("pk")
    assert [une.action for une in lignes] == ["incident.ouvert", "incident.clos"]
    assert lignes.last().details == {"cle": "smtp", "secondes": 90}


def test_written_twice_it_is_one_row():
    for _ in range(2):
        tenir(fiche("a"))
        tenir(fiche("a", clos_le=INSTANT + 90))
        tenir(fiche("a", clos_le=INSTANT + 90))

    assert Incident.objects.filter(cle="smtp", numero="a").count() == 1
    assert Entree.objects.filter(action="incident.clos").count() == 2  # opened anew in between


def test_an_open_row_of_another_watch_is_taken_over():
    tenir(fiche("a"))
    tenue = tenir(fiche("b"))

    assert tenue.noms == {"b": "a"}
    assert Incident.objects.get().numero == "a"


def test_a_row_that_the_watch_knows_nothing_of_is_closed():
    tenir(fiche("a"))
    tenir()

    incident = Incident.objects.get()
    assert incident.clos_le is not None
    assert "n'en sait plus rien" in incident.dernier_message


def test_a_clock_set_back_ends_none_before_it_began():
    tenir(fiche("a"))
    tenir(fiche("a", clos_le=INSTANT - 3600))

    incident = Incident.objects.get()
    assert incident.clos_le == incident.ouvert_le


def test_two_open_rows_of_one_thing_and_a_removed_one_are_refused_by_the_database():
    incident = creer_incident()
    with pytest.raises(IntegrityError), transaction.atomic():
        Incident.objects.create(numero="x", cle=incident.cle, ouvert_le=timezone.now())
    with pytest.raises(DatabaseError, match="Cannot delete"), transaction.atomic():
        incident.delete()
    assert Incident.objects.count() == 1


class TestApi:
    def test_the_list_says_what_is_down_and_what_was(self, http):
        creer_incident("disque", clos=True)
        ouvert = creer_incident("smtp")

        (ligne,) = http.get(f"{URL}?ouvert=true").json()["results"]
        assert (ligne["id"], ligne["cle"], ligne["ouvert"]) == (ouvert.pk, "smtp", True)
        assert ligne["remede"] == "voyez EMAIL_URL."
        (clos,) = http.get(f"{URL}?ouvert=false").json()["results"]
        assert clos["clos_le"] > clos["ouvert_le"]
        assert len(http.get(f"{URL}?cle=disque&recherche=relais").json()["results"]) == 1
        assert http.get(f"{URL}?acquitte=true").json()["results"] == []

    def test_the_list_asks_the_same_number_of_queries_whatever_it_holds(self, http):
        def requetes() -> int:
            with CaptureQueriesContext(connection) as lues:
                assert http.get(URL).status_code == 200
            return len(lues)

        creer_incident("disque")
        seule = requetes()
        creer_incident("smtp")
        creer_incident("valkey")

        assert requetes() == seule

    def test_somebody_takes_it_in_hand_once(self, http, patron):
        incident = creer_incident()
        reponse = http.post(f"{URL}{incident.pk}/acquitter/", {"commentaire": " Relais changé. "})

        assert reponse.status_code == 200
        assert reponse.json()["acquitte_nom"] == str(patron)
        incident.refresh_from_db()
        assert (incident.commentaire, incident.acquitte_par) == ("Relais changé.", patron)
        assert incident.est_ouvert
        entree = Entree.objects.get(action="incident.acquitte")
        assert (entree.acteur, entree.details["commentaire"]) == (patron, "Relais changé.")
        seconde = http.post(f"{URL}{incident.pk}/acquitter/", {"commentaire": "Moi aussi."})
        assert (seconde.status_code, seconde.json()["code"]) == (409, "incident_deja_acquitte")
        incident.refresh_from_db()
        assert incident.commentaire == "Relais changé."

    def test_what_is_over_is_taken_in_hand_by_nobody(self, http):
        incident = creer_incident(clos=True)

        reponse = http.post(f"{URL}{incident.pk}/acquitter/", {})

        assert (reponse.status_code, reponse.json()["code"]) == (409, "incident_clos")
        assert not Entree.objects.filter(action="incident.acquitte").exists()

    @pytest.mark.parametrize("qui", ["employe", "comptable"])
    def test_other_roles_see_nothing_and_decide_nothing(self, qui, request, connecter):
        incident, http = creer_incident(), connecter(request.getfixturevalue(qui))

        assert http.get(URL).status_code == 403
        assert http.post(f"{URL}{incident.pk}/acquitter/", {}).status_code == 403
        incident.refresh_from_db()
        assert incident.acquitte_le is None

    def test_a_key_of_monitoring_reads_and_decides_nothing(self, client, patron):
        incident = creer_incident()
        fin = timezone.now() + timedelta(days=1)
        cle, _ = creer_cle(nom="Ronde", portee="surveillance", expire_le=fin, par=patron)
        entetes = {"Authorization": f"Bearer {cle}"}

        assert client.get(URL, headers=entetes).json()["results"][0]["cle"] == "smtp"
        refus = client.post(f"{URL}{incident.pk}/acquitter/", headers=entetes)
        assert refus.status_code == 403


class TestPage:
    @pytest.fixture
    def navigateur(self, patron):
        return ouvrir(patron)

    def test_the_list_shows_the_state_the_duration_and_who_looks_after_it(self, navigateur):
        creer_incident("disque", clos=True)
        creer_incident()

        contenu = navigateur.get(page(Incident, "changelist")).content.decode()
        for dit in ("En cours", "Rétabli", "10 min", "5 min", "ConnectionRefusedError"):
            assert dit in contenu
        ouverts = navigateur.get(page(Incident, "changelist"), {"etat": "ouvert"})
        assert [un.cle for un in ouverts.context["cl"].result_list] == ["smtp"]

    def test_the_button_takes_it_in_hand_and_goes(self, navigateur, patron):
        incident = creer_incident()
        assert "Prendre en charge" in navigateur.get(page(incident)).content.decode()

        champs = {"commentaire": "J'appelle."}
        reponse = navigateur.post(page(incident, "acquitter"), champs, follow=True)

        assert messages_de(reponse) == ["L'incident est pris en charge."]
        incident.refresh_from_db()
        assert (incident.acquitte_par, incident.commentaire) == (patron, "J'appelle.")
        assert "Prendre en charge" not in navigateur.get(page(incident)).content.decode()
