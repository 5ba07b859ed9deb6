"""The drill reads a sample of the PDFs again: their faults are named, and are not the backup's."""

from __future__ import annotations

import hashlib

import pytest

from artjardin.audit.models import Execution
from artjardin.erreurs import Conflit
from artjardin.sauvegardes import examen
from artjardin.sauvegardes.services import faire
from artjardin.sauvegardes.services.faire import fabriquer
from artjardin.storage.coffres import coffre_des_documents

pytest_plugins = ["tests.artjardin.sauvegardes"]
base_des_tests = pytest.mark.django_db

DOCUMENTS = """
    CREATE TABLE storage_document (id int, cle text, sha256 text, produit_le timestamptz);
    INSERT INTO storage_document VALUES
        (1, '2026/06/facture/FAC-1.pdf', '{sha256}', now() - interval '1 day'),
        (2, '2026/06/facture/FAC-2.pdf', '', NULL);
"""
ARCHIVES = """
    CREATE TABLE storage_archive (document_id int, cle text, version text);
    INSERT INTO storage_archive VALUES (1, '{cle}', '');
"""
PDF = b"%PDF-1.7 FAC-1"


@pytest.fixture
def documents(atelier):
    atelier.sql(DOCUMENTS.format(sha256=hashlib.sha256(PDF).hexdigest()))
    yield atelier
    atelier.sql("DROP TABLE storage_document; DROP TABLE IF EXISTS storage_archive")


def archiver(octets: bytes, nom: str = "FAC-1") -> None:
    coffre_des_documents().deposer(
        f"2026/06/facture/{nom}.pdf", octets, jusqu_au=None, metadonnees={}
    )


@base_des_tests
def test_a_sample_of_the_documents_is_hashed_again(documents):
    archiver(PDF)

    jugee = documents.faire_et_verifier()

    assert (jugee.etat, jugee.rapport["lus"]["pdf"]) == ("verifiee", 1)


@base_des_tests
def test_a_document_made_a_moment_ago_is_read_here(documents, settings):
    fichier = settings.DONNEES_DOCUMENTS / "2026/06/facture/FAC-1.pdf"
    fichier.parent.mkdir(parents=True)
    fichier.write_bytes(PDF)

    assert documents.faire_et_verifier().etat == "verifiee"


@base_des_tests
def test_a_document_archived_under_another_key_is_read_there(documents):
    archiver(b"celui de quelqu'un d'autre")
    archiver(PDF, nom="FAC-1~2")
    documents.sql(ARCHIVES.format(cle="2026/06/facture/FAC-1~2.pdf"))

    assert documents.faire_et_verifier().etat == "verifiee"


@base_des_tests
@pytest.mark.parametrize(("archive", "dit"), [(None, "introuvable"), (b"%PDF autre", "altéré")])
def test_a_document_lost_or_altered_is_named_and_is_no_fault_of_the_backup(documents, archive, dit):
    if archive:
        archiver(archive)

    jugee = documents.faire_et_verifier()

    assert (jugee.etat, jugee.erreur) == (
        "verifiee",
        f"document 2026/06/facture/FAC-1.pdf : {dit}",
    )
    assert Execution.objects.get(tache="sauvegarde.exercice").resultat == "partiel"


@base_des_tests
def test_an_archive_out_of_reach_is_said_of_the_document(documents, monkeypatch):
    def couper(*_):
        raise ConnectionError("coupé")

    monkeypatch.setattr(examen, "_octets", couper)

    assert "FAC-1.pdf : illisible (ConnectionError)" in documents.faire_et_verifier().erreur


@base_des_tests
def test_what_waits_for_the_archive_goes_there_before_the_dump(atelier, monkeypatch):
    ordre = []
    monkeypatch.setattr(faire, "archiver_les_documents", lambda **_: ordre.append("archive"))
    monkeypatch.setattr(faire, "fabriquer", lambda *a: ordre.append("dump") or fabriquer(*a))

    atelier.faire()

    assert ordre == ["archive", "dump"]


@base_des_tests
def test_an_archive_that_is_busy_then_out_of_reach_delays_no_backup(atelier, monkeypatch):
    refus = [Conflit("déjà"), ConnectionError("coupé")]

    def archiver(**_):
        raise refus.pop(0)

    monkeypatch.setattr(faire, "archiver_les_documents", archiver)
    monkeypatch.setattr(faire, "sleep", lambda _: None)

    assert atelier.faire().etat == "faite"
    assert refus == []
