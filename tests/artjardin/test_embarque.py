"""The embedded mode, with its real processes, each test in a data folder of its own."""

import email
import http.client
import os
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from email import policy
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from artjardin.embarque import adresses, processus, verifications, vider
from artjardin.embarque.enfants import Enfant, Registre
from artjardin.embarque.erreurs import ErreurEmbarque
from artjardin.embarque.postgres import Postgres
from artjardin.embarque.puits import Puits
from artjardin.embarque.service import RACINE
from artjardin.embarque.superviseur import programmes
from artjardin.embarque.valkey import Valkey
from artjardin.embarque.verrous import Verrou

DELAI = 60
LANCES = []


@pytest.fixture
def donnees():
    """A short path: pytest's own would push the sockets out of the folder."""
    dossier = Path(tempfile.mkdtemp(prefix="art-"))
    yield dossier
    for service in (*LANCES, Puits(dossier), Valkey(dossier), Postgres(dossier)):
        service.arreter(presse=True)
    LANCES.clear()
    shutil.rmtree(dossier)


def demarrer(service):
    LANCES.append(service)
    service.lancer()
    service.attendre()
    return service


def port_libre():
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return prise.getsockname()[1]


def interroger(donnees, requete):
    with psycopg.connect(adresses.url_postgres(donnees), autocommit=True) as connexion:
        curseur = connexion.execute(requete)
        return curseur.fetchone() if curseur.description else None


def services_vivants(donnees):
    noms = ("postgres", "valkey", "courriels")
    return {nom: pids for nom in noms if (pids := processus.dans(donnees / nom))}


def executer(*arguments, **options):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=RACINE,
        capture_output=True,
        text=True,
        timeout=DELAI,
        check=False,
        **options,
    )


class Produit:
    """`python -m artjardin.embarque` in a session of its own, as a terminal would run it."""

    def __init__(self, port, journal):
        self._port = port
        self._journal = journal
        with journal.open("wb") as sortie:
            self._processus = subprocess.Popen(
                [sys.executable, "-m", "artjardin.embarque"],
                cwd=RACINE,
                stdout=sortie,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def vit(self):
        connexion = http.client.HTTPConnection("127.0.0.1", self._port, timeout=2)
        with closing(connexion):
            try:
                connexion.request("GET", "/live")
                return connexion.getresponse().status == 200
            except OSError:
                return False

    def attendre(self, texte):
        """Wait until it has written that."""
        assert processus.attendre(lambda: texte in self.sortie() or self.fini(), DELAI)
        assert not self.fini(), self.sortie()

    def sortie(self):
        return self._journal.read_text()

    def fini(self):
        return self._processus.poll() is not None

    def finir(self, signe):
        os.killpg(self._processus.pid, signe)
        return self._processus.wait(timeout=DELAI)


@pytest.fixture
def lancer(donnees, tmp_path, monkeypatch):
    port = port_libre()
    monkeypatch.setenv("DONNEES", str(donnees))
    monkeypatch.setenv("PORT", str(port))
    monkeypatch.setenv("DEMO", "0")
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)
    produits = []

    def _lancer():
        produits.append(Produit(port, tmp_path / f"{len(produits)}.log"))
        return produits[-1]

    yield _lancer
    for produit in produits:
        if not produit.fini():
            produit.finir(signal.SIGTERM)


def test_the_product_lives_refuses_a_twin_survives_kill_9_and_leaves_no_process(donnees, lancer):
    produit = lancer()
    produit.attendre("Art & Jardin répond")
    assert produit.vit()
    interroger(donnees, "CREATE TABLE temoin AS SELECT 42 AS reponse")
    jumeau = executer("-m", "artjardin.embarque")
    assert jumeau.returncode == 1
    assert "Le produit tourne déjà" in jumeau.stderr
    sessions = sessions_des_enfants(donnees)
    assert produit.finir(signal.SIGKILL) == -signal.SIGKILL
    assert processus.attendre(lambda: not membres(sessions), DELAI)

    produit = lancer()
    produit.attendre("Art & Jardin répond")
    assert interroger(donnees, "SELECT reponse FROM temoin") == (42,)
    produit.attendre(" ready.")
    sessions = sessions_des_enfants(donnees)
    assert produit.finir(signal.SIGINT) == 0
    assert produit.sortie().endswith("artjardin | arrêté.\n")
    assert (membres(sessions), services_vivants(donnees)) == ([], {})


def sessions_des_enfants(donnees):
    sessions = {int(x.split()[0]) for x in (donnees / "enfants").read_text().splitlines()}
    assert len(sessions) == len(programmes())
    assert membres(sessions)
    return sessions


def membres(sessions):
    return [p for p in processus.tous() if processus.session(p) in sessions and processus.vivant(p)]


def test_a_command_starts_what_it_needs_and_stops_it_after(donnees, monkeypatch):
    monkeypatch.setenv("DONNEES", str(donnees))
    fait = executer("manage.py", "check", "--database", "default")
    assert fait.returncode == 0, fait.stderr
    assert (donnees / "postgres" / "PG_VERSION").exists()
    assert services_vivants(donnees) == {}


def test_two_users_share_the_services_and_the_last_one_stops_them(donnees, monkeypatch):
    monkeypatch.setenv("DONNEES", str(donnees))
    commande = [sys.executable, "-m", "tests.tenir", "jamais-efface"]
    usagers = [
        subprocess.Popen(commande, cwd=RACINE, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    assert [usager.stdout.readline() for usager in usagers] == [b"ok\n", b"ok\n"]
    pid = Postgres(donnees).pid()

    usagers[0].communicate(timeout=DELAI)
    assert Postgres(donnees).repond()
    assert Postgres(donnees).pid() == pid

    usagers[1].communicate(timeout=DELAI)
    assert services_vivants(donnees) == {}


def test_postgres_starts_after_a_half_finished_initdb(donnees):
    reste = donnees / "postgres.init-interrompu"
    reste.mkdir()
    (reste / "PG_VERSION").write_text("18\n")
    service = demarrer(Postgres(donnees, rapide=True))
    assert interroger(donnees, "SELECT current_user, current_setting('is_superuser')") == (
        "artjardin",
        "off",
    )
    assert not reste.exists()
    service.arreter()
    assert not service.repond()


def test_postgres_starts_over_a_pid_file_that_names_another_live_process(donnees):
    service = demarrer(Postgres(donnees, rapide=True))
    interroger(donnees, "CREATE TABLE temoin AS SELECT 42 AS reponse")
    contenu = service.fichier_pid.read_text().split("\n", 1)[1]
    service.arreter()
    service.fichier_pid.write_text(f"{os.getpid()}\n{contenu}")
    verrou = adresses.sockets_postgres(donnees) / ".s.PGSQL.5432.lock"
    verrou.write_text(f"{os.getpid()}\n{contenu}")

    demarrer(service)
    assert interroger(donnees, "SELECT reponse FROM temoin") == (42,)
    assert service.pid() != os.getpid()


def test_postgres_starts_again_after_its_postmaster_was_killed(donnees):
    service = demarrer(Postgres(donnees))
    interroger(donnees, "CREATE TABLE temoin AS SELECT 42 AS reponse")
    os.kill(service.pid(), signal.SIGKILL)
    assert processus.attendre(lambda: service.pid() is None, 5)

    demarrer(service)
    assert interroger(donnees, "SELECT reponse FROM temoin") == (42,)


def test_a_folder_of_another_major_version_is_refused_and_untouched(donnees):
    dossier = donnees / "postgres"
    dossier.mkdir()
    (dossier / "PG_VERSION").write_text("17\n")
    with pytest.raises(ErreurEmbarque, match=r"viennent de PostgreSQL 17.*pg_dump"):
        Postgres(donnees).lancer()
    assert [chemin.name for chemin in dossier.iterdir()] == ["PG_VERSION"]


def test_a_folder_that_is_no_cluster_is_refused_and_untouched(donnees):
    dossier = donnees / "postgres"
    dossier.mkdir()
    (dossier / "autre").touch()
    with pytest.raises(ErreurEmbarque, match="sauvegarde"):
        Postgres(donnees).lancer()
    assert [chemin.name for chemin in dossier.iterdir()] == ["autre"]


def test_valkey_keeps_what_it_accepted_when_it_is_killed(donnees):
    service = demarrer(Valkey(donnees))
    with closing(Redis.from_url(adresses.url_valkey(donnees))) as client:
        client.set("facture", "F2026-00001")
        os.kill(service.pid(), signal.SIGKILL)
        assert processus.attendre(lambda: service.pid() is None, 5)
        demarrer(service)
        assert client.get("facture") == b"F2026-00001"


def envoyer(donnees, *, sujet):
    lignes = [
        "From: bureau@art.example",
        "To: client@a.example",
        f"Subject: {sujet}",
        "",
        "Bonjour",
    ]
    with smtplib.SMTP("127.0.0.1", adresses.port_smtp(donnees)) as client:
        return client.sendmail(
            "bureau@art.example",
            ["client@a.example", "copie@art.example"],
            "\r\n".join(lignes).encode(),
            mail_options=["SMTPUTF8", "BODY=8BITMIME"],
        )


def test_the_sink_keeps_the_message_and_every_recipient_of_its_envelope(donnees):
    service = demarrer(Puits(donnees))
    assert envoyer(donnees, sujet="Facture d'été") == {}
    (fichier,) = (donnees / "courriels").iterdir()
    message = email.message_from_bytes(fichier.read_bytes(), policy=policy.SMTPUTF8)
    assert message["X-Envelope-From"] == "bureau@art.example"
    assert message["X-Envelope-To"] == "client@a.example, copie@art.example"
    assert message["To"] == "client@a.example"
    assert message["Subject"] == "Facture d'été"
    assert message.get_content().splitlines() == ["Bonjour"]
    service.arreter()
    with pytest.raises(OSError, match="refused"):
        envoyer(donnees, sujet="trop tard")


def test_the_sink_comes_back_on_its_port_or_on_another_when_it_is_taken(donnees):
    service = demarrer(Puits(donnees))
    port = adresses.port_smtp(donnees)
    service.arreter()
    demarrer(service)
    assert adresses.port_smtp(donnees) == port
    service.arreter()
    with socket.create_server(("127.0.0.1", port)):
        demarrer(service)
        assert adresses.port_smtp(donnees) != port
        assert envoyer(donnees, sujet="ailleurs") == {}


def test_without_a_sink_the_refusal_is_that_of_a_closed_port(donnees):
    with pytest.raises(ConnectionRefusedError, match="puits de courriels"):
        adresses.port_smtp(donnees)


def test_the_secret_key_is_the_same_for_all_and_for_its_owner_alone(donnees):
    with ThreadPoolExecutor(8) as fils:
        cles = set(fils.map(adresses.cle_secrete, [donnees] * 32))
    assert len(cles) == 1
    assert len(cles.pop()) >= 50
    assert (donnees / "cle-secrete").stat().st_mode & 0o777 == 0o600
    assert [chemin.name for chemin in donnees.iterdir()] == ["cle-secrete"]


def test_a_long_path_moves_the_sockets_to_a_private_folder_of_tmp(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    sockets = adresses.sockets_postgres(Path("/srv") / ("x" * 100))
    assert sockets.parent == tmp_path
    sockets.mkdir(mode=0o755)
    sockets.chmod(0o755)
    with pytest.raises(ErreurEmbarque, match="DONNEES"):
        adresses.sockets_postgres(Path("/srv") / ("x" * 100))


def test_a_taken_port_is_refused_with_the_way_to_give_another():
    with socket.create_server(("127.0.0.1", 0)) as prise:
        port = prise.getsockname()[1]
        with pytest.raises(ErreurEmbarque, match=rf"{port}.*déjà pris.*make run PORT="):
            verifications.exiger_port("127.0.0.1", port)
    verifications.exiger_port("127.0.0.1", port)


def test_a_port_that_cannot_be_is_refused():
    with pytest.raises(ErreurEmbarque, match="entre 1 et 65535"):
        verifications.exiger_port("127.0.0.1", 65536)


def test_a_missing_library_is_said_with_the_command_that_installs_it(monkeypatch):
    verifications.exiger_pango()
    monkeypatch.setattr(verifications, "BIBLIOTHEQUES", ("libabsente.so.9",))
    with pytest.raises(ErreurEmbarque, match=r"libabsente(?s:.*)apt-get install -y libpango-1.0-0"):
        verifications.exiger_pango()


def test_a_child_that_dies_again_and_again_is_restarted_later_and_later():
    enfant = Enfant("web", [sys.executable, "-c", ""])
    enfant.lancer()
    delais = [enfant.planifier_reprise() for _ in range(7)]
    enfant.enterrer()
    assert delais == [1, 2, 4, 8, 16, 30, 30]


def test_what_a_killed_supervisor_left_is_found_and_ended(donnees):
    enfant = Enfant("worker", [sys.executable, "-c", "import time; time.sleep(60)"])
    enfant.lancer()
    registre = Registre(donnees / "enfants")
    registre.ecrire([enfant])
    registre.achever_restes(patience=0)
    assert enfant.code() == -signal.SIGTERM
    enfant.enterrer()


def test_the_data_folder_is_not_removed_under_a_running_product(donnees):
    verrou = Verrou(donnees / "verrous" / "superviseur")
    assert verrou.essayer()
    with pytest.raises(ErreurEmbarque, match="tourne"):
        vider.vider(donnees)
    verrou.rendre()
    vider.vider(donnees)
    assert not donnees.exists()
    donnees.mkdir()


def test_the_data_folder_is_removed_only_after_a_yes(donnees, monkeypatch):
    monkeypatch.setenv("DONNEES", str(donnees))
    (donnees / "verrous").mkdir()
    refus = executer("-m", "artjardin.embarque.vider", input="non\n")
    assert (refus.returncode, donnees.exists()) == (0, True)
    accord = executer("-m", "artjardin.embarque.vider", input="oui\n")
    assert (accord.returncode, donnees.exists()) == (0, False)
    donnees.mkdir()
