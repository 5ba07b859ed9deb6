"""The archive over HTTP and in the admin: its state, a check on request, one more try."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from artjardin.audit.models import Entree, Execution
from artjardin.storage import tasks
from artjardin.storage.coffres import coffre_des_documents
from artjardin.storage.index import lire_les_index
from artjardin.storage.models import Archive, Document
from ops import archives
from ops.tasks import rattraper_les_archives
from tests.artjardin.archives import (
    brancher,
    creer_archive,
    distant,
    local,
    retourner_un_octet,
)
from tests.artjardin.factories import creer_pdf, promettre_pdf
from tests.artjardin.navigateur import messages_de, ouvrir, page
from tests.artjardin.serveurs import port_libre
from tests.clients.factories import creer_client

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _producteurs(settings):
    settings.DOCUMENT_PRODUCTEURS = {
        "essai": "tests.artjardin.factories.pdf",
        "impossible": "tests.artjardin.factories.pdf_impossible",
    }


@pytest.fixture
def abandonne():
    document = promettre_pdf(genre="impossible")
    Document.objects.filter(pk=document.pk).update(essais=10, erreur="ValueError: police")
    document.refresh_from_db()
    return document


def lister(http, **filtres):
    reponse = http.get("/api/v1/archives/", filtres)
    assert reponse.status_code == 200
    return [ligne["id"] for ligne in reponse.json()["results"]]


def test_the_list_shows_and_filters_the_state_of_the_archives(http):
    fait = creer_archive(le=date(2026, 6, 1))
    a_faire = creer_pdf(le=date(2026, 7, 1))
    promis = promettre_pdf(le=date(2026, 8, 1))
    jour = timezone.localdate().isoformat()

    assert lister(http) == [promis.pk, a_faire.pk, fait.pk]
    assert lister(http, etat="archive") == [fait.pk]
    assert lister(http, etat="a_faire") == [a_faire.pk]
    assert lister(http, archive_du=jour, archive_au=jour) == [fait.pk]
    assert lister(http, du="2026-07-01", au="2026-07-31") == [a_faire.pk]
    assert http.get("/api/v1/archives/", {"etat": "perdu"}).status_code == 400
    detail = http.get(f"/api/v1/archives/{fait.pk}/").json()
    assert detail["archive"]["etat"] == "archive"
    assert detail["archive"]["verrouille_jusqu_au"].startswith("2036-06-0")
    assert http.get(f"/api/v1/archives/{promis.pk}/").json()["archive"] is None


def test_the_list_costs_the_same_whatever_its_length(http):
    def requetes():
        with CaptureQueriesContext(connection) as mesure:
            lister(http)
        return len(mesure)

    creer_archive()
    seule = requetes()
    for _ in range(5):
        creer_archive()

    assert requetes() == seule


def test_a_check_on_request_repairs_and_tells(
    http, django_capture_on_commit_callbacks, monkeypatch
):
    document = creer_archive()
    retourner_un_octet(distant(document))
    monkeypatch.setattr(tasks.verifier_document, "delay_on_commit", tasks.verifier_document)

    reponse = http.post(f"/api/v1/archives/{document.pk}/verifier/")

    assert reponse.status_code == 202
    archive = http.get(f"/api/v1/archives/{document.pk}/").json()["archive"]
    assert archive["etat"] == "archive"
    assert archive["erreur"] == "archive : l'objet est altéré, réparé depuis une bonne copie"
    entree = Entree.objects.get(action="archive.verification_demandee")
    assert (entree.objet_id, entree.acteur_nom) == (document.pk, "Claire Moreau")


def test_a_document_that_is_not_made_cannot_be_checked(http):
    promis = promettre_pdf()

    reponse = http.post(f"/api/v1/archives/{promis.pk}/verifier/")

    assert (reponse.status_code, reponse.json()["code"]) == (409, "document_promis")
    assert not Entree.objects.filter(action="archive.verification_demandee").exists()


def test_a_document_given_up_is_tried_again(http, abandonne):
    reponse = http.post(f"/api/v1/archives/{abandonne.pk}/reessayer/")
    encore = http.post(f"/api/v1/archives/{abandonne.pk}/reessayer/")

    assert (reponse.status_code, reponse.json()["essais"]) == (200, 0)
    assert (encore.status_code, encore.json()["code"]) == (409, "document_non_abandonne")


def test_the_accountant_reads_and_the_employee_sees_nothing(connecter, comptable, employe):
    document = creer_archive()
    chemin = f"/api/v1/archives/{document.pk}/"

    assert connecter(comptable).get(f"{chemin}telecharger/").status_code == 200
    for http in (connecter(comptable), connecter(employe)):
        for action in ("verifier", "reessayer"):
            assert http.post(f"{chemin}{action}/").status_code == 403
    assert connecter(employe).get(chemin).status_code == 403
    assert not Entree.objects.filter(action="archive.verification_demandee").exists()


def test_a_download_is_served_by_the_archive_when_the_local_file_is_gone(http):
    document = creer_archive()
    local(document).unlink()

    reponse = http.get(f"/api/v1/archives/{document.pk}/telecharger/")

    assert reponse.content == f"%PDF-1.7 {document.nom}".encode()
    assert reponse["ETag"] == f'"{document.sha256}"'


@pytest.mark.parametrize(
    ("etat", "attendu"),
    [
        ("promis", "En préparation"),
        ("abandonne", "Abandonné"),
        ("a_faire", "À archiver"),
        ("archive", "Archivé"),
        ("constat", "Archivé, à voir"),
        ("defaut", "En défaut"),
    ],
)
def test_the_admin_shows_the_state(patron, etat, attendu):
    document = promettre_pdf() if etat in {"promis", "abandonne"} else creer_archive()
    if etat == "abandonne":
        Document.objects.update(essais=10)
    if etat in {"a_faire", "defaut"}:
        Archive.objects.update(etat=etat)
    if etat == "constat":
        Archive.objects.update(erreur="copie locale altérée, réparée depuis l'archive")

    navigateur = ouvrir(patron)

    assert attendu in navigateur.get(page(document, "changelist")).content.decode()
    fiche = navigateur.get(page(document)).content.decode()
    assert attendu in fiche
    assert "sans valeur d" in fiche  # what plays the archive says that it is not legal WORM


def test_the_admin_asks_for_a_check(patron, monkeypatch):
    document = creer_archive()
    demandes = []
    monkeypatch.setattr(tasks.verifier_document, "delay_on_commit", demandes.append)

    reponse = ouvrir(patron).post(page(document, "verifier"), follow=True)

    assert demandes == [document.pk]
    assert messages_de(reponse) == ["La vérification commence ; cette page dira ce qu'elle trouve."]


def test_the_admin_offers_one_more_try_only_for_what_was_given_up(patron, abandonne):
    navigateur = ouvrir(patron)
    assert page(abandonne, "reessayer") in navigateur.get(page(abandonne)).content.decode()
    autre = creer_archive()
    assert page(autre, "reessayer") not in navigateur.get(page(autre)).content.decode()

    navigateur.post(page(abandonne, "reessayer"))

    abandonne.refresh_from_db()
    assert abandonne.essais == 0
    assert Entree.objects.filter(action="document.a_reessayer").count() == 1


def test_the_daily_catch_up_archives_and_writes_yesterdays_index():
    client = creer_client(nom="Lefèvre", prenom="Élodie")
    hier = timezone.now() - timezone.timedelta(days=1)
    ancien = creer_archive(client=client.pk)
    Archive.objects.update(archive_le=hier)
    neuf = creer_pdf(client=client.pk)

    rattraper_les_archives()

    execution = Execution.objects.get(tache="archives.rattrapage")
    assert execution.resultat == "reussi"
    assert execution.compteurs == {
        "nouveaux": 0, "restes": 0, "archives": 1, "echecs": 0, "index": 1,
    }  # fmt: skip
    lignes = lire_les_index(coffre_des_documents())
    assert list(lignes) == [ancien.cle]
    assert lignes[ancien.cle]["nom_client"] == client.designation
    assert Archive.objects.get(document=neuf).est_faite


def test_an_index_that_cannot_be_written_leaves_a_partial_run(settings, monkeypatch):
    creer_archive()
    settings.S3_CLE = settings.S3_SECRET = "essai"

    def panne(**_):
        raise ConnectionError("panne")

    monkeypatch.setattr(archives.index, "ecrire_les_index", panne)

    archives.rattraper_les_archives()

    execution = Execution.objects.get(tache="archives.rattrapage")
    assert (execution.resultat, "ConnectionError" in execution.erreur) == ("partiel", True)


def test_a_store_out_of_reach_fails_the_catch_up_and_nothing_else(settings):
    document = creer_pdf()
    settings.S3_CLE = settings.S3_SECRET = "essai"
    brancher(settings, f"http://127.0.0.1:{port_libre()}")

    with pytest.raises(ConnectionError):
        archives.rattraper_les_archives()

    assert Execution.objects.get(tache="archives.rattrapage").resultat == "echec"
    assert Archive.objects.get(document=document).essais == 0


def test_a_check_on_request_makes_the_row_that_an_old_document_lacks():
    document = creer_pdf()

    tasks.verifier_document(document.pk)

    assert Archive.objects.get(document=document).est_faite
