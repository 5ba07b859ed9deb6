"""The run and the senders killed -9 in the middle: nothing lost, nothing doubled (G4, G5).

The long campaign, which kills PostgreSQL, Valkey and the SMTP server too: `python -m bench pannes`.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.db import connection

from artjardin.audit.models import Execution
from artjardin.outbox.models import BAIL, Courriel
from artjardin.outbox.services import envoyer_les_courriels
from artjardin.storage.services import produire_les_promis
from relances.models import Passage, Relance
from relances.services import relancer
from tests.artjardin.serveurs import serveur_smtp
from tests.clients.factories import creer_client
from tests.relances.factories import PAR, facture_reprise

RACINE = Path(__file__).resolve().parents[2]
JOUR = date(2026, 11, 24)
MIDI = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("Europe/Paris"))
CLIENTS = 24
PROGRAMME = """
import sys
from datetime import date, datetime
from pathlib import Path
import time_machine
from tests.demarrage import demarrer
base, midi, smtp, documents, quoi = sys.argv[1:]
demarrer(base, EMAIL_URL=smtp, DONNEES_DOCUMENTS=Path(documents))
from artjardin.accounts.auteur import systeme
from artjardin.outbox.services import envoyer_les_courriels
from relances.services import relancer
print("prêt", flush=True)
sys.stdin.readline()
with time_machine.travel(datetime.fromisoformat(midi), tick=True):
    if quoi == "relancer":
        relancer(jour=date(2026, 11, 24), par=systeme("test"))
    else:
        envoyer_les_courriels()
"""


@pytest.fixture(autouse=True)
def _pdf_rapides(settings):
    genres = settings.DOCUMENT_PRODUCTEURS
    settings.DOCUMENT_PRODUCTEURS = dict.fromkeys(genres, "tests.facturation.factories.pdf")


@pytest.fixture
def clients(base_partagee):
    for rang in range(CLIENTS):
        client = creer_client(nom=f"N{rang}", email=f"n{rang}@example.org")
        facture_reprise(client, f"FA-{rang}", retard=40, au=JOUR)


def preparer(quoi: str, combien: int, *, smtp: str = "") -> list[subprocess.Popen]:
    """Processes that are ready, and wait for a line to begin."""
    arguments = [
        connection.settings_dict["NAME"], MIDI.isoformat(), smtp, str(settings.DONNEES_DOCUMENTS),
    ]  # fmt: skip
    processus = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAMME, *arguments, quoi],
            cwd=RACINE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(combien)
    ]
    for un in processus:
        assert un.stdout.readline()
    return processus


def lacher(processus: subprocess.Popen) -> None:
    processus.stdin.close()


def tuer(processus: subprocess.Popen) -> None:
    processus.send_signal(signal.SIGKILL)
    assert processus.wait(timeout=20) == -signal.SIGKILL
    processus.stdout.close()


def attendre(compte, seuil: int) -> None:
    fin = time.monotonic() + 20
    while compte() < seuil:
        assert time.monotonic() < fin, "rien n'avance"
        time.sleep(0.002)


@pytest.mark.usefixtures("clients")
def test_a_run_killed_twice_reminds_each_client_once():
    """odoo/odoo PR 55717: sent again after a rollback; the intent is committed before."""
    for seuil, passage in zip((5, 14), preparer("relancer", 2), strict=True):
        lacher(passage)
        attendre(Relance.objects.count, seuil)
        tuer(passage)
        assert Courriel.objects.filter(type="relance").count() == Relance.objects.count()
        assert Relance.objects.count() < CLIENTS

    fini = relancer(jour=JOUR, par=PAR)

    assert (fini.relancees, fini.courriels, fini.echecs) == (CLIENTS, CLIENTS, 0)
    assert Passage.objects.count() == 1
    assert Relance.objects.values("facture").distinct().count() == CLIENTS
    assert Courriel.objects.filter(type="relance").count() == CLIENTS
    assert Counter(Execution.objects.values_list("resultat", flat=True)) == {
        "echec": 2, "reussi": 1,
    }  # fmt: skip


@pytest.mark.usefixtures("clients")
def test_senders_killed_in_the_middle_send_each_reminder_once_or_leave_it_uncertain(
    time_machine_a, settings
):
    """frappe/frappe#29197: stuck in « Sending »; odoo#22148: sent twice."""
    relancer(jour=JOUR, par=PAR)
    produire_les_promis()
    with serveur_smtp() as smtp:
        smtp.lenteur = 0.05
        envoyeurs = preparer("envoyer", 2, smtp=smtp.url)
        tuer_en_plein_envoi(envoyeurs, smtp)
        time_machine_a(MIDI + BAIL + timedelta(minutes=2))
        settings.EMAIL_URL = smtp.url
        while envoyer_les_courriels():
            pass

    recus = Counter(recu.message["Message-ID"] for recu in smtp.recus)
    sorts = dict(Courriel.objects.filter(type="relance").values_list("message_id", "statut"))
    partis = {identifiant for identifiant, statut in sorts.items() if statut == "envoye"}
    assert len(sorts) == CLIENTS
    assert set(sorts.values()) == {"envoye", "incertain"}
    assert set(recus.values()) == {1}
    assert partis <= set(recus) <= set(sorts)
    assert 1 <= CLIENTS - len(partis) <= len(envoyeurs)


def tuer_en_plein_envoi(envoyeurs: list[subprocess.Popen], smtp) -> None:
    """Two at a time; each is killed while the server reads a message."""
    lacher(envoyeurs[0])
    for rang, envoyeur in enumerate(envoyeurs):
        if suivants := envoyeurs[rang + 1 :]:
            lacher(suivants[0])
        attendre(lambda: smtp.commandes.count("data"), 7 * (rang + 1))
        tuer(envoyeur)
    time.sleep(2 * smtp.lenteur)  # what the server was reading ends
