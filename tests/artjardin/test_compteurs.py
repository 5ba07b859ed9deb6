"""Requests counted by two processes of granian: one total, whichever answers, whichever dies."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from django.conf import settings
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from artjardin import compteurs
from artjardin.embarque import adresses
from tests.artjardin.granian import HOTE, demander, lancer
from tests.artjardin.programmes import RACINE, attendre
from tests.ops.mesures import releves

PAGE, VUE = "/admin/login/", "ops.comptes.pages.entrer"
COMPTER = """
import importlib.util, sys
from pathlib import Path
lu = importlib.util.spec_from_file_location("compteurs", "artjardin/compteurs.py")
compteurs = importlib.util.module_from_spec(lu)  # without the product around it
lu.loader.exec_module(compteurs)
compteurs.MEMOIRE = Path(sys.argv[1])
assert compteurs.partager()
from prometheus_client import Counter
essais = Counter("essais", "Essais.")
print("prêt", flush=True)
for _ in sys.stdin:
    essais.inc()
    print("compté", flush=True)
"""
SERIE = "django_http_responses_total_by_status_view_method_total"


@pytest.fixture(scope="module")
def serveur():
    with lancer("--respawn-failed-workers", "--respawn-interval", "0.1") as (port, granian):
        yield port, granian.pid


@pytest.fixture
def port(serveur):
    return serveur[0]


def lire(port):
    """A scrape on a connection of its own: the kernel chooses the process."""
    jeton = adresses.jeton_de_surveillance(settings.DONNEES)
    connexion = http.client.HTTPConnection(HOTE, port, timeout=10)
    try:
        connexion.request("GET", "/metrics", headers={"Authorization": f"Bearer {jeton}"})
        reponse = connexion.getresponse()
        assert reponse.status == 200
        return releves(reponse.read().decode())
    finally:
        connexion.close()


def comptees(port) -> float:
    """The answers of the page, each of which is also timed."""
    vu = lire(port)
    reponses = vu.get(SERIE, {}).get(("GET", "200", VUE), 0)
    durees = vu.get("django_http_requests_latency_seconds_by_view_method_count", {})
    assert durees.get(("GET", VUE), 0) == reponses
    return reponses


def visiter(port, fois):
    for _ in range(fois):
        assert demander(port, "GET", PAGE)[0] == 200


def ouvriers(serveur) -> dict[int, str]:
    """Of granian: the place that each holds, once it counts."""
    enfants = Path(f"/proc/{serveur[1]}/task/{serveur[1]}/children").read_text().split()
    return {int(pid): place for pid in enfants if (place := _place(pid))}


def _place(pid: str) -> str:
    with suppress(FileNotFoundError):
        for lien in Path(f"/proc/{pid}/fd").iterdir():
            if compteurs.PREFIXE in (vers := str(lien.readlink())) and "/place-" in vers:
                return vers.rpartition("/")[2]
    return ""


def test_both_processes_count_into_one_total_that_never_goes_back(port, serveur):
    avant = comptees(port)
    vus = []
    for tour in range(1, 11):
        visiter(port, 3)
        vus += [comptees(port) - avant - 3 * tour for _ in range(4)]

    assert set(vus) == {0}
    assert sorted(ouvriers(serveur).values()) == ["place-0", "place-1"]


def test_a_process_that_is_killed_takes_no_count_away(port, serveur):
    visiter(port, 4)
    avant, anciens = comptees(port), ouvriers(serveur)

    os.kill(min(anciens), signal.SIGKILL)
    attendre(lambda: len(ouvriers(serveur)) == 2 and min(anciens) not in ouvriers(serveur))
    assert comptees(port) == avant
    visiter(port, 4)

    assert comptees(port) == avant + 4
    assert sorted(ouvriers(serveur).values()) == ["place-0", "place-1"]


@contextmanager
def compter(*, dossiers: Path):
    """A process of a server (this one), that counts one at each line it is given."""
    programme = subprocess.Popen(
        [sys.executable, "-c", COMPTER, str(dossiers)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=RACINE,
    )  # fmt: skip
    try:
        assert programme.stdout.readline() == "prêt\n"
        yield programme
    finally:
        programme.kill()
        programme.communicate()


def compter_un(programme) -> None:
    programme.stdin.write("\n")
    programme.stdin.flush()
    assert programme.stdout.readline() == "compté\n"


def total(dossiers: Path) -> tuple[float, int]:
    [dossier] = dossiers.iterdir()
    registre = CollectorRegistry()
    MultiProcessCollector(registre, path=str(dossier))
    lu = releves(generate_latest(registre).decode())
    return lu["essais_total"][()], len(list(dossier.glob("*.db")))


def test_the_new_ones_go_on_while_the_old_ones_end_and_no_file_piles_up(tmp_path):
    with compter(dossiers=tmp_path) as ancien:
        compter_un(ancien)
        with compter(dossiers=tmp_path) as nouveau:  # as granian reloads: both answer for a while
            compter_un(nouveau)
            compter_un(ancien)
            assert total(tmp_path) == (3, 2)
            ancien.kill()
            ancien.wait()
            for rang in range(3):
                with compter(dossiers=tmp_path) as suivant:
                    compter_un(suivant)
                    compter_un(nouveau)
                assert total(tmp_path) == (5 + 2 * rang, 2)


def test_the_folder_of_a_server_that_ended_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(compteurs, "MEMOIRE", tmp_path)
    fini = subprocess.Popen([sys.executable, "-c", ""])
    vivant = compteurs._dossier(os.getpid())
    ancien = compteurs._dossier(fini.pid)
    fini.wait()

    assert compteurs._dossier(os.getpid()) == vivant
    assert [d.name for d in tmp_path.iterdir()] == [vivant.name] != [ancien.name]


def test_a_folder_that_others_may_write_in_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setattr(compteurs, "MEMOIRE", tmp_path)
    compteurs._dossier(os.getpid()).chmod(0o777)
    assert compteurs._dossier(os.getpid()) is None


def test_who_has_already_begun_to_count_counts_alone():
    assert compteurs.partager() is None
    assert compteurs.dossier_partage() is None


def test_a_made_up_method_is_one_label(port):
    for methode in ("INVENTEE", "AUTRE", "PROPFIND"):
        demander(port, methode, "/api/v1/")
    methodes = {cle[0] for cle in lire(port)[SERIE]}

    assert "<invalid method>" in methodes
    assert methodes <= {"GET", "POST", "HEAD", "<invalid method>"}


def test_addresses_that_do_not_exist_are_one_view(port):
    for nom in range(20):
        assert demander(port, "GET", f"/inconnue-{nom}/")[0] == 404
    assert {cle[2] for cle in lire(port)[SERIE] if cle[1] == "404"} == {"<unnamed view>"}
