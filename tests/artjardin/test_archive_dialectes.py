"""What is really sent to each provider, and what its settings refuse."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from artjardin.storage import dialectes
from artjardin.storage.coffres import DejaDepose, coffre_des_documents, connexion, morceaux, seau
from tests.artjardin import serveurs_s3 as pannes
from tests.artjardin.archives import brancher
from tests.artjardin.serveurs import client_s3, serveur_s3
from tests.artjardin.serveurs_s3 import Reponse, mandataire_s3, signe_par

TARD = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3650)
CONTENU = b"%PDF-1.7 contrat"
MD5 = base64.b64encode(hashlib.md5(CONTENU, usedforsecurity=False).digest()).decode()
SHA256 = base64.b64encode(hashlib.sha256(CONTENU).digest()).decode()


@pytest.fixture(scope="module")
def adresse(tmp_path_factory):
    with serveur_s3(str(tmp_path_factory.mktemp("s3"))) as adresse:
        for nom in ("documents", "avec.point"):
            client_s3(adresse).create_bucket(Bucket=nom, ObjectLockEnabledForBucket=True)
        yield adresse


@pytest.fixture
def parler(adresse, settings):
    """`parler("aws")`: the store of this dialect, and what it sends."""
    with mandataire_s3(adresse) as proxy:

        def choisir(nom, **voulus):
            settings.S3_CLE = settings.S3_SECRET = "essai"
            settings.S3_BUCKET_DOCUMENTS = voulus.pop("seau", "documents")
            settings.S3_DIALECTE = nom
            for clef, dit in voulus.items():
                setattr(settings, f"S3_{clef.upper()}", dit)
            brancher(settings, proxy.url)
            return coffre_des_documents(), proxy

        yield choisir


def deposer(coffre, cle, contenu=CONTENU):
    return coffre.deposer(cle, contenu, jusqu_au=TARD, metadonnees={"nom": "Élodie"})


def envoyees(proxy, quoi):
    return [
        {nom.lower(): valeur for nom, valeur in demande.entetes.items()}
        for demande in proxy.demandes
        if demande.est(quoi)
    ]


ATTENDUS = {
    "aws": {"x-amz-checksum-sha256": SHA256, "x-amz-server-side-encryption": "AES256"},
    "scaleway": {"content-md5": MD5},
    "ovh": {"content-md5": MD5, "x-amz-server-side-encryption": "AES256"},
    "garage": {"content-md5": MD5},
    "minio": {"x-amz-checksum-sha256": SHA256},
}
SURVEILLES = {
    "content-md5", "x-amz-server-side-encryption", "if-none-match", "x-amz-object-lock-mode",
    "x-amz-sdk-checksum-algorithm", "x-amz-trailer", "content-encoding", "transfer-encoding",
}  # fmt: skip


@pytest.mark.parametrize("nom", dialectes.CONNUS)
def test_each_provider_is_sent_what_it_understands_and_nothing_else(parler, nom):
    coffre, proxy = parler(nom)
    dialecte = dialectes.CONNUS[nom]

    deposer(coffre, f"contrat/{nom}.pdf")

    [entetes] = envoyees(proxy, "PUT")
    attendus = dict(ATTENDUS[nom])
    if dialecte.verrou:
        attendus["x-amz-object-lock-mode"] = "COMPLIANCE"
        assert entetes["x-amz-object-lock-retain-until-date"].startswith(f"{TARD:%Y-%m-%dT%H:%M}")
    if dialecte.conditionnel:
        attendus["if-none-match"] = "*"
    suivis = {n for n in entetes if n in SURVEILLES or n.startswith("x-amz-checksum-")}
    assert {n: entetes[n] for n in suivis} == attendus
    assert entetes["x-amz-content-sha256"] == hashlib.sha256(CONTENU).hexdigest()
    assert entetes["x-amz-meta-nom"] == "%C3%89lodie"
    assert entetes["content-type"] == "application/pdf"
    [demande] = [d for d in proxy.demandes if d.est("PUT")]
    assert {"x-amz-content-sha256", "host"} <= signe_par(demande)
    assert [d.methode for d in proxy.demandes] == (
        ["PUT"] if dialecte.conditionnel else ["HEAD", "HEAD", "PUT"]
    )


@pytest.mark.parametrize("nom", [n for n, d in dialectes.CONNUS.items() if d.verrou])
def test_each_part_and_each_retention_bears_its_own_checksum(parler, nom, tmp_path, monkeypatch):
    monkeypatch.setattr(seau, "GROS", 6 * 2**20)
    monkeypatch.setattr(morceaux, "MORCEAU", 5 * 2**20)
    coffre, proxy = parler(nom)
    fichier = tmp_path / "gros"
    fichier.write_bytes(b"x" * 7 * 2**20)

    deposer(coffre, f"morceaux/{nom}.bin", fichier)

    controle = (
        "content-md5" if dialectes.CONNUS[nom].controles == "md5" else "x-amz-checksum-sha256"
    )
    morceaux_envoyes = envoyees(proxy, "PUT partNumber")
    assert len(morceaux_envoyes) == 2
    for entetes in morceaux_envoyes:
        assert controle in entetes
        assert not {"x-amz-trailer", "x-amz-checksum-crc32"} & set(entetes)
    [ouverture] = envoyees(proxy, "POST uploads")
    assert ouverture["x-amz-object-lock-mode"] == "COMPLIANCE"
    for entetes in envoyees(proxy, "PUT retention"):
        assert ("x-amz-checksum-crc32" in entetes) == (controle != "content-md5")
        assert ("content-md5" in entetes) == (controle == "content-md5")
    assert coffre.etat(f"morceaux/{nom}.bin").verrouille_jusqu_au == TARD


def test_a_changed_byte_on_the_way_is_refused_by_the_server(parler, monkeypatch):
    monkeypatch.setattr(connexion, "ESSAIS", 1)
    coffre, proxy = parler("ovh")

    def abimer(demande, transmettre):
        demande.corps = b"%PDX" + demande.corps[4:]
        return transmettre(demande)

    proxy.pannes["PUT"] = abimer
    with pytest.raises(ConnectionError, match="BadDigest"):
        deposer(coffre, "abime.pdf")

    assert list(coffre.lister("abime")) == []


@pytest.mark.parametrize(
    ("voulus", "entete", "valeur"),
    [
        ({"controles": "md5"}, "content-md5", MD5),
        ({"chiffrement": "aws:kms"}, "x-amz-server-side-encryption", "aws:kms"),
    ],
)
def test_the_settings_change_the_dialect(parler, voulus, entete, valeur):
    coffre, proxy = parler("aws", **voulus)
    proxy.pannes["PUT"] = pannes.mentir  # no KMS here

    deposer(coffre, f"reglage-{entete}.pdf")

    assert envoyees(proxy, "PUT")[0][entete] == valeur


def test_no_encryption_can_be_asked_for(parler):
    coffre, proxy = parler("aws", chiffrement="aucun")

    deposer(coffre, "en-clair.pdf")

    assert "x-amz-server-side-encryption" not in envoyees(proxy, "PUT")[0]


@pytest.mark.parametrize(
    ("nom", "voulus", "adresse_attendue"),
    [
        ("aws", {}, "http://documents.s3.example:9000/a.pdf"),
        ("garage", {}, "http://s3.example:9000/documents/a.pdf"),
        ("aws", {"adressage": "path"}, "http://s3.example:9000/documents/a.pdf"),
        ("garage", {"adressage": "virtual"}, "http://documents.s3.example:9000/a.pdf"),
        ("aws", {"seau": "avec.point"}, "http://s3.example:9000/avec.point/a.pdf"),
    ],
)
def test_the_address_is_written_as_the_provider_wants(
    parler, settings, nom, voulus, adresse_attendue
):
    parler(nom, **voulus)
    brancher(settings, "http://s3.example:9000")
    vues = []

    def noter(request, **_):
        vues.append(request.url)
        raise ConnectionError

    coffre = coffre_des_documents()
    coffre.client.meta.events.register("before-send.s3", noter)
    with pytest.raises(ConnectionError):
        coffre.lire("a.pdf")

    assert vues == [adresse_attendue]


def test_a_part_that_fails_gives_the_upload_up(parler, tmp_path, monkeypatch):
    monkeypatch.setattr(seau, "GROS", 6 * 2**20)
    monkeypatch.setattr(morceaux, "MORCEAU", 5 * 2**20)
    monkeypatch.setattr(connexion, "ESSAIS", 1)
    coffre, proxy = parler("aws")
    fichier = tmp_path / "gros"
    fichier.write_bytes(b"x" * 7 * 2**20)
    for panne in (pannes.erreur(500, "InternalError"), pannes.couper):
        proxy.pannes["PUT partNumber=2"] = panne

        with pytest.raises(ConnectionError):
            deposer(coffre, "rate.bin", fichier)

        assert len(envoyees(proxy, "DELETE uploadId")) >= 1
        assert uploads(coffre) == []
        assert list(coffre.lister("rate")) == []


def test_a_file_that_changes_while_it_is_sent_is_not_stored(parler, tmp_path, monkeypatch):
    monkeypatch.setattr(seau, "GROS", 6 * 2**20)
    monkeypatch.setattr(morceaux, "MORCEAU", 5 * 2**20)
    coffre, proxy = parler("aws")
    fichier = tmp_path / "vivant"
    fichier.write_bytes(b"x" * 7 * 2**20)

    def changer(demande, transmettre):
        fichier.write_bytes(b"y" * 7 * 2**20)
        return transmettre(demande)

    proxy.pannes["POST uploads"] = changer
    with pytest.raises(OSError, match="a changé pendant l'envoi"):
        deposer(coffre, "vivant.bin", fichier)

    assert list(coffre.lister("vivant")) == []
    assert uploads(coffre) == []


def uploads(coffre):
    return coffre.client.list_multipart_uploads(Bucket=coffre.bucket).get("Uploads", [])


def test_what_a_killed_sender_left_is_given_up_two_days_later(parler, monkeypatch):
    coffre, _ = parler("aws")
    for rang in range(2):
        coffre.client.create_multipart_upload(Bucket=coffre.bucket, Key=f"reste-{rang}")
    assert coffre.menage() == 0

    monkeypatch.setattr(morceaux, "OUBLI", timedelta(0))

    assert coffre.menage() == 2
    assert uploads(coffre) == []


def test_a_server_that_keeps_the_lock_out_of_the_headers_is_asked_for_it(parler):
    coffre, proxy = parler("aws")

    def sans_entete(demande, transmettre):
        reponse = transmettre(demande)
        reponse.entetes = [(n, v) for n, v in reponse.entetes if "object-lock" not in n.lower()]
        return reponse

    deposer(coffre, "discret.pdf")
    proxy.pannes["HEAD"] = sans_entete

    assert coffre.etat("discret.pdf").verrouille_jusqu_au == TARD
    proxy.pannes["GET retention"] = pannes.erreur(403, "AccessDenied")
    assert coffre.etat("discret.pdf").verrouille_jusqu_au is None


def test_a_lock_that_a_person_may_lift_does_not_count(parler):
    coffre, _ = parler("aws")
    coffre.client.put_object(
        Bucket="documents", Key="leger.pdf", Body=b"x", ObjectLockMode="GOVERNANCE",
        ObjectLockRetainUntilDate=TARD, ChecksumAlgorithm="SHA256",
    )  # fmt: skip

    assert coffre.etat("leger.pdf").verrouille_jusqu_au is None


def test_a_server_without_a_clock_is_believed(parler):
    coffre, proxy = parler("aws")
    proxy.pannes["HEAD"] = lambda _d, _t: Reponse(200, [("date", "jamais")], b"")

    assert abs(coffre.eprouver() - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("statut", "code", "version", "attendue"),
    [
        (404, "NoSuchVersion", "v", FileNotFoundError),
        (405, "MethodNotAllowed", "v", FileNotFoundError),
        (400, "InvalidArgument", "v", FileNotFoundError),
        (400, "InvalidArgument", "", ConnectionError),
        (404, "NoSuchBucket", "", ConnectionError),
        (403, "AccessDenied", "", PermissionError),
        (403, "SignatureDoesNotMatch", "", PermissionError),
        (412, "PreconditionFailed", "", DejaDepose),
    ],
)
def test_what_the_server_answers_is_said_as_for_a_file(parler, statut, code, version, attendue):
    coffre, proxy = parler("aws")
    proxy.pannes["GET"] = pannes.erreur(statut, code)

    with pytest.raises(attendue):
        coffre.lire("a.pdf", version)


def test_a_wrong_setting_is_refused_with_what_is_right():
    assert dialectes.fautes("aws", adressage="path", controles="", chiffrement="aws:kms") == []
    assert dialectes.fautes("azure", adressage="chemin", controles="crc", chiffrement="oui") == [
        "S3_DIALECTE vaut « azure » : c'est aws, scaleway, ovh, garage ou minio.",
        "S3_ADRESSAGE vaut « chemin » : c'est path ou virtual.",
        "S3_CONTROLES vaut « crc » : c'est sha256 ou md5.",
        "S3_CHIFFREMENT vaut « oui » : c'est AES256, aws:kms ou aucun.",
    ]
    with pytest.raises(ValueError, match="S3_DIALECTE vaut « azure »"):
        dialectes.choisir("azure")
