"""The check names what is missing, altered, unlocked, covered or unknown, and repairs (Show 2)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from artjardin.audit.models import Entree
from artjardin.storage import depots, survol, verification
from artjardin.storage.coffres import Objet, coffre_des_documents, connexion
from artjardin.storage.models import Archive, Document
from artjardin.storage.services import lire
from artjardin.storage.verification import controler, verifier
from tests.artjardin import serveurs_s3 as pannes
from tests.artjardin.archives import (
    brancher,
    creer_archive,
    distant,
    local,
    retourner_un_octet,
    sur_s3,
)
from tests.artjardin.factories import creer_pdf
from tests.artjardin.serveurs import client_s3, port_libre, serveur_s3
from tests.artjardin.serveurs_s3 import mandataire_s3

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def adresse(tmp_path_factory):
    with serveur_s3(str(tmp_path_factory.mktemp("s3"))) as adresse:
        yield adresse


@pytest.fixture(autouse=True)
def _producteurs(settings):
    settings.DOCUMENT_PRODUCTEURS = {"essai": "tests.artjardin.factories.pdf"}


@pytest.fixture
def seau(settings, adresse, request):
    """A bucket with Object Lock plays the archive."""
    sur_s3(settings, adresse, seau=f"seau-{abs(hash(request.node.name)):x}")
    return settings.S3_BUCKET_DOCUMENTS


def fautes(**options):
    return [str(anomalie) for anomalie in controler(**options).anomalies]


def saine(document):
    """Both copies are right and locked, and a second check finds nothing."""
    archive = Archive.objects.get(document=document)
    coffre = coffre_des_documents()
    assert archive.est_faite
    assert depots.est_intact(document.cle, document.sha256)
    assert coffre.lire(archive.cle, archive.version) == lire(document)
    return fautes() == []


def test_a_sound_archive_has_no_anomaly():
    documents = [creer_archive() for _ in range(3)]

    bilan = controler()

    assert bilan.anomalies == []
    assert (bilan.lus["documents"], bilan.lus["objets"]) == (3, 3)
    for document in documents:
        avant = document.archive.verifie_le
        document.archive.refresh_from_db()
        assert document.archive.verifie_le > avant


def test_one_byte_of_the_local_copy_is_found_and_repaired():
    document = creer_archive()
    creer_archive()
    retourner_un_octet(local(document))

    assert fautes() == [f"{document.cle} : copie locale altérée, réparée depuis l'archive"]

    assert saine(document)
    assert Entree.objects.get(action="archive.reparee").objet_id == document.pk


def test_one_byte_of_the_archived_copy_is_found_and_repaired():
    document = creer_archive()
    autre = creer_archive()
    retourner_un_octet(distant(document))

    assert fautes() == [
        f"{document.cle} : archive : l'objet est altéré, réparé depuis une bonne copie"
    ]

    archive = Archive.objects.get(document=document)
    assert archive.cle != document.cle  # the altered object stays where it is, as evidence
    assert archive.ecartees == [{"cle": document.cle, "version": "", "faute": "l'objet est altéré"}]
    assert saine(document)
    assert saine(autre)
    entree = Entree.objects.get(action="archive.reparee")
    assert (entree.objet_id, entree.details["copie"]) == (document.pk, "archive")


def test_a_missing_local_copy_is_found_and_repaired():
    document = creer_archive()
    local(document).unlink()

    assert fautes() == [f"{document.cle} : copie locale absente, réparée depuis l'archive"]
    assert saine(document)


def test_a_missing_object_is_found_even_out_of_the_sample():
    document = creer_archive()
    distant(document).unlink()

    assert fautes(echantillon=0) == [
        f"{document.cle} : archive : l'objet a disparu, réparé depuis une bonne copie"
    ]
    assert saine(document)
    assert Archive.objects.get().cle == document.cle


def test_a_truncated_object_is_found_even_out_of_the_sample():
    document = creer_archive()
    distant(document).chmod(0o600)
    distant(document).write_bytes(b"%PDF")

    assert "l'objet est altéré" in fautes(echantillon=0)[0]
    assert saine(document)


@pytest.mark.parametrize("abimer_l_archive", [lambda f: f.unlink(), retourner_un_octet])
def test_both_copies_lost_is_an_anomaly_every_night_until_one_comes_back(abimer_l_archive):
    document = creer_archive()
    bon = lire(document)
    retourner_un_octet(local(document))
    abimer_l_archive(distant(document))

    for nuit in range(2):
        dites = " ".join(fautes(echantillon=2 if nuit == 0 else 0))
        assert document.cle in dites
        assert "l'archive n'en a pas de bonne" in dites
    assert Archive.objects.get().etat == "defaut"

    depots.ecarter(document.cle)
    depots.ecrire(document.cle, bon)
    assert fautes() == []
    assert saine(document)


def test_lost_metadata_of_the_folder_are_found():
    document = creer_archive()
    distant(document).with_name(f"{distant(document).name}.meta.json").unlink()

    assert fautes() == [
        f"{document.cle} : archive : les métadonnées sont perdues, réparé depuis une bonne copie"
    ]
    archive = Archive.objects.get()
    assert coffre_des_documents().etat(archive.cle).metadonnees["numero"] == document.numero
    assert saine(document)


def test_an_object_put_over_ours_is_told_once_and_ours_still_counts(seau, adresse):
    document = creer_archive()
    client_s3(adresse).put_object(Bucket=seau, Key=document.cle, Body=b"%PDF d'un autre")

    assert fautes() == [f"{document.cle} : recouvert dans l'archive par une autre version"]

    assert fautes() == []
    assert Entree.objects.filter(action="archive.recouverte").count() == 1
    local(document).unlink()
    assert lire(document) == f"%PDF-1.7 {document.nom}".encode()


def test_a_version_that_disappeared_is_archived_again(seau):
    document = creer_archive()
    Archive.objects.update(version="jamais-vue")

    [faute] = fautes(echantillon=0)

    assert "a disparu, réparé" in faute
    assert saine(document)


def test_a_lock_that_ends_too_early_is_found_and_put_back(seau, settings):
    document = creer_archive()
    promis = timezone.now().replace(microsecond=0) + timedelta(days=365 * 20)
    Archive.objects.update(verrouille_jusqu_au=promis)

    [faute] = fautes()

    assert "finit trop tôt" in faute
    assert faute.endswith("Reverrouillé.")
    assert coffre_des_documents().etat(document.cle).verrouille_jusqu_au == promis
    assert Entree.objects.filter(action="archive.reverrouillee").count() == 1
    assert saine(document)


def test_a_lock_that_cannot_be_put_back_is_said(seau, settings, adresse):
    creer_archive()
    promis = timezone.now() + timedelta(days=365 * 20)
    Archive.objects.update(verrouille_jusqu_au=promis)
    with mandataire_s3(adresse, {"PUT retention": pannes.erreur(403, "AccessDenied")}) as proxy:
        brancher(settings, proxy.url)

        [faute] = fautes()

    assert "Non reverrouillé" in faute


@pytest.mark.parametrize("lieu", ["dossier", "seau"])
def test_a_longer_retention_prolongs_what_is_archived(lieu, settings, request):
    if lieu == "seau":
        request.getfixturevalue("seau")
    document = creer_archive(le=date(2026, 6, 1))
    settings.S3_RETENTION_ANNEES = 12

    bilan = controler()

    assert (bilan.anomalies, bilan.lus["prolonges"]) == ([], 1)
    attendu = datetime(2038, 6, 1, 22, tzinfo=UTC)
    assert coffre_des_documents().etat(document.cle).verrouille_jusqu_au == attendu
    assert Archive.objects.get().verrouille_jusqu_au == attendu
    settings.S3_RETENTION_ANNEES = 5
    assert controler().lus["prolonges"] == 0
    assert coffre_des_documents().etat(document.cle).verrouille_jusqu_au == attendu


def test_an_object_that_no_row_knows_is_named_once_it_is_not_young(monkeypatch):
    coffre_des_documents().deposer(
        "2026/05/facture/FAC-9.pdf", b"%PDF perdu", jusqu_au=None, metadonnees={}
    )
    assert fautes() == []

    monkeypatch.setattr(survol, "EN_COURS", timedelta(0))
    monkeypatch.setattr(verification, "MONTREES", 1)
    coffre_des_documents().deposer("2026/05/a/b.pdf", b"%PDF", jusqu_au=None, metadonnees={})
    coffre_des_documents().deposer(
        "index/2026/05/01-index.json", b"", jusqu_au=None, metadonnees={}
    )

    assert fautes() == [
        f"2026/05/a/b.pdf : {survol.INCONNU}",
        "archive : 1 autres objets inconnus de la base",
    ]


def test_the_key_of_a_document_that_is_not_archived_yet_is_known(monkeypatch):
    monkeypatch.setattr(survol, "EN_COURS", timedelta(0))
    document = creer_pdf()
    coffre_des_documents().deposer(
        document.cle, depots.lire(document.cle), jusqu_au=None, metadonnees={}
    )

    assert fautes(echantillon=0) == []


class Catalogue:
    """A store of which only the listing is asked."""

    def __init__(self, *objets):
        self.objets = objets

    def lister(self, prefixe):
        return iter(self.objets)


def test_a_delete_marker_over_ours_is_named():
    document = creer_archive()
    Archive.objects.update(version="v1")
    avant = timezone.now() - timedelta(days=2)
    coffre = Catalogue(
        Objet(document.cle, "m1", 0, avant, est_marqueur=True, est_courant=True),
        Objet(document.cle, "v1", document.taille, avant, est_courant=False),
        Objet("2026/07/essai/z.pdf", "m2", 0, avant, est_marqueur=True),
    )
    lus = {"objets": 0}

    constats = list(survol.survoler(coffre, lus))

    assert [(un.cle, un.faute) for un in constats] == [(document.cle, survol.MASQUE)]
    assert lus["objets"] == 1


def test_a_document_late_for_its_archive_is_an_anomaly(settings, monkeypatch):
    documents = [creer_pdf() for _ in range(3)]
    Archive.objects.filter(document=documents[0]).update(erreur="ConnectionError : panne")
    monkeypatch.setattr(verification, "RETARD", timedelta(0))
    monkeypatch.setattr(verification, "MONTREES", 2)

    dites = fautes(echantillon=0)

    assert len(dites) == 3
    assert dites[0].startswith(f"{documents[0].cle} : pas archivé depuis le ")
    assert dites[0].endswith("ConnectionError : panne")
    assert dites[1].endswith("pas encore essayé")
    assert dites[2] == "archive : 1 autres documents ne sont pas archivés"


def test_a_check_of_everything_archives_what_is_not():
    document = creer_pdf()

    assert fautes(echantillon=None) == []

    assert saine(document)


def test_a_document_with_only_its_archive_right_is_repaired_while_it_is_archived():
    document = creer_archive()
    Archive.objects.update(etat="a_faire")
    retourner_un_octet(local(document))

    [anomalie] = verifier(Archive.objects.get())

    assert anomalie.faute == "copie locale altérée, réparée depuis l'archive"
    assert saine(document)


def test_a_document_whose_repair_has_no_room_is_said(settings, monkeypatch):
    document = creer_archive()
    local(document).unlink()

    def plein(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(depots, "ecrire", plein)

    assert "non réparée : Le disque est plein" in fautes()[0]


def test_the_sample_covers_all_over_time():
    documents = [creer_archive() for _ in range(9)]
    nuits = 0
    debut = timezone.now()

    while Archive.objects.filter(verifie_le__lt=debut).exists():
        controler(echantillon=3)
        nuits += 1

    assert nuits <= 5  # two of the oldest each night, and one at random
    assert len(documents) == 9


def test_only_what_was_made_since_a_day_is_read():
    creer_archive()
    demain = timezone.localdate() + timedelta(days=1)

    assert controler(depuis=demain).lus["documents"] == 0
    assert controler(depuis=timezone.localdate()).lus["documents"] == 1


def test_an_archive_out_of_reach_is_an_error_and_alters_nothing(
    settings, adresse, seau, monkeypatch
):
    monkeypatch.setattr(connexion, "ESSAIS", 1)
    for _ in range(4):
        creer_archive()
    with mandataire_s3(adresse, {"GET": pannes.erreur(500, "InternalError")}) as proxy:
        brancher(settings, proxy.url)
        proxy.pannes["GET versions"] = proxy.pannes.pop("GET")
        with pytest.raises(ConnectionError):
            controler()
        proxy.pannes = {"GET versions": lambda d, t: t(d), "GET": pannes.erreur(500, "Panne")}
        with pytest.raises(ConnectionError, match="ne répond plus"):
            controler()
        [premier, *_] = Document.objects.all()
        [anomalie] = verifier(premier.archive)
        assert "illisible (ConnectionError" in anomalie.faute

    assert Archive.objects.faites().count() == 4
    brancher(settings, adresse)
    assert fautes() == []


def test_the_command_says_what_it_read_and_fails_with_names(capsys):
    document = creer_archive()

    call_command("verifier_archives")
    assert "1 documents relus, 1 objets listés : rien ne manque" in capsys.readouterr().out
    retourner_un_octet(distant(document))
    with pytest.raises(CommandError, match="1 anomalie"):
        call_command("verifier_archives", "--echantillon", "5", "--depuis", "2026-01-01")

    assert f"{document.cle} : archive : l'objet est altéré" in capsys.readouterr().err


def test_the_command_says_that_the_archive_does_not_answer(settings):
    settings.S3_CLE = settings.S3_SECRET = "essai"
    brancher(settings, f"http://127.0.0.1:{port_libre()}")

    with pytest.raises(CommandError, match="ne répond pas"):
        call_command("verifier_archives")
