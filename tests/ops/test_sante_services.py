"""What each probe of a service sees, against the service itself."""

from __future__ import annotations

import shutil
import ssl
import threading
import time
from collections import namedtuple
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from socket import create_server

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import connection

from artjardin import battements
from artjardin.battements import OUVRIERS, PLANIFICATEURS, battre
from artjardin.celery import app
from artjardin.outbox import smtp
from artjardin.storage.coffres import oublier_les_coffres
from artjardin.valkey import valkey
from ops.sante.constats import Etat
from ops.sante.services import archive, courriel, machine, postgresql, processus
from ops.sante.services import valkey as broker
from tests.artjardin.serveurs import client_s3, serveur_s3, serveur_smtp
from tests.artjardin.serveurs_s3 import Reponse, mandataire_s3

Usage = namedtuple("Usage", "total used free")


@pytest.fixture(scope="module")
def adresse(tmp_path_factory):
    with serveur_s3(str(tmp_path_factory.mktemp("s3"))) as adresse:
        client_s3(adresse).create_bucket(Bucket="sur", ObjectLockEnabledForBucket=True)
        client_s3(adresse).create_bucket(Bucket="sans-verrou")
        yield adresse


class TestPostgresql:
    pytestmark = pytest.mark.django_db

    def test_it_is_reached_outside_the_pool(self):
        assert postgresql.joindre().etat is Etat.OK

    def test_a_database_that_only_reads_is_a_panne(self, settings, monkeypatch):
        monkeypatch.setattr(postgresql, "REQUETE", "SET default_transaction_read_only = on")
        releve = postgresql.joindre()
        assert (releve.etat, "lecture seule" in releve.message) == (Etat.PANNE, True)

    def test_a_server_that_is_away_raises(self, monkeypatch):
        monkeypatch.setitem(connection.settings_dict, "HOST", "/nulle/part")
        with pytest.raises(postgresql.psycopg.OperationalError):
            postgresql.joindre()

    @pytest.mark.parametrize(
        ("avance", "etat"),
        [(0, Etat.OK), (4.5, Etat.OK), (6, Etat.DEGRADE), (-6, Etat.DEGRADE), (90, Etat.PANNE)],
    )
    def test_two_clocks_apart_are_told(self, avance, etat, monkeypatch):
        vraie = time.time
        monkeypatch.setattr(postgresql.time, "time", lambda: vraie() + avance)
        releve = postgresql.horloge()

        assert releve.etat is etat
        assert releve.valeur == pytest.approx(abs(avance), abs=0.4)

    def test_no_replica_is_nothing_to_worry_about(self):
        assert postgresql.replication()[:2] == (Etat.OK, "aucune réplique")
        assert postgresql.taille().valeur > 1_000_000


class TestValkey:
    def test_it_writes(self):
        assert broker.joindre().etat is Etat.OK

    @pytest.mark.parametrize(("nombre", "etat"), [(0, "ok"), (101, "dégradé"), (1001, "panne")])
    def test_tasks_that_wait_are_counted(self, nombre, etat, monkeypatch):
        file = f"essai-{time.time_ns()}"
        monkeypatch.setattr(broker, "noms_des_files", lambda: [file])
        if nombre:
            valkey().rpush(file, *["x"] * nombre)
        releve = broker.files()
        valkey().delete(file)

        assert (releve.etat, releve.valeur) == (etat, nombre)
        assert (f"{file} : {nombre}" in releve.message) is (nombre > 0)

    def test_all_queues_are_looked_at(self, monkeypatch):
        monkeypatch.setitem(app.conf, "task_routes", {"a": {"queue": "longues"}, "b": {}})
        assert broker.noms_des_files() == [app.conf.task_default_queue, "longues"]


class TestProcessus:
    @pytest.fixture(autouse=True)
    def seuls(self, monkeypatch):
        monkeypatch.setattr(battements, "ESPACE", f"essai:{time.time_ns()}")

    def test_each_queue_needs_a_worker(self):
        assert processus.ouvriers() == (Etat.PANNE, "aucun worker pour celery, longues", 0, "")
        battre(OUVRIERS, "un", files=["celery"])
        assert processus.ouvriers() == (Etat.PANNE, "aucun worker pour longues", 1, "")
        battre(OUVRIERS, "deux", files=["longues"])
        assert processus.ouvriers() == (Etat.OK, "", 2, "")

    def test_one_that_falls_silent_is_told_and_in_panne_when_it_was_alone(self):
        with time_machine.travel(MIDI, tick=False) as temps:
            battre(OUVRIERS, "un", files=["celery", "longues"])
            battre(OUVRIERS, "deux", files=["celery"])
            temps.shift(5)
            battre(OUVRIERS, "un", files=["celery", "longues"])
            assert processus.ouvriers().etat is Etat.OK
            temps.shift(0.1)
            assert processus.ouvriers() == (Etat.DEGRADE, "ne répond plus : deux", 1, "")
            temps.shift(5)
            assert processus.ouvriers()[:2] == (
                Etat.PANNE,
                "aucun worker pour celery, longues ; un ne répond plus depuis 13:00:05",
            )

    def test_one_that_went_long_ago_is_of_the_past(self):
        with time_machine.travel(MIDI, tick=False) as temps:
            battre(PLANIFICATEURS, "un")
            temps.shift(601)
            battre(PLANIFICATEURS, "deux")
            assert processus.planificateurs() == (Etat.OK, "", 1, "")

    def test_one_planner_is_enough_and_none_is_a_panne(self):
        assert processus.planificateurs()[:2] == (Etat.PANNE, "aucun planificateur (beat)")
        with time_machine.travel(MIDI, tick=False) as temps:
            battre(PLANIFICATEURS, "un")
            assert processus.planificateurs().etat is Etat.OK
            temps.shift(6)
            assert processus.planificateurs()[:2] == (
                Etat.PANNE,
                "un ne répond plus depuis 13:00:00",
            )


class TestRelais:
    def test_nothing_is_sent(self, settings):
        with serveur_smtp() as serveur:
            settings.EMAIL_URL = serveur.url
            assert courriel.joindre().etat is Etat.OK
        assert [commande.split()[0] for commande in serveur.commandes] == ["ehlo", "noop", "quit"]

    def test_a_refused_login_is_a_panne(self, settings):
        with serveur_smtp(extensions=["AUTH PLAIN"], auth="535 5.7.8 refused") as serveur:
            settings.EMAIL_URL = serveur.url.replace("//", "//qui:secret@")
            with pytest.raises(smtp.smtplib.SMTPAuthenticationError) as refus:
                courriel.joindre()
        assert "secret" not in str(refus.value)

    def test_one_that_greets_with_a_refusal_is_a_panne(self, settings):
        with serveur_smtp(accueil="421 busy") as serveur:
            settings.EMAIL_URL = serveur.url
            with pytest.raises(smtp.PERDU):
                courriel.joindre()


class TestArchive:
    @pytest.fixture
    def seau(self, adresse, settings, monkeypatch):
        """The documents go to this bucket, through something that can lie."""
        with mandataire_s3(adresse) as entre:
            settings.S3_ENDPOINT_URL = entre.url
            settings.S3_CLE = settings.S3_SECRET = "essai"
            settings.S3_DIALECTE, settings.S3_BUCKET_DOCUMENTS = "minio", "sur"
            oublier_les_coffres()
            monkeypatch.setattr(archive, "ESPACE", f"essai:{time.time_ns()}")
            yield entre

    def test_a_locked_bucket_gives_back_what_was_put_and_keeps_nothing(self, seau, adresse):
        assert archive.documents() == (Etat.OK, "", None, "")
        versions = client_s3(adresse).list_object_versions(Bucket="sur")
        assert not versions.get("Versions")

    def test_a_trial_of_writing_is_made_once_in_five_minutes_by_all(self, seau, monkeypatch):
        archive.documents()
        recus = []
        monkeypatch.setitem(seau.pannes, "PUT", lambda demande, suite: recus.append(demande))
        assert archive.documents().etat is Etat.OK
        assert not recus
        assert 290 < valkey().ttl(f"{archive.ESPACE}:documents") <= 300

    def test_each_process_by_itself_while_valkey_is_away(self, seau, monkeypatch):
        def absent(*_):
            raise ConnectionError

        monkeypatch.setattr(archive, "valkey", absent)
        assert [archive._mon_tour("x"), archive._mon_tour("x")] == [True, False]

    def test_a_bucket_without_a_lock_is_a_panne_until_it_has_one(self, seau, settings):
        settings.S3_BUCKET_DOCUMENTS = "sans-verrou"
        oublier_les_coffres()
        for _ in range(2):
            releve = archive.documents()
            assert (releve.etat, "Object Lock" in releve.message) == (Etat.PANNE, True)

    def test_a_provider_without_locks_is_said_and_no_fault(self, seau, settings):
        settings.S3_BUCKET_DOCUMENTS, settings.S3_DIALECTE = "sans-verrou", "garage"
        oublier_les_coffres()
        assert archive.documents().etat is Etat.OK
        assert "sans verrou" in archive.documents().message

    def test_one_that_gives_back_something_else_is_a_panne_and_is_asked_again(self, seau):
        faux = Reponse(200, [("Content-Length", "3"), ("Last-Modified", HIER)], b"faux")
        seau.pannes["GET"] = lambda demande, suite: (
            faux if demande.cle == archive.CLE else suite(demande)
        )
        for _ in range(2):
            with pytest.raises(OSError, match=r"relu|octets|closed|IncompleteRead"):
                archive.documents()
        seau.pannes.clear()
        assert archive.documents().etat is Etat.OK

    def test_a_bucket_that_is_not_there_raises(self, seau, settings):
        settings.S3_BUCKET_DOCUMENTS = "absent"
        oublier_les_coffres()
        with pytest.raises(ConnectionError, match="n'existe pas"):
            archive.documents()


MIDI = datetime(2026, 11, 23, 12, tzinfo=UTC)
HIER = "Sat, 21 Nov 2026 10:00:00 GMT"


class TestMachine:
    @pytest.mark.parametrize(
        ("libre", "etat", "dit"),
        [
            (50, Etat.OK, "50 % libres, soit 50.0 Gio"),
            (20, Etat.OK, "20 % libres, soit 20.0 Gio"),
            (19, Etat.DEGRADE, "19 % libres, soit 19.0 Gio"),
            (10, Etat.DEGRADE, "10 % libres, soit 10.0 Gio"),
            (9, Etat.PANNE, "9 % libres, soit 9.0 Gio"),
        ],
    )
    def test_the_disk(self, libre, etat, dit, monkeypatch):
        gio = 2**30
        usage = Usage(100 * gio, (100 - libre) * gio, libre * gio)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
        assert machine.disque() == (etat, dit, libre, "%")

    def test_a_document_can_be_put_down_and_nothing_stays(self, settings):
        assert machine.ecriture().etat is Etat.OK
        assert list(settings.DONNEES_DOCUMENTS.iterdir()) == []

    def test_a_full_disk_raises(self, settings, tmp_path):
        settings.DONNEES_DOCUMENTS = tmp_path / "lien"
        settings.DONNEES_DOCUMENTS.symlink_to("/dev/full")
        with pytest.raises(OSError, match=r"File exists|Not a directory"):
            machine.ecriture()


class TestCertificat:
    @pytest.mark.parametrize(
        ("jours", "etat"), [(60, Etat.OK), (15, Etat.DEGRADE), (3, Etat.PANNE)]
    )
    def test_the_days_left(self, jours, etat, settings, tmp_path, monkeypatch):
        with site(tmp_path, jours) as (port, racine):
            settings.ADRESSE_PUBLIQUE = f"https://localhost:{port}"
            confiant = ssl.create_default_context(cafile=racine)
            monkeypatch.setattr(machine.ssl, "create_default_context", lambda: confiant)
            releve = machine.certificat()

        assert releve.etat is etat
        assert releve.valeur == pytest.approx(jours, abs=0.1)

    def test_one_that_nobody_trusts_raises(self, settings, tmp_path):
        with site(tmp_path, 60) as (port, _):
            settings.ADRESSE_PUBLIQUE = f"https://localhost:{port}"
            with pytest.raises(ssl.SSLCertVerificationError):
                machine.certificat()

    def test_no_public_address_is_no_fault(self, settings):
        settings.ADRESSE_PUBLIQUE = "http://127.0.0.1:8000"
        assert machine.certificat()[:2] == (Etat.OK, "aucune adresse publique en HTTPS")


@contextmanager
def site(dossier, jours):
    """A TLS server on loopback; its port, and the certificate that signs itself."""
    clef, certificat = _certificat(jours)
    fichier = dossier / "site.pem"
    fichier.write_bytes(clef + certificat)
    contexte = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    contexte.load_cert_chain(fichier)
    with create_server(("127.0.0.1", 0)) as ecoute:

        def servir():
            prise, _ = ecoute.accept()
            try:
                contexte.wrap_socket(prise, server_side=True).close()
            except OSError:  # the client did not trust it
                prise.close()

        fil = threading.Thread(target=servir)
        fil.start()
        yield ecoute.getsockname()[1], str(fichier)
        fil.join(5)


def _certificat(jours):
    clef = ec.generate_private_key(ec.SECP256R1())
    nom = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    debut = datetime.now(UTC) - timedelta(days=1)
    certificat = (
        x509.CertificateBuilder(nom, nom, clef.public_key(), x509.random_serial_number())
        .not_valid_before(debut)
        .not_valid_after(datetime.now(UTC) + timedelta(days=jours))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(clef, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    sans = serialization.NoEncryption()
    prive = clef.private_bytes(pem, serialization.PrivateFormat.PKCS8, sans)
    return prive, certificat.public_bytes(pem)
