"""The sweep: archived only once read back, whatever the server does (G6)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from artjardin.audit.models import Entree, Execution
from artjardin.storage import depots, tasks
from artjardin.storage.coffres import coffre_des_documents, connexion
from artjardin.storage.models import Archive, Document
from artjardin.storage.services import archivage, archiver_les_documents, lire, rattraper
from artjardin.storage.services.copies import conserver_jusqu_au, metadonnees
from tests.artjardin import serveurs_s3 as pannes
from tests.artjardin.archives import (
    brancher,
    local,
    oublier_les_archives,
    retourner_un_octet,
    sur_s3,
    une_minute_plus_tard,
)
from tests.artjardin.factories import CLIENT, creer_pdf, promettre_pdf
from tests.artjardin.serveurs import port_libre, serveur_s3
from tests.artjardin.serveurs_s3 import mandataire_s3, une_fois

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def adresse(tmp_path_factory):
    with serveur_s3(str(tmp_path_factory.mktemp("s3"))) as adresse:
        yield adresse


@pytest.fixture(autouse=True)
def _sur_s3(adresse, settings, request):
    """Each test has its own bucket."""
    settings.DOCUMENT_PRODUCTEURS = {"essai": "tests.artjardin.factories.pdf"}
    sur_s3(settings, adresse, seau=f"seau-{abs(hash(request.node.name)):x}")


@pytest.fixture
def proxy(adresse, settings, monkeypatch):
    """What stands between us and the server; it does nothing by itself."""
    monkeypatch.setattr(connexion, "ATTENTE", 1)
    monkeypatch.setattr(connexion, "ESSAIS", 1)
    with mandataire_s3(adresse) as plan:
        brancher(settings, plan.url)
        yield plan


def versions(document):
    return list(coffre_des_documents().lister(document.cle[:-4]))


def test_a_document_is_archived_locked_and_read_back(settings):
    document = creer_pdf(nom="FAC-2026-0012", le=date(2026, 6, 1))

    assert archiver_les_documents() == {"archives": 1, "echecs": 0}

    archive, coffre = Archive.objects.get(), coffre_des_documents()
    etat = coffre.etat(document.cle, archive.version)
    assert (archive.etat, archive.cle, archive.sha256) == ("archive", document.cle, document.sha256)
    assert etat.verrouille_jusqu_au == archive.verrouille_jusqu_au
    assert etat.verrouille_jusqu_au == datetime(2036, 6, 1, 22, tzinfo=UTC)  # midnight in Paris
    assert etat.metadonnees == {
        "client": str(CLIENT), "type": "essai", "numero": "FAC-2026-0012", "date": "2026-06-01",
        "sha256": document.sha256,
    }  # fmt: skip
    assert coffre.lire(document.cle) == lire(document)
    assert archiver_les_documents() == {}
    execution = Execution.objects.get(tache="archives.balayage")
    assert (execution.resultat, execution.compteurs["archives"]) == ("reussi", 1)


def test_an_accented_number_survives(settings):
    document = creer_pdf(nom="relevé Élodie")

    archiver_les_documents()

    etat = coffre_des_documents().etat(document.cle)
    assert etat.metadonnees["numero"] == "relevé_Élodie"


LIES = {
    "500": ("PUT", pannes.erreur(500, "InternalError")),
    "ralentissez": ("PUT", pannes.erreur(503, "SlowDown")),
    "verrou refusé": ("PUT", pannes.refuser_le_verrou),
    "200 et rien": ("PUT", pannes.mentir),
    "coupé avant": ("PUT", pannes.couper),
    "trop lent": ("PUT", pannes.lentement(1.5)),
    "autres octets": ("GET", pannes.autres_octets),
    "tronqué": ("GET", pannes.tronquer),
    "lecture refusée": ("GET", pannes.erreur(403, "AccessDenied")),
}


@pytest.mark.parametrize("cas", LIES)
def test_what_cannot_be_read_back_is_not_archived_and_is_tried_again(proxy, cas, caplog):
    document = creer_pdf()
    quoi, panne = LIES[cas]
    proxy.pannes[quoi] = panne

    assert archiver_les_documents() == {"archives": 0, "echecs": 1}

    archive = Archive.objects.get()
    assert (archive.etat, archive.sha256, archive.archive_le) == ("a_faire", "", None)
    assert (archive.essais, bool(archive.erreur)) == (1, True)
    assert archive.prochain_essai_le > timezone.now()
    assert f"{document.cle} non archivé" in caplog.text
    assert Execution.objects.get().resultat in {"partiel", "echec"}
    assert archiver_les_documents() == {}  # not before its time

    proxy.pannes.clear()
    assert une_minute_plus_tard() == {"archives": 1, "echecs": 0}

    archive.refresh_from_db()
    assert (archive.etat, archive.erreur, archive.essais) == ("archive", "", 0)
    assert {objet.cle for objet in versions(document)} == {document.cle}


def test_a_lock_dropped_in_silence_is_noticed_then_put(proxy):
    document = creer_pdf()
    proxy.pannes["PUT"] = pannes.sans_verrou

    archiver_les_documents()

    assert Archive.objects.get().erreur == f"L'archive n'a pas verrouillé {document.cle}."
    proxy.pannes.clear()
    une_minute_plus_tard()
    archive = Archive.objects.get()
    assert archive.etat == "archive"
    assert archive.verrouille_jusqu_au == conserver_jusqu_au(document.date)
    assert len(versions(document)) == 1


def test_an_answer_lost_after_the_writing_doubles_nothing(proxy):
    document = creer_pdf()
    proxy.pannes["PUT"] = une_fois(pannes.couper_apres)

    archiver_les_documents()
    assert Archive.objects.get().etat == "a_faire"
    une_minute_plus_tard()

    assert Archive.objects.get().etat == "archive"
    assert len(versions(document)) == 1


def test_an_archive_out_of_reach_costs_no_document_an_attempt(settings, caplog):
    documents = [creer_pdf() for _ in range(3)]
    adresse = settings.S3_ENDPOINT_URL
    brancher(settings, f"http://127.0.0.1:{port_libre()}")

    assert archiver_les_documents() == {"archives": 0, "echecs": 0}

    assert "L'archive ne répond pas" in caplog.text
    assert Execution.objects.get().resultat == "echec"
    assert set(Archive.objects.values_list("essais", "etat")) == {(0, "a_faire")}
    assert archiver_les_documents() == {}
    brancher(settings, adresse)
    assert une_minute_plus_tard() == {"archives": len(documents), "echecs": 0}


def test_a_server_that_goes_down_meanwhile_stops_the_sweep(proxy):
    for _ in range(50):
        creer_pdf()
    proxy.pannes["PUT"] = pannes.couper

    comptes = archiver_les_documents()

    assert comptes["archives"] == 0
    assert comptes["echecs"] == 40  # one slice, and the others wait
    assert Archive.objects.dues().count() == 0
    assert Execution.objects.get().resultat == "echec"


def test_the_waiting_grows_up_to_six_hours(proxy):
    creer_pdf()
    proxy.pannes["PUT"] = pannes.refuser_le_verrou
    attentes = []
    for _ in range(11):
        une_minute_plus_tard()
        attente = Archive.objects.get().prochain_essai_le - timezone.now()
        attentes.append(round(attente / timedelta(minutes=1)))

    assert attentes == [1, 2, 4, 8, 16, 32, 64, 128, 256, 360, 360]


def test_a_clock_gone_mad_locks_nothing(time_machine_a, settings):
    creer_pdf()
    time_machine_a(datetime(2106, 1, 1, tzinfo=UTC))
    Archive.objects.update(prochain_essai_le=datetime(2026, 1, 1, tzinfo=UTC))

    archiver_les_documents()

    archive = Archive.objects.get()
    assert (archive.etat, archive.essais) == ("a_faire", 0)
    assert "L'horloge de cette machine" in archive.erreur
    assert list(coffre_des_documents().lister("")) == []


def test_an_old_document_is_locked_for_a_year_at_least():
    document = creer_pdf(le=date(2009, 3, 15))

    archiver_les_documents()

    reste = coffre_des_documents().etat(document.cle).verrouille_jusqu_au - timezone.now()
    assert timedelta(days=364) < reste < timedelta(days=366)


def test_another_content_under_its_key_is_left_and_it_gets_a_key_of_its_own(caplog):
    document, coffre = creer_pdf(), coffre_des_documents()
    coffre.deposer(document.cle, b"%PDF avant la panne", jusqu_au=None, metadonnees={})

    archiver_les_documents()

    archive = Archive.objects.get()
    assert archive.cle == f"{document.cle[:-4]}~{document.sha256[:8]}.pdf"
    assert coffre.lire(document.cle) == b"%PDF avant la panne"
    assert coffre.lire(archive.cle) == lire(document)
    entree = Entree.objects.get(action="archive.clef_prise")
    assert entree.details == {"cle": document.cle, "sous": archive.cle}
    assert "porte un autre contenu" in caplog.text


def test_both_keys_taken_by_others_is_an_error():
    document, coffre = creer_pdf(), coffre_des_documents()
    for cle in (document.cle, f"{document.cle[:-4]}~{document.sha256[:8]}.pdf"):
        coffre.deposer(cle, b"%PDF autre", jusqu_au=None, metadonnees={})

    archiver_les_documents()

    assert "portent d'autres contenus" in Archive.objects.get().erreur


def test_documents_made_before_the_archive_are_taken_in():
    ici, la_bas, partout, perdu = (creer_pdf() for _ in range(4))
    oublier_les_archives()
    coffre = coffre_des_documents()
    for document in (la_bas, partout, perdu):
        coffre.deposer(document.cle, depots.lire(document.cle), jusqu_au=None, metadonnees={})
    for document in (la_bas, perdu):
        depots._fichier(document.cle).unlink()
    version = coffre.etat(perdu.cle).version
    coffre.supprimer(perdu.cle, version)

    assert rattraper() == {"nouveaux": 4, "restes": 0}
    assert rattraper()["nouveaux"] == 0
    assert archiver_les_documents() == {"archives": 3, "echecs": 1}

    assert set(Archive.objects.faites().values_list("document", flat=True)) == {
        ici.pk, la_bas.pk, partout.pk,
    }  # fmt: skip
    assert depots.lire(la_bas.cle) == lire(la_bas)
    echec = Archive.objects.get(document=perdu)
    assert echec.erreur == "La copie locale est absente et l'archive n'en a pas de bonne."
    for document in (ici, la_bas, partout):
        assert coffre.etat(document.cle).verrouille_jusqu_au == conserver_jusqu_au(document.date)


def test_an_old_row_has_the_last_day_of_the_month_of_its_key():
    document = Document(cle="2024/02/facture/F-1.pdf", client_ref=3, type="facture")

    assert document.date == date(2024, 2, 29)
    assert metadonnees(document)["date"] == "2024-02-29"


def test_an_altered_local_file_is_put_aside_and_the_archive_serves(settings):
    document = creer_pdf()
    archiver_les_documents()
    Archive.objects.update(etat="a_faire")
    retourner_un_octet(local(document))

    assert une_minute_plus_tard() == {"archives": 1, "echecs": 0}

    assert depots.est_intact(document.cle, document.sha256)
    assert len(list((settings.DONNEES_DOCUMENTS / ".alteres").rglob("*.pdf.*"))) == 1
    assert Entree.objects.get(action="archive.reparee").details["faute"] == "altérée"


def test_one_document_that_breaks_stops_no_other(monkeypatch):
    casse, bon = creer_pdf(), creer_pdf()
    vrai = archivage.deposer

    def deposer(coffre, document, contenu):
        if document.pk == casse.pk:
            raise ValueError("imprévu")
        return vrai(coffre, document, contenu)

    monkeypatch.setattr(archivage, "deposer", deposer)

    assert archiver_les_documents() == {"archives": 1, "echecs": 1}

    assert Archive.objects.get(document=bon).est_faite
    assert Archive.objects.get(document=casse).erreur == "ValueError : imprévu"
    assert str(Archive.objects.get(document=bon)) == f"Archive de {bon.nom}"


def test_the_worker_makes_one_document_then_archives_it():
    document = promettre_pdf()

    tasks.produire_document(document.pk)
    tasks.archiver()

    assert Archive.objects.get(document=document).est_faite
