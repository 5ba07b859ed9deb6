"""The stores keep one promise: written once, dated, listed, read back; S3 itself enforces it."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

from artjardin.storage.coffres import (
    AutreContenu,
    DejaDepose,
    Dossier,
    Seau,
    coffre_des_documents,
    coffre_des_sauvegardes,
    deposer_ou_adopter,
    morceaux,
    oublier_les_coffres,
    seau,
)
from artjardin.storage.dialectes import CONNUS
from artjardin.storage.fichiers import empreinte
from tests.artjardin.serveurs import client_s3, en_parallele, port_libre, serveur_s3

BUCKET, NU = "documents", "sans-verrou"
TARD = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3650)
NOTES = {"client": "7", "nom": "Élagage à l'été"}


@pytest.fixture(scope="module")
def adresse(tmp_path_factory):
    with serveur_s3(str(tmp_path_factory.mktemp("s3"))) as adresse:
        client_s3(adresse).create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
        client_s3(adresse).create_bucket(Bucket=NU)
        yield adresse


@pytest.fixture(params=["dossier", *CONNUS])
def coffre(request, adresse, settings, tmp_path):
    if request.param == "dossier":
        return Dossier(tmp_path / "coffre")
    settings.S3_ENDPOINT_URL, settings.S3_CLE, settings.S3_SECRET = adresse, "essai", "essai"
    settings.S3_DIALECTE = request.param
    settings.S3_BUCKET_DOCUMENTS = BUCKET if CONNUS[request.param].verrou else NU
    oublier_les_coffres()
    return coffre_des_documents()


@pytest.fixture
def cle(request):
    return f"2026/06/essai/{request.node.name}.pdf".replace("[", "-").replace("]", "")


def poser(coffre, cle, source=b"contenu", jusqu_au=TARD):
    return coffre.deposer(cle, source, jusqu_au=jusqu_au, metadonnees=NOTES)


def test_what_was_put_is_read_back_with_what_was_said_of_it(coffre, cle):
    version = poser(coffre, cle)

    etat = coffre.etat(cle, version)
    assert coffre.lire(cle, version) == coffre.lire(cle) == b"contenu"
    assert (etat.cle, etat.taille, etat.sha256) == (cle, 7, empreinte(b"contenu"))
    assert {nom: etat.metadonnees[nom] for nom in NOTES} == NOTES
    assert etat.version == version
    assert abs(etat.modifie_le - datetime.now(UTC)) < timedelta(minutes=1)


def test_the_date_until_which_it_is_kept_is_read_back(coffre, cle):
    poser(coffre, cle)

    attendu = TARD if coffre.verrouille or isinstance(coffre, Dossier) else None
    assert coffre.etat(cle).verrouille_jusqu_au == attendu


def test_a_key_is_written_once(coffre, cle):
    poser(coffre, cle)

    with pytest.raises(DejaDepose):
        poser(coffre, cle, b"autre")

    assert coffre.lire(cle) == b"contenu"
    assert len(list(coffre.lister(cle))) == 1


def test_the_same_bytes_found_there_are_adopted_and_kept_longer(coffre, cle):
    version = poser(coffre, cle, jusqu_au=TARD - timedelta(days=100))

    adoptee = deposer_ou_adopter(coffre, cle, b"contenu", jusqu_au=TARD, metadonnees={})

    assert adoptee == version
    if coffre.etat(cle).verrouille_jusqu_au:
        assert coffre.etat(cle).verrouille_jusqu_au == TARD


def test_other_bytes_found_there_are_left_alone_and_said(coffre, cle):
    poser(coffre, cle, b"celui de quelqu'un")

    with pytest.raises(AutreContenu):
        deposer_ou_adopter(coffre, cle, b"contenu", jusqu_au=TARD, metadonnees={})

    assert coffre.lire(cle) == b"celui de quelqu'un"


@pytest.mark.parametrize("gros", [False, True])
def test_a_file_is_streamed(coffre, cle, tmp_path, monkeypatch, gros):
    monkeypatch.setattr(seau, "GROS", 6 * 2**20)
    monkeypatch.setattr(morceaux, "MORCEAU", 5 * 2**20)
    fichier = tmp_path / "dump"
    fichier.write_bytes(bytes(range(256)) * (30_000 if gros else 10))
    cle = f"{cle}.{gros}"

    version = poser(coffre, cle, fichier)

    with coffre.ouvrir(cle, version) as flux:
        assert empreinte(flux) == empreinte(fichier)
    assert coffre.etat(cle, version).sha256 == empreinte(fichier)
    if coffre.verrouille:
        assert coffre.etat(cle, version).verrouille_jusqu_au == TARD
    with pytest.raises(DejaDepose):
        poser(coffre, cle, fichier)


def test_nothing_under_a_key_is_said(coffre):
    for demander in (coffre.etat, coffre.lire, lambda cle: coffre.ouvrir(cle).__enter__()):
        with pytest.raises(FileNotFoundError):
            demander("2026/absent.pdf")


def test_a_listing_is_in_the_order_of_the_keys(coffre):
    noms = ["ordre/b/1.pdf", "ordre/b-2.pdf", "ordre/a.pdf", "ordre/b.pdf", "ordre/é.pdf"]
    for nom in noms:
        deposer_ou_adopter(coffre, nom, b"x", jusqu_au=None, metadonnees={})

    vus = list(coffre.lister("ordre/"))

    assert [vu.cle for vu in vus] == sorted(noms)
    assert {(vu.taille, vu.est_marqueur, vu.est_courant) for vu in vus} == {(1, False, True)}
    assert [vu.cle for vu in coffre.lister("ordre/b")] == sorted(noms)[1:4]
    assert list(coffre.lister("ailleurs/")) == []


def test_it_is_kept_longer_and_never_shorter(coffre, cle):
    version = poser(coffre, cle)

    coffre.prolonger(cle, version, TARD - timedelta(days=1))
    court = coffre.etat(cle).verrouille_jusqu_au
    coffre.prolonger(cle, version, TARD + timedelta(days=1))

    if court:
        assert court == TARD
        assert coffre.etat(cle).verrouille_jusqu_au == TARD + timedelta(days=1)


def test_nothing_is_deleted_before_its_date(coffre, cle):
    version = poser(coffre, cle)
    if coffre.etat(cle).verrouille_jusqu_au:
        with pytest.raises(PermissionError):
            coffre.supprimer(cle, version)
        assert coffre.lire(cle) == b"contenu"


def test_what_has_no_date_can_be_deleted(coffre, cle):
    version = poser(coffre, cle, jusqu_au=None)

    coffre.supprimer(cle, version)

    assert list(coffre.lister(cle)) == []


def test_writers_at_once_leave_one_whole_object(coffre, cle):
    contenus = [bytes([65 + rang]) * 50_000 for rang in range(6)]

    dits = en_parallele(*(lambda c=c: poser(coffre, cle, c) for c in contenus))

    assert coffre.lire(cle) in contenus
    if isinstance(coffre, Dossier) or coffre.dialecte.conditionnel:
        assert sum(isinstance(dit, DejaDepose) for dit in dits) == 5
        assert len(list(coffre.lister(cle))) == 1


def test_its_clock_and_its_description_are_known(coffre):
    assert abs(coffre.eprouver() - datetime.now(UTC)) < timedelta(minutes=1)
    assert coffre.description
    assert coffre.menage() == 0


def test_the_server_itself_refuses_to_delete_or_to_shorten(adresse, coffre, cle):
    if not coffre.verrouille:
        pytest.skip("cet endroit n'a pas de verrou")
    version, s3 = poser(coffre, cle), client_s3(adresse)

    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=BUCKET, Key=cle, VersionId=version)
    for mode in ("COMPLIANCE", "GOVERNANCE"):
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.put_object_retention(
                Bucket=BUCKET, Key=cle, VersionId=version, BypassGovernanceRetention=True,
                Retention={"Mode": mode, "RetainUntilDate": datetime.now(UTC)},
            )  # fmt: skip

    assert coffre.etat(cle, version).verrouille_jusqu_au == TARD


def test_a_server_that_does_not_answer_or_has_no_bucket_is_a_trouble(settings, adresse):
    settings.S3_CLE, settings.S3_SECRET = "essai", "essai"
    for endroit in (f"http://127.0.0.1:{port_libre()}", adresse):
        settings.S3_ENDPOINT_URL, settings.S3_BUCKET_DOCUMENTS = endroit, "nulle-part"
        oublier_les_coffres()
        coffre = coffre_des_documents()
        for demander in (coffre.etat, coffre.lire, lambda cle, c=coffre: poser(c, cle)):
            with pytest.raises(ConnectionError):
                demander("a.pdf")
        for demander in (coffre.eprouver, coffre.menage, lambda c=coffre: list(c.lister(""))):
            with pytest.raises(ConnectionError):
                demander()


def test_without_s3_two_folders_play_its_part(settings, tmp_path):
    settings.S3_ENDPOINT_URL, settings.DONNEES_S3 = "", tmp_path
    oublier_les_coffres()

    assert coffre_des_documents().racine == tmp_path / "documents"
    assert coffre_des_sauvegardes().racine == tmp_path / "sauvegardes"
    assert "sans valeur d'archivage légal" in coffre_des_documents().description


def test_a_bucket_of_backups_is_not_that_of_documents(settings, adresse):
    settings.S3_ENDPOINT_URL, settings.S3_CLE, settings.S3_SECRET = adresse, "essai", "essai"
    settings.S3_BUCKET_DOCUMENTS, settings.S3_BUCKET_SAUVEGARDES = BUCKET, NU
    oublier_les_coffres()

    assert isinstance(coffre_des_documents(), Seau)
    assert coffre_des_sauvegardes().bucket == NU


def test_a_folder_lists_a_prefix_without_walking_the_rest(tmp_path, monkeypatch):
    coffre, vus = Dossier(tmp_path), []
    for cle in ("2026/06/a.pdf", "2026/06/ab.pdf", "2026/07/a.pdf", "index/2026.json"):
        coffre.deposer(cle, b"x", jusqu_au=None, metadonnees={})
    vrai = Dossier._parcourir
    monkeypatch.setattr(Dossier, "_parcourir", lambda s, p: (vus.append(p), vrai(s, p))[1])

    listees = [[o.cle for o in coffre.lister(p)] for p in ("2026/06/ab", "2026/0", "rien/la", "in")]

    assert listees == [
        ["2026/06/ab.pdf"],
        ["2026/06/a.pdf", "2026/06/ab.pdf", "2026/07/a.pdf"],
        [],
        ["index/2026.json"],
    ]
    assert vus[0] == "2026/06/"
    with pytest.raises(ValueError, match="refusé"):
        list(coffre.lister("../dehors/"))
