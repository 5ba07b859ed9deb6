"""What a restored database does not know: found in the archive, told, settled by a person."""

from datetime import date, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from artjardin.audit.models import Entree
from artjardin.outbox.models import Restauration
from artjardin.storage.coffres import Dossier, coffre_des_documents
from artjardin.storage.models import Orphelin
from artjardin.storage.survol import EN_COURS
from artjardin.storage.verification import controler
from clients.models import Client
from ops.reprise import _documents, documents_inconnus
from tests.artjardin.archives import creer_archive
from tests.artjardin.navigateur import ouvrir, page
from tests.clients.factories import creer_client

pytestmark = pytest.mark.django_db
CLE = "2026/11/facture/FAC-2026-0190.pdf"


@pytest.fixture(autouse=True)
def _producteurs(settings):
    settings.DOCUMENT_PRODUCTEURS = {"essai": "tests.artjardin.factories.pdf"}


def archiver_sans_base(cle=CLE, **notes):
    notes = {
        "client": "12",
        "type": "facture",
        "numero": "FAC-2026-0190",
        "date": "2026-11-20",
    } | notes
    coffre_des_documents().deposer(cle, b"%PDF", jusqu_au=None, metadonnees=notes)


@pytest.fixture
def perdu():
    archiver_sans_base()
    documents_inconnus()
    return Orphelin.objects.get()


def test_archived_pdfs_that_no_row_names_are_written_down_once():
    creer_archive()
    archiver_sans_base()
    archiver_sans_base(
        "2026/11/devis/DEV-2026-0003~0a1b2c3d.pdf", client="", type="", numero="", date="?"
    )
    coffre_des_documents().deposer(
        "index/2026/11/20-index.json", b"{}", jusqu_au=None, metadonnees={}
    )

    for _ in range(2):
        assert documents_inconnus() == list(Orphelin.objects.all())

    devis, facture = Orphelin.objects.all()
    assert (facture.cle, facture.type, facture.numero) == (CLE, "facture", "FAC-2026-0190")
    assert (facture.client_ref, facture.le, len(facture.sha256)) == (12, date(2026, 11, 20), 64)
    assert (devis.type, devis.numero, devis.client_ref, devis.le) == (
        "devis", "DEV-2026-0003", None, None,
    )  # fmt: skip
    assert Entree.objects.filter(action="archive.perdu").count() == 2


def test_the_check_names_it_by_its_number_until_it_is_settled(perdu, monkeypatch):
    monkeypatch.setattr("artjardin.storage.survol.EN_COURS", -EN_COURS)
    dit = f"{CLE} : FAC-2026-0190, émis avant la restauration, à saisir à nouveau"
    assert [str(anomalie) for anomalie in controler().anomalies] == [dit]

    call_command("apres_restauration", regler_le_numero=perdu.numero, motif="erreur", faire=True)

    assert controler().anomalies == []
    perdu.refresh_from_db()
    assert (perdu.regle_par, perdu.motif) == ("système (manage.py apres_restauration)", "erreur")


@pytest.mark.parametrize(
    ("options", "refus"),
    [
        ({"regler_le_numero": "FAC-2026-0190"}, "--motif"),
        ({"regler_le_numero": "FAC-2026-0191", "motif": "x", "faire": True}, "n'attend"),
    ],
)
def test_the_command_wants_a_reason_and_a_known_number(perdu, options, refus):
    with pytest.raises(CommandError, match=refus):
        call_command("apres_restauration", **options)

    assert Orphelin.objects.a_regler().exists()


def test_without_faire_the_command_only_shows(perdu, capsys):
    call_command("apres_restauration", regler_le_numero=perdu.numero, motif="x")

    dit = capsys.readouterr().out
    inconnu = "client n° 12, que cette base ne connaît pas"
    assert f"À saisir à nouveau : FAC-2026-0190 ({CLE}), {inconnu}." in dit
    assert Orphelin.objects.a_regler().exists()


def test_when_the_archive_was_out_of_reach_they_are_written_down_later(capsys, monkeypatch):
    archiver_sans_base()
    with monkeypatch.context() as panne:
        panne.setattr(Dossier, "lister", _en_panne)
        with pytest.raises(ConnectionError):
            documents_inconnus()
    assert not Orphelin.objects.exists()

    with pytest.raises(CommandError, match="1 anomalie"):
        call_command("verifier_archives", apres_restauration=True)

    assert "1 pièces à saisir à nouveau" in capsys.readouterr().out
    assert Orphelin.objects.get().cle == CLE


def _en_panne(*_):
    raise ConnectionError("panne")


def test_a_patron_settles_it_over_http_and_others_do_not(perdu, patron, comptable, connecter):
    chemin = f"/api/v1/archives/orphelins/{perdu.pk}/regler/"
    assert connecter(comptable).post(chemin, {"motif": "x"}).status_code == 403
    http = connecter(patron)
    assert http.post(chemin, {}).status_code == 400
    assert Orphelin.objects.a_regler().exists()

    assert http.post(chemin, {"motif": "refaite"}).json()["motif"] == "refaite"

    assert http.post(chemin, {"motif": "encore"}).json()["code"] == "deja_regle"
    liste = "/api/v1/archives/orphelins/?regle="
    assert [len(http.get(f"{liste}{dit}").json()["results"]) for dit in ("true", "false")] == [1, 0]


def test_it_is_settled_once_and_never_deleted(perdu):
    call_command("apres_restauration", regler_le_numero=perdu.numero, motif="x", faire=True)

    for acte in (lambda: Orphelin.objects.update(regle_le=None), Orphelin.objects.all().delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            acte()

    assert Orphelin.objects.get().est_regle


def test_the_admin_settles_it_with_a_reason(perdu, patron):
    navigateur = ouvrir(patron)
    assert "À saisir à nouveau" in navigateur.get(page(perdu, "changelist")).content.decode()
    assert page(perdu, "regler") in navigateur.get(page(perdu)).content.decode()

    navigateur.post(page(perdu, "regler"), {"motif": "refaite sous un autre numéro"})

    perdu.refresh_from_db()
    assert (perdu.est_regle, perdu.motif) == (True, "refaite sous un autre numéro")
    assert page(perdu, "regler") not in navigateur.get(page(perdu)).content.decode()


def test_the_box_of_the_restoration_lists_what_is_to_be_entered_again(perdu, patron):
    Restauration.objects.create(le=timezone.now() - timedelta(minutes=5), repere=2, connu=1)

    dit = ouvrir(patron).get(reverse("admin:relances_apercu")).content.decode()

    assert page(perdu) in dit
    assert "FAC-2026-0190</a> du 20/11/2026, client n° 12, que cette base" in dit


@pytest.fixture
def camille():
    """Entered before the document was archived: the same client."""
    client = creer_client(nom="Camille")
    Client.objects.update(cree_le=timezone.now() - timedelta(days=9))
    archiver_sans_base(client=str(client.pk))
    documents_inconnus()
    return client


def test_its_client_is_named_wherever_it_is_listed(camille, patron, capsys):
    Restauration.objects.create(le=timezone.now() - timedelta(minutes=5), repere=2, connu=1)
    navigateur, perdu = ouvrir(patron), Orphelin.objects.get()
    call_command("apres_restauration")

    assert f"({CLE}), {camille}." in capsys.readouterr().out
    assert list(_documents())[1] == f"  {CLE}, {camille}"
    for adresse in (reverse("admin:relances_apercu"), page(perdu, "changelist"), page(perdu)):
        assert escape(camille) in navigateur.get(adresse).content.decode()


def test_a_client_entered_since_under_the_same_number_is_not_named(camille, patron):
    Client.objects.update(cree_le=timezone.now() + timedelta(minutes=1))

    dit = ouvrir(patron).get(page(Orphelin.objects.get(), "changelist")).content.decode()

    assert f"client n° {camille.pk}, que cette base ne connaît pas" in dit
    assert "Camille" not in dit


@pytest.mark.parametrize("genre", ["lettre_relance", "releve", "decompte", "acquittee", "balance"])
def test_what_bears_no_number_of_a_series_is_kept_for_the_record_only(genre, patron, http, capsys):
    archiver_sans_base(f"2026/11/{genre}/C0001-0a1b2c3d.pdf", type=genre, numero="C0001-0a1b2c3d")

    assert documents_inconnus() == []
    assert list(_documents()) == []
    perdu = Orphelin.objects.get()
    call_command("apres_restauration")
    assert "saisir" not in capsys.readouterr().out
    assert controler().anomalies == []
    liste = "/api/v1/archives/orphelins/?a_saisir="
    assert [len(http.get(f"{liste}{dit}").json()["results"]) for dit in ("true", "false")] == [0, 1]
    dit = ouvrir(patron).get(page(perdu, "changelist")).content.decode()
    assert ("Pour mémoire" in dit, "À saisir à nouveau" in dit) == (True, False)
    assert page(perdu, "regler") not in ouvrir(patron).get(page(perdu)).content.decode()
