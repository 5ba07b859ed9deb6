"""Everything back from the archive alone, with the rows or without any database (Show 1)."""

import csv
import json
import shutil
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from artjardin.audit.models import Execution
from artjardin.storage import depots
from artjardin.storage.coffres import coffre_des_documents
from artjardin.storage.index import ecrire_les_index, lire_les_index
from artjardin.storage.models import Archive, Document
from artjardin.storage.reconstruction import reconstruire
from artjardin.storage.services import lire, produire
from artjardin.storage.services.copies import metadonnees
from tests.artjardin.archives import (
    brancher,
    creer_archive,
    distant,
    local,
    oublier_la_production,
    retourner_un_octet,
    sur_s3,
    une_minute_plus_tard,
)
from tests.artjardin.factories import CLIENT, creer_pdf, promettre_pdf
from tests.artjardin.serveurs import client_s3, port_libre, serveur_s3

pytestmark = pytest.mark.django_db
NOMS = {CLIENT: "=Jeanne Lefèvre"}


@pytest.fixture(scope="module")
def adresse(tmp_path_factory):
    with serveur_s3(str(tmp_path_factory.mktemp("s3"))) as adresse:
        yield adresse


@pytest.fixture(autouse=True)
def _producteurs(settings):
    settings.DOCUMENT_PRODUCTEURS = {"essai": "tests.artjardin.factories.pdf"}


@pytest.fixture(params=["dossier", "seau"])
def lieu(request, settings):
    if request.param == "seau":
        adresse = request.getfixturevalue("adresse")
        sur_s3(settings, adresse, seau=f"seau-{abs(hash(request.node.name)):x}")
    return request.param


def noms(numeros):
    return {numero: NOMS[numero] for numero in numeros}


def hier():
    Archive.objects.update(archive_le=timezone.now() - timedelta(days=1))


def csv_de(dossier):
    with (dossier / "index.csv").open(encoding="utf-8-sig", newline="") as flux:
        return {ligne["cle"]: ligne for ligne in csv.DictReader(flux, delimiter=";")}


@pytest.mark.usefixtures("lieu")
def test_with_an_empty_local_disk_everything_comes_back(settings, capsys):
    documents = [creer_archive() for _ in range(4)]
    shutil.rmtree(settings.DONNEES_DOCUMENTS)

    call_command("reconstruire_documents")

    assert "4 rapporté" in capsys.readouterr().out
    for document in documents:
        assert depots.est_intact(document.cle, document.sha256)
    assert Execution.objects.get(tache="archives.reconstruction").compteurs == {"rapporté": 4}
    call_command("reconstruire_documents")
    assert "4 présent" in capsys.readouterr().out


@pytest.mark.usefixtures("lieu")
def test_what_the_restored_database_had_only_promised_comes_back_as_it_went_out(settings):
    parti = creer_archive(nom="FAC-7")
    octets = lire(parti)
    jamais_fait = promettre_pdf()
    shutil.rmtree(settings.DONNEES_DOCUMENTS)
    oublier_la_production(parti)
    settings.DOCUMENT_PRODUCTEURS = {"essai": "tests.artjardin.factories.pdf_impossible"}

    dites = {suite.cle: suite.dit for suite in reconstruire()}

    assert dites == {parti.cle: "rapporté", jamais_fait.cle: "à produire"}
    assert lire(produire(parti)) == octets
    une_minute_plus_tard()
    assert Archive.objects.faites().get().document == parti


@pytest.mark.parametrize(
    "autre", [{"client": "99"}, {"date": "2026-06-02"}, {"numero": "F-9"}, {"type": "devis"}, None]
)
def test_an_object_that_is_not_proven_its_own_is_not_brought_back(autre):
    promis, coffre = promettre_pdf(), coffre_des_documents()
    coffre.deposer(
        promis.cle, b"%PDF", jusqu_au=None, metadonnees=metadonnees(promis) | (autre or {})
    )
    if autre is None:
        retourner_un_octet(coffre.racine / promis.cle, 1)

    assert [suite.dit for suite in reconstruire()] == [
        "l'objet de cette clef n'est pas le sien, ou est altéré"
    ]
    assert not local(promis).exists()
    assert not Document.objects.get().est_produit


def test_a_document_promised_after_the_object_is_drawn_and_the_object_left_alone():
    parti = creer_archive(nom="FAC-7")
    oublier_la_production(parti)
    local(parti).unlink()
    Document.objects.update(cree_le=timezone.now() + timedelta(minutes=1))  # entered again

    assert [suite.dit for suite in reconstruire()] == ["à produire"]

    assert not local(parti).exists()
    assert not Document.objects.get().est_produit


def test_an_altered_local_file_is_replaced_and_kept_aside(settings):
    document = creer_archive()
    retourner_un_octet(local(document))

    assert [suite.dit for suite in reconstruire()] == ["rapporté"]

    assert depots.est_intact(document.cle, document.sha256)
    assert len(list((settings.DONNEES_DOCUMENTS / ".alteres").rglob("*.pdf.*"))) == 1


def test_what_is_not_in_the_archive_is_named_and_the_rest_comes_back(settings, capsys):
    perdu, deplace, altere, bon = (creer_archive() for _ in range(4))
    shutil.rmtree(settings.DONNEES_DOCUMENTS)
    distant(perdu).unlink()
    retourner_un_octet(distant(altere))
    Archive.objects.filter(document=deplace).update(cle="2026/06/essai/ailleurs.pdf")

    with pytest.raises(CommandError, match=r"2 faute\(s\) ; 2 rapporté"):
        call_command("reconstruire_documents")

    dit = capsys.readouterr().err
    for document in (perdu, altere):
        assert f"{document.cle} : introuvable dans l'archive" in dit
    for document in (bon, deplace):
        assert depots.est_intact(document.cle, document.sha256)


def test_an_archive_out_of_reach_is_said_for_each(settings, capsys):
    document = creer_archive()
    shutil.rmtree(settings.DONNEES_DOCUMENTS)
    settings.S3_CLE = settings.S3_SECRET = "essai"
    brancher(settings, f"http://127.0.0.1:{port_libre()}")

    with pytest.raises(CommandError, match="1 faute"):
        call_command("reconstruire_documents")
    with pytest.raises(CommandError, match="ConnectionError"):
        call_command("reconstruire_documents", "--sans-base", "--vers", str(settings.DONNEES_S3))

    assert f"{document.cle} : ConnectionError" in capsys.readouterr().err


def test_each_past_day_gets_one_index_under_lock(settings):
    documents = [creer_archive(nom=f"FAC-{rang}", le=date(2026, 6, 1)) for rang in (1, 2)]
    hier()
    aujourd_hui = creer_archive()
    jour = timezone.localdate() - timedelta(days=1)

    faits = ecrire_les_index(noms=noms)

    assert faits == [f"index/{jour:%Y/%m/%d}-index.json"]
    assert ecrire_les_index(noms=noms) == []
    coffre = coffre_des_documents()
    assert coffre.etat(faits[0]).verrouille_jusqu_au > datetime(2036, 6, 1, tzinfo=UTC)
    dit = json.loads(coffre.lire(faits[0]))
    assert (dit["format"], dit["jour"]) == (1, jour.isoformat())
    assert dit["documents"][0] == {
        "numero": "FAC-1", "type": "essai", "date": "2026-06-01", "client": CLIENT,
        "nom_client": "=Jeanne Lefèvre", "fichier": "FAC-1.pdf", "cle": documents[0].cle,
        "version": "", "sha256": documents[0].sha256, "taille": documents[0].taille,
    }  # fmt: skip
    assert [ligne["cle"] for ligne in dit["documents"]] == [d.cle for d in documents]
    assert aujourd_hui.cle not in json.dumps(dit)


def test_an_index_that_was_missed_is_written_later():
    creer_archive()
    Archive.objects.update(archive_le=datetime(2026, 3, 29, 1, 30, tzinfo=UTC))  # the clocks change
    creer_archive()
    Archive.objects.filter(archive_le__year=2026, archive_le__month__gt=3).update(
        archive_le=datetime(2025, 12, 31, 23, 30, tzinfo=UTC)  # already 2026 in Paris
    )

    assert ecrire_les_index(noms=noms) == [
        "index/2026/01/01-index.json",
        "index/2026/03/29-index.json",
    ]


def test_an_index_that_cannot_be_read_hides_no_other(caplog):
    document = creer_archive()
    hier()
    ecrire_les_index(noms=noms)
    coffre_des_documents().deposer(
        "index/2026/01/02-index.json", b"[{", jusqu_au=None, metadonnees={}
    )

    assert list(lire_les_index(coffre_des_documents())) == [document.cle]
    assert "index illisible : index/2026/01/02-index.json" in caplog.text


@pytest.mark.usefixtures("lieu")
def test_without_a_database_a_readable_tree_is_written(tmp_path, capsys, monkeypatch):
    indexe = creer_archive(nom="FAC-1", le=date(2026, 6, 1))
    hier()
    ecrire_les_index(noms=noms)
    recent = creer_archive(nom="relevé Élodie", le=date(2026, 6, 2))
    octets = {document.cle: lire(document) for document in (indexe, recent)}
    interdire_la_base(monkeypatch)

    call_command("reconstruire_documents", "--sans-base", "--vers", str(tmp_path / "tout"))
    call_command("reconstruire_documents", "--sans-base", "--vers", str(tmp_path / "tout"))

    assert "2 rapporté" in capsys.readouterr().out
    assert {cle: (tmp_path / "tout" / cle).read_bytes() for cle in octets} == octets
    lignes = csv_de(tmp_path / "tout")
    assert lignes[indexe.cle] == {
        "date": "2026-06-01", "type": "essai", "numero": "FAC-1", "client": str(CLIENT),
        "nom_client": "'=Jeanne Lefèvre", "cle": indexe.cle, "sha256": indexe.sha256,
        "taille": str(indexe.taille), "constat": "conforme",
    }  # fmt: skip
    assert lignes[recent.cle]["numero"] == "relevé_Élodie"
    assert lignes[recent.cle]["nom_client"] == ""
    assert lignes[recent.cle]["constat"] == "conforme"


def interdire_la_base(monkeypatch):
    def non(*_args, **_options):
        raise AssertionError("la base est perdue")

    monkeypatch.setattr("django.db.backends.utils.CursorWrapper.execute", non)


def test_of_the_versions_of_a_key_the_right_one_is_chosen(settings, adresse, tmp_path):
    sur_s3(settings, adresse, seau="seau-des-versions")
    indexe = creer_archive()
    hier()
    ecrire_les_index(noms=noms)
    recent = creer_archive()
    bons = {document.cle: lire(document) for document in (indexe, recent)}
    s3 = client_s3(adresse)
    for document in (indexe, recent):
        s3.put_object(Bucket="seau-des-versions", Key=document.cle, Body=b"%PDF de quelqu'un")
    menteuse = {"sha256": "0" * 64, "client": "1"}
    s3.put_object(Bucket="seau-des-versions", Key=recent.cle, Body=b"%PDF", Metadata=menteuse)
    faux = json.dumps({"documents": [{"cle": indexe.cle, "sha256": "0" * 64}]}).encode()
    for objet in s3.list_objects_v2(Bucket="seau-des-versions", Prefix="index/")["Contents"]:
        s3.put_object(Bucket="seau-des-versions", Key=objet["Key"], Body=faux)

    call_command("reconstruire_documents", "--sans-base", "--vers", str(tmp_path))

    assert {cle: (tmp_path / cle).read_bytes() for cle in bons} == bons


def test_without_a_database_what_is_wrong_is_in_the_table(tmp_path, capsys):
    documents = [creer_archive() for _ in range(6)]
    altere, absent, deja_la, autre, masque, bon = documents
    hier()
    ecrire_les_index(noms=noms)
    retourner_un_octet(distant(altere))
    distant(absent).unlink()
    (tmp_path / deja_la.cle).parent.mkdir(parents=True)
    (tmp_path / deja_la.cle).write_bytes(b"%PDF present avant")
    remplacer(autre, b"%PDF depose apres coup")
    distant(masque).unlink()
    distant(masque).mkdir()
    (distant(masque) / "dessous.pdf").write_bytes(b"")

    with pytest.raises(CommandError, match=r"5 faute\(s\) ; 1 rapporté"):
        call_command("reconstruire_documents", "--sans-base", "--vers", str(tmp_path))

    constats = {cle: ligne["constat"] for cle, ligne in csv_de(tmp_path).items()}
    assert constats == {
        altere.cle: "altéré",
        absent.cle: "absent de l'archive",
        deja_la.cle: "un autre fichier est déjà là",
        autre.cle: "n'est pas celui de l'index",
        masque.cle: "absent de l'archive",
        bon.cle: "conforme",
    }
    assert (tmp_path / deja_la.cle).read_bytes() == b"%PDF present avant"
    assert not (tmp_path / altere.cle).exists()
    assert f"{altere.cle} : altéré" in capsys.readouterr().err


def remplacer(document, octets):
    fichier = distant(document)
    fichier.unlink()
    coffre_des_documents().deposer(document.cle, octets, jusqu_au=None, metadonnees={})


def test_an_object_that_cannot_be_read_is_in_the_table(tmp_path, settings, monkeypatch):
    document = creer_archive()

    def panne(*_):
        raise ConnectionError("panne")

    monkeypatch.setattr(type(coffre_des_documents()), "ouvrir", panne)
    with pytest.raises(CommandError, match="1 faute"):
        call_command("reconstruire_documents", "--sans-base", "--vers", str(tmp_path))

    assert csv_de(tmp_path)[document.cle]["constat"] == "illisible ou masqué"


@pytest.mark.parametrize("options", [["--sans-base"], ["--vers", "ici"]])
def test_the_two_options_go_together(options):
    with pytest.raises(CommandError, match="vont ensemble"):
        call_command("reconstruire_documents", *options)


def test_its_progress_is_shown(monkeypatch, capsys):
    monkeypatch.setattr("artjardin.storage.management.commands.reconstruire_documents.PAS", 2)
    for _ in range(3):
        creer_pdf()

    call_command("reconstruire_documents")

    assert "2 documents…" in capsys.readouterr().out
    assert Document.objects.count() == 3
