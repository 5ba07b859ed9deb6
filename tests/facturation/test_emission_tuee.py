"""Processes issue at once on one series, one is killed -9: no gap, no duplicate, no half (G2)."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from django.db import connection

from artjardin.storage.models import Document
from facturation.controle import controler
from facturation.models import Facture
from facturation.services import emettre_facture
from tests.facturation.factories import ROBOT, creer_brouillon

RACINE = Path(__file__).resolve().parents[2]
PROCESSUS, LOT = 3, 12
EMETTEUR = """
import sys
from tests.demarrage import demarrer
demarrer(sys.argv[1])
from artjardin.accounts.auteur import systeme
from facturation.models import Facture
from facturation.services import emettre_facture
print("prêt", flush=True)
sys.stdin.readline()
for pk in map(int, sys.argv[2:]):
    emettre_facture(Facture.objects.get(pk=pk), par=systeme("test"))
"""


def ouvrir(lot):
    ids = [str(brouillon.pk) for brouillon in lot]
    base = connection.settings_dict["NAME"]
    return subprocess.Popen(
        [sys.executable, "-c", EMETTEUR, base, *ids],
        cwd=RACINE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def test_a_process_killed_while_issuing_leaves_nothing_half_done(base_partagee):
    lots = [[creer_brouillon() for _ in range(LOT)] for _ in range(PROCESSUS)]
    emetteurs = [ouvrir(lot) for lot in lots]
    for emetteur in emetteurs:
        assert emetteur.stdout.readline()
    for emetteur in emetteurs:
        emetteur.stdin.close()

    while Facture.objects.emises().count() < LOT:
        time.sleep(0.01)
    emetteurs[0].send_signal(signal.SIGKILL)
    for emetteur in emetteurs:
        emetteur.wait(timeout=60)
        emetteur.stdout.close()

    assert [e.returncode for e in emetteurs] == [-signal.SIGKILL, 0, 0]
    emises = Facture.objects.emises()
    assert (PROCESSUS - 1) * LOT <= emises.count() < PROCESSUS * LOT
    assert controler().anomalies == []
    promis = Document.objects.filter(type="facture").values_list("objet_id", flat=True)
    assert set(promis) == set(emises.values_list("pk", flat=True))
    for brouillon in Facture.objects.filter(statut="brouillon"):
        assert brouillon.numero is None
        emettre_facture(brouillon, par=ROBOT)
    assert controler().anomalies == []
    assert Facture.objects.emises().count() == PROCESSUS * LOT
