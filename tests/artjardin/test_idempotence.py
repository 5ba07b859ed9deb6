"""A retried POST does not act twice (G12)."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from artjardin.accounts.models import Role
from artjardin.accounts.services import creer_utilisateur
from artjardin.api.models import Clef
from artjardin.api.tasks import oublier_clefs
from artjardin.audit.models import Entree
from clients.models import Client
from facturation.models import Devis, Facture, Paiement
from tests.artjardin.serveurs import en_parallele
from tests.clients.factories import creer_client
from tests.connexion import se_connecter
from tests.facturation.factories import creer_brouillon, creer_facture

API = "/api/v1"
CSV = Path(__file__).parents[1] / "data" / "clients.csv"
CORPS = {"nom": "Lemaire", "ville": "Angers"}


def poster(http, clef, corps=None, chemin="/clients/", **options):
    return http.post(
        f"{API}{chemin}", CORPS if corps is None else corps, HTTP_IDEMPOTENCY_KEY=clef, **options
    )


@pytest.mark.django_db
class TestRejeu:
    def test_the_same_request_gets_the_same_answer_and_acts_once(self, http):
        premiere, seconde = poster(http, "k1"), poster(http, "k1")

        assert (premiere.status_code, seconde.status_code) == (201, 201)
        assert premiere.json() == seconde.json()
        assert "Idempotent-Replayed" not in premiere
        assert seconde["Idempotent-Replayed"] == "true"
        assert Client.objects.count() == 1
        assert Entree.objects.filter(action="client.cree").count() == 1

    def test_a_payment_is_not_entered_twice(self, http):
        facture = creer_facture()
        corps = {"montant": "50.00", "le": str(facture.date)}
        chemin = f"/factures/{facture.pk}/encaisser/"

        soldes = [poster(http, "k", corps, chemin).json()["solde"] for _ in range(3)]

        assert (soldes, Paiement.objects.count()) == (["70.00"] * 3, 1)

    def test_an_answer_stays_what_it_was_though_the_object_changed(self, http):
        brouillon = creer_brouillon()
        chemin = f"/factures/{brouillon.pk}/emettre/"
        emise = poster(http, "k", {}, chemin).json()
        http.post(
            f"{API}/factures/{brouillon.pk}/encaisser/",
            {"montant": "120.00", "le": emise["date"]},
        )

        assert poster(http, "k", {}, chemin).json() == emise
        assert emise["solde"] == "120.00"

    def test_without_a_key_every_request_acts(self, http):
        for _ in range(2):
            http.post(f"{API}/clients/", CORPS)

        assert (Client.objects.count(), Clef.objects.count()) == (2, 0)

    def test_an_empty_body_is_a_body(self, http):
        brouillon = creer_brouillon()
        chemin = f"{API}/factures/{brouillon.pk}/emettre/"

        statuts = [http.post(chemin, HTTP_IDEMPOTENCY_KEY="k").status_code for _ in range(2)]

        assert statuts == [200, 200]

    def test_the_order_of_the_fields_is_no_difference(self, http):
        poster(http, "k", {"nom": "A", "ville": "B"})

        assert poster(http, "k", {"ville": "B", "nom": "A"})["Idempotent-Replayed"] == "true"

    def test_strange_but_valid_bodies_have_a_fingerprint_too(self, http):
        corps = CORPS | {"notes": "🌳" * 10, "inconnu": [10**40, None, {"a": [1.5]}]}

        assert [poster(http, "k", corps).status_code for _ in range(2)] == [201, 201]
        assert Client.objects.count() == 1


@pytest.mark.django_db
class TestRefus:
    def test_another_body_with_the_same_key_is_refused(self, http):
        poster(http, "k")

        reponse = poster(http, "k", {"nom": "Autre"})

        assert (reponse.status_code, reponse.json()["code"]) == (409, "idempotence_autre_demande")
        assert Client.objects.count() == 1

    def test_another_address_with_the_same_key_is_refused(self, http):
        un, deux = creer_brouillon(), creer_brouillon()
        poster(http, "k", {}, f"/factures/{un.pk}/emettre/")

        reponse = poster(http, "k", {}, f"/factures/{deux.pk}/emettre/")

        assert reponse.status_code == 409
        assert Facture.objects.emises().get() == un

    @pytest.mark.parametrize(("nom", "statut"), [("", 400), ("Lemaire", 201)])
    def test_a_refused_request_leaves_the_key_free(self, http, nom, statut):
        assert poster(http, "k", {"ville": "Angers"}).status_code == 400
        assert not Clef.objects.exists()

        assert poster(http, "k", {"nom": nom, "ville": "Angers"}).status_code == statut

    def test_a_conflict_leaves_the_key_free(self, http):
        facture = creer_facture()
        chemin = f"/factures/{facture.pk}/encaisser/"

        trop = poster(http, "k", {"montant": "500.00", "le": str(facture.date)}, chemin)
        juste = poster(http, "k", {"montant": "120.00", "le": str(facture.date)}, chemin)

        assert (trop.status_code, juste.status_code) == (409, 200)

    def test_a_forbidden_request_leaves_no_key(self, connecter, comptable):
        assert poster(connecter(comptable), "k").status_code == 403
        assert not Clef.objects.exists()

    @pytest.mark.parametrize(("longueur", "statut"), [(255, 201), (256, 400)])
    def test_a_key_has_a_length(self, http, longueur, statut):
        assert poster(http, "x" * longueur).status_code == statut
        assert Client.objects.exists() is (statut == 201)

    def test_a_crash_leaves_nothing(self, http, settings):
        http.raise_request_exception = False
        facture = creer_facture()
        gabarits = settings.TEMPLATES
        settings.TEMPLATES = [dict(gabarits[0], DIRS=[])]  # as a deployment gone wrong
        chemin = f"/factures/{facture.pk}/envoyer/"

        assert poster(http, "k", {}, chemin).status_code == 500
        assert not Clef.objects.exists()
        settings.TEMPLATES = gabarits

        assert poster(http, "k", {}, chemin).status_code == 200


@pytest.mark.django_db
class TestPortee:
    def test_a_key_belongs_to_one_user(self, http, connecter):
        autre = creer_utilisateur(
            email="luc@art-jardin.example", mot_de_passe="jardin-anglais-9", role=Role.PATRON
        )

        statuts = [poster(h, "k").status_code for h in (http, connecter(autre))]

        assert (statuts, Client.objects.count()) == ([201, 201], 2)

    def test_a_key_is_forgotten_after_a_day(self, http, patron):
        http.force_authenticate(patron)  # a session would not live that long
        debut = timezone.now()
        poster(http, "k")

        with time_machine.travel(debut + timedelta(hours=23, minutes=59), tick=False):
            assert poster(http, "k")["Idempotent-Replayed"] == "true"
            oublier_clefs()
            assert Clef.objects.count() == 1
        with time_machine.travel(debut + timedelta(hours=24, minutes=1), tick=False):
            assert "Idempotent-Replayed" not in poster(http, "k")
        with time_machine.travel(debut + timedelta(hours=49), tick=False):
            oublier_clefs()

        assert Client.objects.count() == 2
        assert not Clef.objects.exists()

    def test_get_patch_and_delete_take_no_key(self, http):
        client = creer_client()
        chemin = f"{API}/clients/{client.pk}/"

        for nom in ("A", "B"):
            http.patch(chemin, {"nom": nom}, HTTP_IDEMPOTENCY_KEY="k")
        http.get(chemin, HTTP_IDEMPOTENCY_KEY="k")

        client.refresh_from_db()
        assert (client.nom, Clef.objects.count()) == ("B", 0)

    def test_an_upload_is_told_by_its_content(self, http):
        def televerser(contenu):
            fichier = SimpleUploadedFile("clients.csv", contenu, "text/csv")
            return poster(http, "k", {"fichier": fichier}, "/clients/import/", format="multipart")

        csv = b"".join(CSV.read_bytes().splitlines(keepends=True)[:3])
        premiere, seconde = televerser(csv), televerser(csv)
        autre = televerser(csv + b" ")

        assert premiere.status_code == seconde.status_code < 300, premiere.content
        assert seconde["Idempotent-Replayed"] == "true"
        assert premiere.json() == seconde.json()
        assert (autre.status_code, autre.json()["code"]) == (409, "idempotence_autre_demande")


def connecte():
    """A patron of a shared base: committed, unlike the fixture's."""
    patron = creer_utilisateur(
        email="p@art-jardin.example", mot_de_passe="jardin-anglais-9", role=Role.PATRON
    )
    http = APIClient()
    se_connecter(http, patron)
    return http


def test_requests_at_once_act_once(base_partagee):
    https = [connecte()]
    https += [APIClient() for _ in range(3)]
    for http in https[1:]:
        http.cookies = https[0].cookies

    reponses = en_parallele(*(lambda h=h: poster(h, "k") for h in https))

    statuts = sorted(reponse.status_code for reponse in reponses)
    assert set(statuts) <= {201, 409}
    assert Client.objects.count() == 1
    assert {r.json()["code"] for r in reponses if r.status_code == 409} <= {"idempotence_en_cours"}
    assert len({r.json()["id"] for r in reponses if r.status_code == 201}) == 1


def test_a_request_in_flight_is_a_409(base_partagee):
    http, autre, client = connecte(), APIClient(), creer_client()
    autre.cookies = http.cookies
    corps = {"client": client.pk, "objet": "x"}
    refuses = []

    def retenir():
        """Holds the row that the first request wants, and retries that request meanwhile."""
        with transaction.atomic():
            Client.objects.select_for_update().get(pk=client.pk)
            fin = time.monotonic() + 10
            while not refuses and time.monotonic() < fin:
                reponse = poster(autre, "k", corps, "/devis/") if retenu() else None
                refuses.extend([reponse] if reponse else [])
                time.sleep(0.01)

    faite = en_parallele(lambda: poster(http, "k", corps, "/devis/"), retenir)[0]

    assert (refuses[0].status_code, refuses[0].json()["code"]) == (409, "idempotence_en_cours")
    assert faite.status_code in {201, 409}
    assert Devis.objects.count() == 1


def retenu():
    """Whether some request holds a key now, in this database: others are tested beside it."""
    with connection.cursor() as curseur:
        curseur.execute(
            "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
            "WHERE locktype = 'advisory' AND granted AND d.datname = current_database()"
        )
        return curseur.fetchone()[0] > 0
