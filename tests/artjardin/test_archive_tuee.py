"""Archiving killed -9 at each of its steps, or without room left: nothing lost, nothing doubled."""

import errno
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event

import pytest
from django.conf import settings as reglages
from django.db import connection

from artjardin.audit.models import Execution
from artjardin.erreurs import Conflit
from artjardin.storage import depots
from artjardin.storage.coffres import Dossier, coffre_des_documents
from artjardin.storage.models import Archive, Document
from artjardin.storage.services import lire, production, produire, produire_les_promis
from artjardin.storage.verification import controler
from tests.artjardin.archives import sur_s3, une_minute_plus_tard
from tests.artjardin.factories import creer_pdf, promettre_pdf
from tests.artjardin.serveurs import en_parallele, serveur_s3

RACINE = Path(__file__).resolve().parents[2]
# Waits for orders; each runs in a fork, with the settings of the test, and dies where it is told
PEPINIERE = """
import importlib, json, os, signal, sys
from pathlib import Path
import django
django.setup()
from django.conf import settings
from django.db import connection
from artjardin.storage import services
from artjardin.storage.coffres.connexion import _session
_session().client("s3", region_name="fr-par")  # slow to read, once

def obeir(demande):
    connection.settings_dict["NAME"] = demande["base"]
    for nom, valeur in demande["reglages"].items():
        setattr(settings, nom, Path(valeur) if nom.startswith("DONNEES") else valeur)
    module, _, chemin = demande["etape"].partition(":")
    objet = importlib.import_module(module)
    *parents, fonction = chemin.split(".")
    for parent in parents:
        objet = getattr(objet, parent)
    vraie = getattr(objet, fonction)
    def mourir(*args, **options):
        if demande["apres"]:
            vraie(*args, **options)
        os.kill(os.getpid(), signal.SIGKILL)
    setattr(objet, fonction, mourir)
    getattr(services, demande["service"])()

for ligne in sys.stdin:
    enfant = os.fork()
    if not enfant:
        obeir(json.loads(ligne))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(enfant, 0)[1]), flush=True)
"""
TRANSMIS = [
    "DONNEES_DOCUMENTS", "DONNEES_S3", "S3_ENDPOINT_URL", "S3_BUCKET_DOCUMENTS", "S3_CLE",
    "S3_SECRET", "S3_DIALECTE", "DOCUMENT_PRODUCTEURS",
]  # fmt: skip
FICHIERS, ARCHIVAGE = "artjardin.storage.fichiers", "artjardin.storage.services.archivage"
SEAU = "artjardin.storage.coffres.seau:Seau"
DOSSIER = "artjardin.storage.coffres.dossier:Dossier"


@pytest.fixture(scope="module")
def adresse(tmp_path_factory):
    with serveur_s3(str(tmp_path_factory.mktemp("s3"))) as adresse:
        yield adresse


@pytest.fixture(autouse=True)
def _producteurs(settings):
    settings.DOCUMENT_PRODUCTEURS = {"essai": "tests.artjardin.factories.pdf"}


@pytest.fixture(scope="module")
def pepiniere():
    processus = subprocess.Popen(
        [sys.executable, "-c", PEPINIERE],
        cwd=RACINE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    with processus:
        yield processus


@pytest.fixture
def tuer_a(pepiniere):
    """Do the work in a process that dies at this call, or just after it."""

    def tuer(etape, *, service, apres):
        demande = {
            "base": connection.settings_dict["NAME"],
            "reglages": {nom: _texte(getattr(reglages, nom)) for nom in TRANSMIS},
            "etape": etape,
            "apres": apres,
            "service": service,
        }
        pepiniere.stdin.write(json.dumps(demande) + "\n")
        pepiniere.stdin.flush()
        assert int(pepiniere.stdout.readline()) == -signal.SIGKILL

    return tuer


def _texte(valeur):
    return str(valeur) if isinstance(valeur, Path) else valeur


ETAPES_SEAU = [
    ("avant de déposer", f"{SEAU}.deposer", False),
    ("déposé, pas relu", f"{SEAU}.deposer", True),
    ("relu, pas noté", f"{ARCHIVAGE}:_noter", False),
    ("noté", f"{ARCHIVAGE}:_noter", True),
]
ETAPES_DOSSIER = [
    ("copie provisoire", "artjardin.storage.coffres.dossier:empreinte", False),
    ("fiche écrite, pas le document", f"{DOSSIER}._ecrire_la_fiche", True),
    ("document lié, pas synchronisé", "artjardin.storage.coffres.dossier:synchroniser", False),
    ("relu, pas noté", f"{ARCHIVAGE}:_noter", False),
]


@pytest.mark.usefixtures("base_partagee")
@pytest.mark.parametrize("lieu", ["seau", "dossier"])
def test_a_sweep_killed_at_each_step_is_caught_up(lieu, tuer_a, settings, request):
    if lieu == "seau":
        settings.S3_DIALECTE = "ovh"  # this server checks Content-MD5: no half body is kept
        sur_s3(settings, request.getfixturevalue("adresse"), seau="seau-des-morts")
    documents = []
    for _nom, etape, apres in ETAPES_SEAU if lieu == "seau" else ETAPES_DOSSIER:
        documents += [creer_pdf() for _ in range(3)]

        tuer_a(etape, service="archiver_les_documents", apres=apres)
        derniere = Execution.objects.first()
        assert derniere.fin is None
        rattraper_le_mort()

        derniere.refresh_from_db()
        assert (derniere.resultat, derniere.erreur) == ("echec", "interrompue")
        assert Archive.objects.faites().count() == len(documents)
        objets = [objet.cle for objet in coffre_des_documents().lister("")]
        assert objets == sorted(document.cle for document in documents)
        assert controler().anomalies == []


def rattraper_le_mort():
    """The next sweep, as soon as the database has seen that the process died."""
    fin = time.monotonic() + 20
    while True:
        try:
            return une_minute_plus_tard()
        except Conflit:
            assert time.monotonic() < fin
            time.sleep(0.05)


@pytest.mark.usefixtures("base_partagee")
def test_a_making_killed_is_caught_up_and_archived_once(tuer_a):
    for etape, apres in [
        (f"{FICHIERS}:synchroniser", False),
        ("artjardin.storage.depots:ecrire", True),
    ]:
        promis = promettre_pdf()

        tuer_a(etape, service="produire_les_promis", apres=apres)
        promis.refresh_from_db()
        assert not promis.est_produit
        while not produire_les_promis()["produits"]:  # until the server has seen the death
            time.sleep(0.05)
        une_minute_plus_tard()

        promis.refresh_from_db()
        assert lire(promis) == f"%PDF-1.7 {promis.nom}".encode()
        assert controler().anomalies == []


@pytest.mark.usefixtures("base_partagee")
def test_two_workers_at_once_make_one_document_and_put_nothing_aside(settings, monkeypatch):
    document = promettre_pdf(nom="F-en-meme-temps")
    commence, fini, dessines = Event(), Event(), []

    def dessiner(document):
        dessines.append(document.nom)
        commence.set()
        assert fini.wait(10)
        return f"%PDF-1.7 {document.nom} {len(dessines)}".encode()

    monkeypatch.setattr(production, "_producteur", lambda _genre: dessiner)

    def ensuite():
        assert commence.wait(10)
        vu = produire(Document.objects.get(pk=document.pk))
        fini.set()
        return vu

    premier, second = en_parallele(lambda: produire(document), ensuite)

    assert (premier.est_produit, second.est_produit, len(dessines)) == (True, False, 1)
    assert lire(premier) == b"%PDF-1.7 F-en-meme-temps.pdf 1"
    assert not (settings.DONNEES_DOCUMENTS / ".alteres").exists()
    assert produire(second).sha256 == premier.sha256


@pytest.fixture
def plein(monkeypatch):
    """No room left on the disk, after some bytes."""

    def remplir():
        vraie = depots.ecrire_une_fois.__globals__["os"].fsync

        def fsync(descripteur):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr("artjardin.storage.fichiers.os.fsync", fsync)
        return lambda: monkeypatch.setattr("artjardin.storage.fichiers.os.fsync", vraie)

    return remplir


@pytest.mark.django_db
def test_a_full_disk_makes_nothing_and_loses_nothing(plein, settings):
    promis = promettre_pdf()
    vider = plein()

    with pytest.raises(OSError, match="No space left"):
        produire(promis)

    promis.refresh_from_db()
    assert (promis.est_produit, promis.essais) == (False, 0)  # a full disk counts as no attempt
    assert [f for f in settings.DONNEES_DOCUMENTS.rglob("*") if f.is_file()] == []
    vider()
    assert lire(produire(promis))


@pytest.mark.django_db
def test_a_full_archive_keeps_the_document_waiting(plein):
    document = creer_pdf()
    vider = plein()

    une_minute_plus_tard()

    archive = Archive.objects.get()
    assert (archive.etat, "Le disque est plein" in archive.erreur) == ("a_faire", True)
    assert list(coffre_des_documents().lister("")) == []
    assert lire(document)
    vider()
    assert une_minute_plus_tard() == {"archives": 1, "echecs": 0}


PLEIN = """
import errno, sys
from pathlib import Path
from artjardin.storage.fichiers import ecrire_une_fois
racine = Path(sys.argv[1])
try:
    ecrire_une_fois(racine, "2026/06/essai/gros.pdf", b"x" * 3_000_000)
except OSError as erreur:
    assert erreur.errno == errno.ENOSPC, erreur
else:
    raise SystemExit("le disque n'etait pas plein")
reste = sorted(f.name for f in racine.rglob("*") if f.is_file())
assert reste == [], reste
assert ecrire_une_fois(racine, "2026/06/essai/petit.pdf", b"x" * 100_000)
"""


def test_a_small_disk_really_full_keeps_no_half_file(tmp_path):
    monte = f"mount -t tmpfs -o size=1m aucun {tmp_path} && exec {sys.executable} - {tmp_path}"
    espace = ["unshare", "-Urm", "sh", "-c", monte]
    if subprocess.run([*espace[:2], "true"], check=False, capture_output=True).returncode:
        pytest.skip("cette machine ne permet pas de monter un petit disque")

    fait = subprocess.run(
        espace, input=PLEIN, text=True, capture_output=True, check=False, cwd=RACINE
    )

    assert fait.returncode == 0, fait.stderr


def test_a_folder_refuses_keys_that_leave_it(tmp_path):
    coffre = Dossier(tmp_path)
    for cle in (
        "../dehors.pdf",
        "a/../../b.pdf",
        "/etc/passwd",
        "a//b",
        ".cache",
        "a.meta.json",
        "",
    ):
        with pytest.raises(ValueError, match="Clef refusée"):
            coffre.deposer(cle, b"x", jusqu_au=None, metadonnees={})
    assert list(tmp_path.parent.glob("*.pdf")) == []
