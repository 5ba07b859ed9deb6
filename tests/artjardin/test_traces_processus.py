"""Web, worker, beat and commands as they run: every line that they write is JSON of one form."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from threading import Thread
from uuid import uuid4

import pytest
from structlog.contextvars import bound_contextvars

from artjardin.celery import app
from artjardin.embarque import processus, superviseur
from artjardin.embarque.service import RACINE
from tests.artjardin.granian import HOTE, demander
from tests.artjardin.serveurs import port_libre

ENV = {"JOURNAL_FORMAT": "json", "MANDATAIRES": "1"}
PATIENCE = 60
ADIEU = {"", "worker: Warm shutdown (MainProcess)"}  # printed by celery, past all loggers
OUBLIER = "artjardin.api.tasks.oublier_clefs"


class Lance:
    """A process of the product, and what it wrote on both outputs, as docker keeps them."""

    def __init__(self, *commande: str) -> None:
        self.processus = subprocess.Popen(
            [sys.executable, "-u", *commande],
            cwd=RACINE,
            env=os.environ | ENV,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.textes: list[str] = []
        self._fil = Thread(target=self._lire)
        self._fil.start()

    def _lire(self) -> None:
        self.textes.extend(iter(self.processus.stdout.readline, ""))

    def attendre(self, dit: str) -> None:
        assert processus.attendre(lambda: dit in "".join(self.textes), PATIENCE), self.textes

    def lignes(self) -> list[dict]:
        """All of them, once it has ended."""
        self.processus.send_signal(signal.SIGTERM)
        self.processus.wait(30)
        self._fil.join(30)
        return [json.loads(texte) for texte in self.textes if texte.strip() not in ADIEU]

    def finir(self) -> None:
        processus.envoyer_au_groupe(self.processus.pid, signal.SIGKILL)  # its workers too
        self.processus.wait(10)
        self._fil.join(10)
        self.processus.stdout.close()


@contextmanager
def lances(*commandes: list[str]):
    with ExitStack() as pile:
        faits = []
        for commande in commandes:
            faits.append(Lance(*commande))
            pile.callback(faits[-1].finir)
        yield faits


@pytest.fixture(scope="module")
def vecus(tmp_path_factory) -> dict[str, list[dict]]:
    """The three at work: a request, a task asked for by a request, a stop."""
    port, file = port_libre(), f"essai-{uuid4().hex}"
    granian = ["-m", "granian", *superviseur.GRANIAN, "--host", HOTE, "--port", str(port)]
    celery = ["-m", "celery", "--quiet", "-A", "artjardin"]
    plan = str(tmp_path_factory.mktemp("beat") / "plan")
    with lances(
        [*granian, superviseur.GUICHET],
        [*celery, "worker", "-Q", file, "--concurrency", "1", "--hostname", f"{file}@essai"],
        [*celery, "beat", "--schedule", plan],
    ) as (web, worker, beat):
        with bound_contextvars(requete="r-42"):
            app.send_task(OUBLIER, queue=file)
        worker.attendre('"etat": "failure"')
        assert processus.attendre(lambda: superviseur.repond(HOTE, port), PATIENCE)
        assert demander(port, "GET", "/acces/12-3-1790000000.abcDEF/?suite=Durand")[0] == 200
        corps = json.dumps({"email": "jean@durand.example", "mot_de_passe": "Durand-en-clair"})
        entetes = {"X-Request-ID": "r-43", "Content-Type": "application/json"}
        essai = demander(port, "POST", "/api/v1/auth/login/", body=corps, headers=entetes)
        assert essai[0] == 500  # this database has no table
        web.attendre('"statut": 500')
        beat.attendre("beat: Starting")
        return {"web": web.lignes(), "worker": worker.lignes(), "beat": beat.lignes()}


@pytest.mark.parametrize("nom", ["web", "worker", "beat"])
def test_every_line_of_every_process_has_the_same_form(vecus, nom):
    for ligne in vecus[nom]:
        assert {"timestamp", "level", "logger", "event"} <= set(ligne), ligne
        assert ligne["timestamp"].endswith("Z")


@pytest.mark.parametrize("nom", ["web", "worker", "beat"])
def test_no_line_is_written_twice(vecus, nom):
    dites = [tuple(sorted((ligne | {"timestamp": ""}).items())) for ligne in vecus[nom]]

    assert len(set(map(str, dites))) == len(dites)


def test_granian_speaks_as_we_do(vecus):
    assert {"_granian", "artjardin.requete", "django.request"} <= {
        x["logger"] for x in vecus["web"]
    }


def test_a_page_that_breaks_is_told_by_two_lines_under_the_id_of_the_proxy(vecus):
    erreur, requete = (x for x in vecus["web"] if x.get("requete") == "r-43")

    assert (erreur["logger"], requete["logger"]) == ("django.request", "artjardin.requete")
    assert requete["chemin"] == "/api/v1/auth/login/"
    assert "UndefinedTable" in erreur["exception"]


def test_nothing_that_was_typed_and_no_secret_of_a_link_is_in_any_line(vecus):
    tout = json.dumps(vecus, ensure_ascii=False)

    assert "/acces/•••/" in tout
    assert "abcDEF" not in tout
    assert "durand" not in tout.lower()


def test_a_task_bears_in_its_process_the_id_of_the_request_that_asked_for_it(vecus):
    echec, fin = (x for x in vecus["worker"] if x.get("tache") == OUBLIER)

    assert echec["requete"] == fin["requete"] == "r-42"
    assert (echec["event"], fin["event"]) == ("tâche échouée", "tâche")
    assert "UndefinedTable" in echec["exception"]


def test_what_stops_a_command_unforeseen_is_one_line_and_its_failure_is_told():
    faute = "from artjardin.traces.commandes import commande\nwith commande('x'): {}['Durand']"
    fait = subprocess.run(
        [sys.executable, "-c", faute],
        cwd=RACINE,
        env=os.environ | ENV | {"DJANGO_SETTINGS_MODULE": "artjardin.settings"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert fait.returncode == 1
    (ligne,) = map(json.loads, fait.stderr.splitlines())
    assert (ligne["level"], ligne["commande"]) == ("critical", "x")
    assert ligne["exception"].endswith("KeyError")
    assert len(ligne["requete"]) == 32
