"""Documents on a real S3 server with Object Lock: written once, kept ten years (G6)."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from django.db import connection

from artjardin.erreurs import Indisponible
from artjardin.storage.depots import S3, depot
from artjardin.storage.models import Document
from artjardin.storage.services import lire, produire
from tests.artjardin.factories import creer_pdf, promettre_pdf
from tests.artjardin.serveurs import client_s3, en_parallele, port_libre, serveur_s3

BUCKET = "documents"


@pytest.fixture(scope="module")
def adresse(tmp_path_factory):
    with serveur_s3(str(tmp_path_factory.mktemp("s3"))) as adresse:
        client_s3(adresse).create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
        yield adresse


@pytest.fixture
def s3(adresse):
    return client_s3(adresse)


@pytest.fixture
def _sur_s3(adresse, settings):
    brancher(settings, adresse)
    settings.DOCUMENT_PRODUCTEURS = {"essai": "tests.artjardin.factories.pdf"}


def brancher(settings, adresse):
    settings.S3_ENDPOINT_URL, settings.S3_BUCKET_DOCUMENTS = adresse, BUCKET
    settings.S3_CLE, settings.S3_SECRET = "essai", "essai"
    depot.cache_clear()


@pytest.mark.django_db
@pytest.mark.usefixtures("_sur_s3")
def test_a_document_is_made_on_s3_and_read_back(s3, settings):
    document = creer_pdf(nom="FAC-1")

    contenu = b"%PDF-1.7 FAC-1.pdf"
    assert (lire(document), document.taille) == (contenu, len(contenu))
    objet = s3.get_object(Bucket=BUCKET, Key=document.cle)
    assert (objet["Body"].read(), objet["ContentType"]) == (contenu, "application/pdf")
    assert not settings.DONNEES_DOCUMENTS.exists()


@pytest.mark.usefixtures("_sur_s3")
def test_an_object_is_never_overwritten(s3):
    depot().ecrire("une/fois.pdf", b"premier")

    depot().ecrire("une/fois.pdf", b"second")

    assert depot().lire("une/fois.pdf") == b"premier"
    versions = s3.list_object_versions(Bucket=BUCKET, Prefix="une/fois.pdf")["Versions"]
    assert len(versions) == 1


@pytest.mark.usefixtures("_sur_s3")
def test_writers_at_once_leave_one_version(s3):
    contenus = [f"rendu {rang}".encode() for rang in range(6)]
    lieu = depot()

    resultats = en_parallele(*(lambda c=c: lieu.ecrire("ensemble.pdf", c) for c in contenus))

    assert resultats == [None] * 6
    assert lieu.lire("ensemble.pdf") in contenus
    assert len(s3.list_object_versions(Bucket=BUCKET, Prefix="ensemble.pdf")["Versions"]) == 1


@pytest.mark.usefixtures("_sur_s3")
def test_the_retention_is_compliance_for_ten_years(s3, settings):
    depot().ecrire("retenu.pdf", b"contenu")

    retenue = s3.get_object_retention(Bucket=BUCKET, Key="retenu.pdf")["Retention"]

    assert retenue["Mode"] == "COMPLIANCE"
    dans_dix_ans = datetime.now(UTC) + timedelta(days=365.25 * settings.S3_RETENTION_ANNEES)
    assert abs(retenue["RetainUntilDate"] - dans_dix_ans) < timedelta(days=3)


@pytest.mark.usefixtures("_sur_s3")
def test_the_version_can_be_neither_deleted_nor_released(s3):
    depot().ecrire("garde.pdf", b"contenu")
    version = s3.head_object(Bucket=BUCKET, Key="garde.pdf")["VersionId"]

    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=BUCKET, Key="garde.pdf", VersionId=version)
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object_retention(
            Bucket=BUCKET,
            Key="garde.pdf",
            VersionId=version,
            Retention={"Mode": "COMPLIANCE", "RetainUntilDate": datetime.now(UTC)},
        )

    assert depot().lire("garde.pdf") == b"contenu"


@pytest.mark.django_db
@pytest.mark.usefixtures("_sur_s3")
def test_the_object_left_by_a_killed_run_is_adopted():
    document = promettre_pdf()
    depot().ecrire(document.cle, b"%PDF-1.7 le premier rendu")

    assert lire(produire(document)) == b"%PDF-1.7 le premier rendu"


@pytest.mark.django_db
@pytest.mark.usefixtures("_sur_s3")
def test_another_version_put_over_it_is_noticed(s3):
    document = creer_pdf()
    s3.put_object(Bucket=BUCKET, Key=document.cle, Body=b"%PDF-1.7 autre")

    with pytest.raises(Indisponible) as refus:
        lire(document)

    assert refus.value.code == "document_altere"


@pytest.mark.usefixtures("_sur_s3")
def test_nothing_under_a_key_is_said():
    with pytest.raises(FileNotFoundError):
        depot().lire("absent.pdf")


@pytest.mark.django_db
def test_a_server_that_does_not_answer_is_unavailable(settings, adresse):
    settings.DOCUMENT_PRODUCTEURS = {"essai": "tests.artjardin.factories.pdf"}
    brancher(settings, adresse)
    document, promis = creer_pdf(), promettre_pdf()
    lieu = S3(client_s3(f"http://127.0.0.1:{port_libre()}"), BUCKET)
    brancher(settings, lieu.client.meta.endpoint_url)

    with pytest.raises(Indisponible) as refus:
        lire(document)
    assert refus.value.code == "depot_injoignable"
    with pytest.raises(Exception, match="Could not connect"):
        produire(promis)

    promis.refresh_from_db()
    assert (promis.essais, promis.est_produit) == (0, False)  # it will be tried again
    assert "EndpointConnectionError" in promis.erreur
    assert Document.objects.filter(pk=document.pk, sha256=document.sha256).exists()
    assert connection.is_usable()


@pytest.mark.usefixtures("_sur_s3")
def test_a_missing_bucket_is_an_error_and_not_a_success(settings):
    settings.S3_BUCKET_DOCUMENTS = "nulle-part"
    depot.cache_clear()

    with pytest.raises(ClientError, match="NoSuchBucket"):
        depot().ecrire("a.pdf", b"contenu")
