"""Reading: the local file, else the archive, never other bytes than those that were made."""

import shutil

import pytest
from django.db import transaction

from artjardin.audit.models import Entree
from artjardin.erreurs import Indisponible
from artjardin.storage import depots
from artjardin.storage.coffres import coffre_des_documents
from artjardin.storage.models import Archive
from artjardin.storage.services import lire
from artjardin.storage.services.lecture import reparer_la_copie_locale
from artjardin.storage.verification import verifier
from tests.artjardin.archives import brancher, creer_archive, distant, local, retourner_un_octet
from tests.artjardin.factories import creer_pdf
from tests.artjardin.serveurs import port_libre

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _producteurs(settings):
    settings.DOCUMENT_PRODUCTEURS = {"essai": "tests.artjardin.factories.pdf"}


@pytest.fixture
def apres(django_capture_on_commit_callbacks):
    """Do what waits for the end of the transaction."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def manquer(document):
    local(document).unlink()


def alterer(document):
    retourner_un_octet(local(document))


def rendre_illisible(document):
    manquer(document)
    local(document).mkdir()


@pytest.mark.parametrize(
    ("abimer", "faute"),
    [(manquer, "absente"), (alterer, "altérée"), (rendre_illisible, "illisible")],
)
def test_the_archive_serves_and_the_local_copy_is_repaired(abimer, faute, apres, caplog):
    document = creer_archive()
    contenu = lire(document)
    abimer(document)

    with apres():
        assert lire(document) == contenu

    assert depots.lire(document.cle) == contenu
    entree = Entree.objects.get(action="archive.reparee")
    assert (entree.details["copie"], entree.details["faute"]) == ("locale", faute)
    assert f"copie locale {faute} : {document.cle}" in caplog.text


def test_the_altered_file_is_kept_as_evidence(apres, settings):
    document = creer_archive()
    alterer(document)
    mauvais = local(document).read_bytes()

    with apres():
        lire(document)

    [preuve] = (settings.DONNEES_DOCUMENTS / ".alteres").rglob("*.pdf.*")
    assert preuve.read_bytes() == mauvais
    assert Entree.objects.get(action="archive.reparee").details["ecarte"] == preuve.name


def test_nothing_is_repaired_before_the_callers_transaction_is_over(apres):
    document = creer_archive()
    manquer(document)

    with apres(), transaction.atomic():
        lire(document)
        assert not local(document).exists()

    assert local(document).exists()


def test_a_copy_repaired_meanwhile_is_left(apres):
    document = creer_archive()

    assert not reparer_la_copie_locale(document, b"n'importe quoi")

    assert not Entree.objects.filter(action="archive.reparee").exists()


def test_a_repair_that_fails_does_not_stop_the_reading(apres, settings, caplog):
    document = creer_archive()
    contenu = lire(document)
    shutil.rmtree(settings.DONNEES_DOCUMENTS)
    settings.DONNEES_DOCUMENTS.write_text("ceci est un fichier")

    with apres():
        assert lire(document) == contenu

    assert not Entree.objects.filter(action="archive.reparee").exists()


@pytest.mark.parametrize(
    ("abimer", "code"), [(manquer, "document_absent"), (alterer, "document_altere")]
)
def test_without_a_right_copy_it_says_so(abimer, code):
    document = creer_archive()
    abimer(document)
    retourner_un_octet(distant(document))

    with pytest.raises(Indisponible) as refus:
        lire(document)

    assert refus.value.code == code
    assert document.cle in refus.value.message


def test_before_it_is_archived_a_lost_file_is_said():
    document = creer_pdf()
    manquer(document)

    with pytest.raises(Indisponible) as refus:
        lire(document)

    assert refus.value.code == "document_absent"


def test_a_document_that_lies_only_in_the_archive_is_read_without_its_row(apres):
    document = creer_pdf()
    coffre_des_documents().deposer(
        document.cle, depots.lire(document.cle), jusqu_au=None, metadonnees={}
    )
    manquer(document)

    with apres():
        assert lire(document) == f"%PDF-1.7 {document.nom}".encode()


def test_a_wrong_version_in_the_row_does_not_hide_the_right_object(apres):
    document = creer_archive()
    Archive.objects.update(cle="2026/06/essai/autre.pdf")
    manquer(document)

    with apres():
        assert lire(document) == f"%PDF-1.7 {document.nom}".encode()


def test_an_archive_out_of_reach_is_said_only_when_it_is_needed(settings):
    settings.S3_CLE = settings.S3_SECRET = "essai"
    document = creer_archive()
    brancher(settings, f"http://127.0.0.1:{port_libre()}")

    assert lire(document)
    manquer(document)
    with pytest.raises(Indisponible) as refus:
        lire(document)

    assert refus.value.code == "depot_injoignable"


def test_an_archive_out_of_reach_is_no_fault_of_the_document_and_no_reading(settings):
    document = creer_archive()
    avant = document.archive.verifie_le
    local(document).unlink()
    settings.S3_CLE = settings.S3_SECRET = "essai"
    brancher(settings, f"http://127.0.0.1:{port_libre()}")

    dites = [anomalie.faute for anomalie in verifier(document.archive)]

    assert [dite.startswith(("copie locale absente", "archive : illisible")) for dite in dites] == [
        True,
        True,
    ]
    archive = Archive.objects.get()
    assert (archive.etat, archive.verifie_le) == ("archive", avant)
