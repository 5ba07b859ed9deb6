"""Processes killed -9 while making an export, and two at once: one whole file, or none."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from artjardin.accounts.auteur import systeme
from artjardin.erreurs import Conflit
from artjardin.storage.services import produire_les_promis
from ops.exports import production, services
from ops.exports.fichiers import dossier, fichier
from ops.exports.production import avancement
from ops.models import Export
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_facture
from tests.ops.exports import faire, lu

RACINE = Path(__file__).resolve().parents[2]
PROGRAMME = """
import sys
from importlib import import_module
from pathlib import Path
from tests.demarrage import demarrer
base, exports, documents, module, nom, numero = sys.argv[1:]
demarrer(base, DONNEES_EXPORTS=Path(exports), DONNEES_DOCUMENTS=Path(documents))
from ops.exports.production import produire
lieu = import_module(module)
suite = getattr(lieu, nom)

def attendre(*args, **options):
    print("la", flush=True)
    sys.stdin.readline()
    return suite(*args, **options)

setattr(lieu, nom, attendre)
produire(int(numero))
"""
POINTS = [
    ("ops.exports.contenu", "ecrire_une_table"),
    ("ops.exports.contenu", "ecrire_les_logos"),
    ("ops.exports.contenu", "lire"),
    ("ops.exports.production", "mesurer"),
]


@pytest.fixture(autouse=True)
def _pdf_rapides(settings):
    producteurs = dict.fromkeys(settings.DOCUMENT_PRODUCTEURS, "tests.facturation.factories.pdf")
    settings.DOCUMENT_PRODUCTEURS = producteurs


def arreter_a(export: Export, point: tuple[str, str]) -> subprocess.Popen:
    """A process making this export, stopped at that function."""
    base = connection.settings_dict["NAME"]
    dossiers = [str(settings.DONNEES_EXPORTS), str(settings.DONNEES_DOCUMENTS)]
    processus = subprocess.Popen(
        [sys.executable, "-c", PROGRAMME, base, *dossiers, *point, str(export.pk)],
        cwd=RACINE,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert processus.stdout.readline() == b"la\n"
    return processus


def finir(processus: subprocess.Popen) -> None:
    processus.stdin.close()
    processus.stdout.read()
    processus.wait(timeout=60)
    processus.stdout.close()


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point[1])
def test_a_killed_process_leaves_no_file_that_counts(base_partagee, point):
    creer_facture()
    produire_les_promis()
    export = services.exporter_tout(par=systeme("test"))
    processus = arreter_a(export, point)
    en_cours = services.a_reprendre()
    processus.send_signal(signal.SIGKILL)
    finir(processus)
    export.refresh_from_db()
    etat_du_mort = export.etat
    fin = time.monotonic() + 10
    while not (a_reprendre := services.a_reprendre()) and time.monotonic() < fin:
        time.sleep(0.05)  # until the server noticed

    assert (en_cours, etat_du_mort, a_reprendre) == ([], "en_cours", [export.pk])
    with pytest.raises(Conflit):
        services.ouvrir(export, par=systeme("test"))
    assert faire(export).etat == "pret"
    assert lu(export).manifeste["documents"] == 1
    services.oublier_les_perimes()
    assert list(dossier().iterdir()) == [fichier(export.pk)]


def test_two_processes_make_one_file_of_one_instant(base_partagee):
    creer_client(nom="Avant")
    export = services.exporter_tout(par=systeme("test"))
    processus = arreter_a(export, ("ops.exports.contenu", "ecrire_les_logos"))
    assert faire(export).etat == "en_cours"  # ours gives up at once: the other one has it
    creer_client(nom="Pendant")
    services.oublier_les_perimes()
    finir(processus)
    export.refresh_from_db()

    archive = lu(export)
    assert (processus.returncode, export.etat, export.essais) == (0, "pret", 1)
    assert [ligne["nom"] for ligne in archive.table("clients")] == ["Avant"]
    assert archive.manifeste["clients"] == 1
    assert b"Pendant" not in b"".join(archive.fichiers.values())


def test_the_progress_is_seen_by_others_while_it_is_made(base_partagee):
    creer_facture()
    produire_les_promis()
    export = services.exporter_tout(par=systeme("test"))
    processus = arreter_a(export, ("ops.exports.contenu", "lire"))
    export.refresh_from_db()
    etape = export.etape
    finir(processus)
    export.refresh_from_db()

    assert etape.startswith(("Table ", "Clients "))
    assert (export.etat, export.progression, export.etape) == ("pret", 100, "")


def test_progress_is_noted_now_and_then_and_its_failure_stops_nothing(
    base_partagee, monkeypatch, caplog
):
    export = services.exporter_tout(par=systeme("test"))

    def note() -> tuple[int, str]:
        return Export.objects.values_list("progression", "etape").get()

    with avancement(export.pk) as noter:
        noter(10, "Tables")
        noter(20, "trop tôt pour être noté")
        assert note() == (10, "Tables")
    monkeypatch.setattr(production, "PAUSE", 0)
    with avancement(export.pk) as noter:
        noter(100, "long" * 50)
        noter(-5, "refusé par la base")
        assert note() == (99, ("long" * 50)[:100])
        noter(50, "et la suite continue")

    assert note() == (50, "et la suite continue")
    assert "ne se note pas" in caplog.text
