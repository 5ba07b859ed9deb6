"""The anchors of the journal: a base rewritten or cut shows, a restored backup is said (G9)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction

from artjardin.accounts.auteur import systeme
from artjardin.accounts.models import User
from artjardin.audit.models import Entree, Maillon
from artjardin.audit.services import consigner
from artjardin.audit.verification import controler
from artjardin.erreurs import Conflit, Indisponible
from artjardin.storage import ancrage
from artjardin.storage.ancrage import ancrer, controler_les_ancres, reprendre
from artjardin.storage.coffres import Dossier, coffre_des_documents, oublier_les_coffres
from tests.artjardin.chaine import RECALCULER, enchainer, forcer
from tests.artjardin.serveurs import client_s3, serveur_s3
from tests.sauvegarde import restaurer, sauvegarder

PARIS = ZoneInfo("Europe/Paris")
PAR = systeme("essai")
QUI = User(pk=7, email="essai@essais.example")
JOUR = date(2026, 6, 10)
ONZE, DOUZE = "ancres/2026/06/11-journal.json", "ancres/2026/06/12-journal.json"
REECRIT, ALORS = "le journal a été réécrit : le maillon", "n'est plus celui d'alors"
AUTREMENT = "UPDATE audit_entree SET objet_nom = 'autre'"


@pytest.fixture
def a(time_machine_a):
    return aller_par(time_machine_a)


def aller_par(voyager: Callable[[datetime], None]) -> Callable[..., date]:
    """Go to a day after JOUR, at an hour of Paris."""

    def aller(jours: int = 0, heure: int = 4) -> date:
        jour = JOUR + timedelta(days=jours)
        voyager(datetime(jour.year, jour.month, jour.day, heure, tzinfo=PARIS))
        return jour

    return aller


def ecrire(nombre: int = 1) -> None:
    with transaction.atomic():
        for _ in range(nombre):
            consigner(QUI, "essai.fait", par=PAR)
    enchainer()


def nuit(a, jours: int, *, entrees: int = 2) -> list[ancrage.Ancre]:
    """A day of work, then the night's anchor of it."""
    a(jours, 12)
    ecrire(entrees)
    jour = a(jours + 1, 4) - timedelta(days=1)
    return ancrer(le=jour)


def fautes() -> list[str]:
    return [str(anomalie) for anomalie in controler_les_ancres().anomalies]


@pytest.mark.django_db
def test_an_anchor_holds_the_end_of_the_day(a):
    a(0, 23)
    ecrire(3)
    a(1, 4)
    ecrire(2)

    (ancre,) = ancrer(le=JOUR)

    assert (ancre.rang, ancre.sha256) == (3, Maillon.objects.get(rang=3).sha256)
    cle = "ancres/2026/06/10-journal.json"
    assert json.loads(coffre_des_documents().lire(cle)) == {
        "format": 1, "jour": "2026-06-10", "fait_le": "2026-06-11T02:00:00+00:00", "rang": 3,
        "sha256": ancre.sha256, "sauvegarde": "",
    }  # fmt: skip
    assert coffre_des_documents().etat(cle).verrouille_jusqu_au == datetime(
        2036, 6, 11, 2, tzinfo=UTC
    )
    assert controler_les_ancres() == ({"ancres": 1, "reprises": 0, "ancres_perdues": 0}, [])


@pytest.mark.django_db
def test_a_day_is_anchored_once(a):
    (ancre,) = nuit(a, 0)
    ecrire()

    assert ancrer(le=JOUR) == []

    assert json.loads(coffre_des_documents().lire(ancre.cle))["rang"] == ancre.rang == 2


@pytest.mark.django_db
def test_two_runs_at_once_leave_one_anchor(a, monkeypatch):
    nuit(a, 0)
    monkeypatch.setattr(ancrage, "_jours", lambda _coffre, le: [le])

    assert ancrer(le=JOUR) == []
    assert controler_les_ancres().lus["ancres"] == 1


@pytest.mark.django_db
def test_an_empty_journal_has_no_anchor_and_no_fault(a):
    a()

    assert ancrer(le=JOUR) == []
    assert controler_les_ancres() == ({"ancres": 0, "reprises": 0, "ancres_perdues": 0}, [])


@pytest.mark.django_db
def test_days_without_the_store_are_anchored_by_the_next_run(a, monkeypatch):
    nuit(a, 0)
    with monkeypatch.context() as panne:
        panne.setattr(Dossier, "eprouver", _en_panne)
        with pytest.raises(ConnectionError):
            nuit(a, 1)
        with pytest.raises(ConnectionError):
            nuit(a, 2)

    faites = nuit(a, 3)

    assert [(une.jour.day, une.rang) for une in faites] == [(11, 4), (12, 6), (13, 8)]
    assert fautes() == []


@pytest.mark.django_db
def test_the_first_run_does_not_go_back_before_itself(a):
    a(-5)
    ecrire()

    assert [ancre.jour for ancre in nuit(a, 0)] == [JOUR]


@pytest.mark.django_db
def test_a_missing_day_and_a_late_anchor_show(a):
    for jours in range(3):
        nuit(a, jours)
    coffre = coffre_des_documents()
    (coffre.racine / "ancres/2026/06/11-journal.json").unlink()
    a(9)

    assert fautes() == [
        "Ancres : celle du 11/06/2026 manque", "Ancres : aucune depuis le 12/06/2026",
    ]  # fmt: skip


@pytest.mark.django_db
def test_no_anchor_at_all_shows(a):
    a()
    ecrire()
    a(2)
    assert fautes() == []
    a(3)

    assert fautes() == ["Ancres : aucune"]


@pytest.mark.django_db
def test_a_clock_far_from_the_store_s_anchors_nothing(a, monkeypatch):
    a()
    ecrire()
    vraie = datetime(2026, 6, 10, tzinfo=UTC)
    monkeypatch.setattr(Dossier, "eprouver", lambda _self: vraie)
    a(365)

    with pytest.raises(Indisponible, match="horloge"):
        ancrer(le=JOUR + timedelta(days=365))
    with pytest.raises(Indisponible, match="horloge"):
        reprendre(sauvegarde="copie", par=PAR)

    assert list(coffre_des_documents().lister("")) == []


@pytest.mark.django_db
def test_a_journal_rewritten_with_all_its_hashes_shows(a):
    for jours in range(3):
        nuit(a, jours)
    troisieme = Maillon.objects.get(rang=3).entree_id
    forcer(f"{AUTREMENT} WHERE id = {troisieme}", RECALCULER)
    assert controler().anomalies == []

    assert fautes() == [f"{ONZE} : {REECRIT} 4 {ALORS}", f"{DOUZE} : {REECRIT} 6 {ALORS}"]


@pytest.mark.django_db
def test_an_end_cut_off_shows(a):
    nuit(a, 0)
    nuit(a, 1)
    forcer("DELETE FROM audit_maillon WHERE rang > 3;"
           "DELETE FROM audit_entree e WHERE NOT EXISTS"
           " (SELECT FROM audit_maillon m WHERE m.entree_id = e.id)")  # fmt: skip
    assert controler().anomalies == []

    disparue = "la fin du journal a disparu : le maillon 4 était écrit, la base s'arrête au 3"
    assert fautes() == [f"{ONZE} : {disparue}"]


def test_a_restoration_said_late_without_a_trace_excuses_only_what_is_above_it(
    base_partagee, a, tmp_path
):
    nuit(a, 0)
    copie = sauvegarder(tmp_path / "copie.dump")
    nuit(a, 1)
    nuit(a, 2)
    restaurer(copie)
    a(3, 12)
    ecrire(3)
    assert len(fautes()) == 2

    reprise = reprendre(sauvegarde="copie-du-10", par=PAR)

    assert (reprise.rang, reprise.cle) == (5, "ancres/2026/06/13-reprise-120000.json")
    assert fautes() == [f"{ONZE} : {REECRIT} 4 {ALORS}"]
    assert controler_les_ancres().lus["ancres_perdues"] == 1


def test_a_restored_backup_is_accepted_once_said_and_counted(base_partagee, a, tmp_path):
    nuit(a, 0)
    copie = sauvegarder(tmp_path / "copie.dump")
    nuit(a, 1)
    restaurer(copie)
    a(2, 12)
    consigner(QUI, "base.restauree", par=PAR)
    ecrire(3)
    assert len(fautes()) == 1

    reprise = reprendre(sauvegarde=str(QUI), par=PAR)

    assert reprise.rang == 3
    assert controler_les_ancres() == ({"ancres": 2, "reprises": 1, "ancres_perdues": 1}, [])
    entree = Entree.objects.latest("id")
    assert (entree.action, entree.details["sauvegarde"]) == ("journal.reprise", str(QUI))
    assert nuit(a, 3)
    assert controler_les_ancres().anomalies == []
    forcer(AUTREMENT, RECALCULER)
    assert len(fautes()) == 5


@pytest.mark.django_db
def test_a_reprise_excuses_nothing_that_comes_after_it(a):
    nuit(a, 0)
    reprendre(sauvegarde="copie", par=PAR)
    enchainer()
    nuit(a, 1)
    forcer(AUTREMENT, RECALCULER)

    bilan = controler_les_ancres()

    assert bilan.lus == {"ancres": 2, "reprises": 1, "ancres_perdues": 0}
    assert len(bilan.anomalies) == 3


@pytest.mark.django_db
def test_a_restored_database_without_a_journal_starts_again(a):
    a()
    reprise = reprendre(sauvegarde="vide", par=PAR)

    assert (reprise.rang, reprise.sha256) == (0, "")
    assert fautes() == []
    with pytest.raises(Conflit):
        reprendre(sauvegarde="vide", par=PAR)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("octets", "faute"),
    [
        (b"pas du json", "ancre illisible"),
        (b"[]", "ancre illisible : contenu inconnu"),
        (b'{"format": 2}', "ancre illisible : format inconnu"),
        (b'{"format": 1, "jour": "2026-06-10"}', "ancre illisible : contenu inconnu"),
    ],
)
def test_an_anchor_that_is_not_ours_shows(a, octets, faute):
    a()
    poser("ancres/2026/06/09-journal.json", octets)

    assert [dite.partition(" : ")[2].startswith(faute) for dite in fautes()] == [True]


@pytest.mark.django_db
def test_an_anchor_under_another_key_shows(a):
    (ancre,) = nuit(a, 0)
    poser("ancres/2026/06/09-journal.json", ancre.en_json())

    assert fautes() == ["ancres/2026/06/09-journal.json : ancre d'une autre clef"]


def poser(cle: str, octets: bytes) -> None:
    coffre_des_documents().deposer(cle, octets, jusqu_au=None, metadonnees={})


class DossierSansVerrou(Dossier):
    """Says that it locks, and does not."""

    verrouille = True

    def deposer(self, cle, source, *, jusqu_au, **options):
        return super().deposer(cle, source, jusqu_au=None, **options)


class DossierMenteur(Dossier):
    """Keeps something else than what it was given."""

    def deposer(self, cle, source, **options):
        return super().deposer(cle, b"autre chose", **options)


@pytest.mark.django_db
@pytest.mark.parametrize("menteur", [DossierSansVerrou, DossierMenteur])
def test_a_store_that_lies_is_told(a, monkeypatch, tmp_path, menteur):
    a()
    ecrire()
    monkeypatch.setattr(ancrage, "coffre_des_documents", lambda: menteur(tmp_path / "menteur"))

    with pytest.raises(OSError, match="le dépôt n"):
        ancrer(le=JOUR)

    assert len(fautes()) == 1


def _en_panne(_coffre: Dossier) -> datetime:
    raise ConnectionError("le dépôt ne répond pas")


@pytest.fixture(scope="module")
def adresse(tmp_path_factory):
    with serveur_s3(str(tmp_path_factory.mktemp("s3"))) as adresse:
        client_s3(adresse).create_bucket(Bucket="documents", ObjectLockEnabledForBucket=True)
        yield adresse


@pytest.mark.django_db
def test_an_anchor_under_lock_is_not_hidden_by_what_is_put_over_it(adresse, settings):
    settings.S3_ENDPOINT_URL, settings.S3_CLE, settings.S3_SECRET = adresse, "essai", "essai"
    settings.S3_BUCKET_DOCUMENTS = "documents"
    oublier_les_coffres()
    ecrire()
    (ancre,) = ancrer(le=datetime.now(PARIS).date())
    assert fautes() == []

    forcer(AUTREMENT, RECALCULER)
    fausse = ancre._replace(sha256=Maillon.objects.get().sha256)
    s3 = client_s3(adresse)
    s3.put_object(Bucket="documents", Key=ancre.cle, Body=fausse.en_json())

    assert sorted(dite.partition(" : ")[2] for dite in fautes()) == [
        "ancre recouverte par une autre version",
        "le journal a été réécrit : le maillon 1 n'est plus celui d'alors",
    ]


@pytest.mark.django_db
def test_a_marker_put_over_an_anchor_is_told(a, monkeypatch):
    (ancre,) = nuit(a, 0)
    (objet,) = coffre_des_documents().lister("ancres/")
    marqueur = replace(objet, est_marqueur=True)
    recouverte = replace(objet, est_courant=False)
    monkeypatch.setattr(Dossier, "lister", lambda *_: iter([marqueur, recouverte]))

    assert fautes() == [
        f"{ancre.cle} : ancre masquée par une suppression",
        f"{ancre.cle} : ancre recouverte par une autre version",
    ]
