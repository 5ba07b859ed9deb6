"""Documents: promised, made once, kept, read back and checked (G6)."""

import errno
import hashlib
import os
from datetime import date

import pytest
from django.db import transaction

from artjardin.accounts.models import User
from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit, Indisponible
from artjardin.storage import depots
from artjardin.storage.models import Document
from artjardin.storage.services import lire, produire, produire_les_promis, reessayer
from tests.artjardin.factories import CLIENT, creer_pdf, promettre_pdf
from tests.artjardin.serveurs import en_parallele

pytestmark = pytest.mark.django_db
JUIN = date(2026, 6, 1)


@pytest.fixture(autouse=True)
def _producteurs(settings):
    settings.DOCUMENT_PRODUCTEURS = {
        "essai": "tests.artjardin.factories.pdf",
        "impossible": "tests.artjardin.factories.pdf_impossible",
        "ailleurs": "tests.artjardin.absent.pdf",
    }


def test_a_promise_is_a_row_without_a_file(settings):
    document = promettre_pdf(nom="FAC 12/é", le=JUIN, contexte={"total": "1.00"})

    assert document.cle == "2026/06/essai/FAC_12é.pdf"
    assert (document.nom, document.client_ref) == ("FAC_12é.pdf", CLIENT)
    assert (document.objet_type, document.objet_id) == ("accounts.user", 1)
    assert (document.est_produit, document.contexte) == (False, {"total": "1.00"})
    assert not settings.DONNEES_DOCUMENTS.exists()


def test_a_promise_goes_with_its_transaction():
    with transaction.atomic():
        promettre_pdf()
        transaction.set_rollback(True)

    assert not Document.objects.exists()


def test_the_same_promise_twice_is_one_document():
    premier = promettre_pdf(nom="F1", contexte={"a": 1})

    assert promettre_pdf(nom="F1", contexte={"a": 2}) == premier
    assert Document.objects.get().contexte == {"a": 1}


def test_the_key_of_another_object_or_client_is_refused():
    promettre_pdf(nom="F1")

    for autre in ({"objet": User(pk=2)}, {"client": CLIENT + 1}):
        with pytest.raises(Conflit) as refus:
            promettre_pdf(nom="F1", **autre)
        assert refus.value.code == "clef_prise"

    assert Document.objects.count() == 1


def test_a_document_is_made_once_and_read_back(settings):
    document = promettre_pdf()

    produit = produire(document)

    contenu = f"%PDF-1.7 {document.nom}".encode()
    assert (produit.sha256, produit.taille) == (hashlib.sha256(contenu).hexdigest(), len(contenu))
    assert produit.produit_le is not None
    assert (settings.DONNEES_DOCUMENTS / document.cle).read_bytes() == contenu
    assert lire(produit) == contenu


def test_making_it_again_draws_nothing(settings):
    document = creer_pdf()
    settings.DOCUMENT_PRODUCTEURS = {"essai": "tests.artjardin.factories.pdf_impossible"}

    assert produire(document).sha256 == document.sha256


@pytest.mark.parametrize("reste", [b"%PDF-1.7 rendu avant d'etre tue", b"%PDF d'un autre client"])
def test_a_file_found_under_the_key_is_put_aside_and_never_adopted(reste, settings):
    document = promettre_pdf()
    depots.ecrire(document.cle, reste)

    produit = produire(document)

    assert lire(produit) == f"%PDF-1.7 {document.nom}".encode()
    [ecarte] = (settings.DONNEES_DOCUMENTS / ".alteres").rglob("*.pdf.*")
    assert ecarte.read_bytes() == reste


def test_a_promised_document_cannot_be_read_yet():
    with pytest.raises(Indisponible) as refus:
        lire(promettre_pdf())

    assert refus.value.code == "indisponible"


@pytest.mark.parametrize("genre", ["impossible", "ailleurs", "inconnu"])
def test_a_failure_is_raised_and_kept_on_the_row(genre):
    document = promettre_pdf(genre=genre)

    with pytest.raises((ValueError, ImportError, KeyError)):
        produire(document)

    document.refresh_from_db()
    assert (document.essais, document.est_produit) == (1, False)
    assert document.erreur.split(" :")[0] in {"ValueError", "ModuleNotFoundError", "KeyError"}


def test_a_later_success_forgets_the_error(settings):
    document = promettre_pdf(genre="impossible")
    with pytest.raises(ValueError, match="ne se dessine pas"):
        produire(document)
    settings.DOCUMENT_PRODUCTEURS = {"impossible": "tests.artjardin.factories.pdf"}

    produit = produire(document)

    assert (produit.erreur, produit.est_produit) == ("", True)


def test_the_sweep_makes_the_others_and_retries_up_to_a_limit():
    mauvais = promettre_pdf(genre="impossible")
    bons = [promettre_pdf() for _ in range(3)]

    assert produire_les_promis() == {"produits": 3, "echecs": 1}
    for _ in range(Document.ESSAIS_MAX - 1):
        assert produire_les_promis() == {"produits": 0, "echecs": 1}
    assert produire_les_promis() == {"produits": 0, "echecs": 0}

    mauvais.refresh_from_db()
    assert mauvais.essais == Document.ESSAIS_MAX
    assert all(Document.objects.get(pk=bon.pk).est_produit for bon in bons)


def test_a_failing_document_lets_newer_ones_pass_first():
    promettre_pdf(genre="impossible")
    produire_les_promis()
    neuf = promettre_pdf()

    produire_les_promis(limite=1)

    neuf.refresh_from_db()
    assert neuf.est_produit


def test_making_it_promises_its_archive():
    document = creer_pdf(le=JUIN)

    assert (document.le, document.archive.etat, document.archive.essais) == (JUIN, "a_faire", 0)


@pytest.mark.parametrize(
    ("numero", "dit"),
    [(errno.EROFS, "en lecture seule"), (errno.ENOSPC, "plein"), (errno.EACCES, "ses droits")],
)
def test_a_fault_of_the_disk_is_said_in_french(settings, monkeypatch, numero, dit):
    settings.DOCUMENT_PRODUCTEURS = {"essai": "tests.artjardin.factories.pdf"}

    def refuser(*_):
        raise OSError(numero, os.strerror(numero), "/srv/.provisoires/x")

    monkeypatch.setattr(depots, "ecrire", refuser)
    document = promettre_pdf()
    produire_les_promis()

    document.refresh_from_db()
    assert dit in document.erreur
    assert "Errno" not in document.erreur
    assert ".provisoires" not in document.erreur


def test_a_document_given_up_can_be_tried_again(auteur, settings):
    document = promettre_pdf(genre="impossible")
    Document.objects.filter(pk=document.pk).update(essais=10, erreur="ValueError: police")
    assert produire_les_promis() == {"produits": 0, "echecs": 0}
    settings.DOCUMENT_PRODUCTEURS = {"impossible": "tests.artjardin.factories.pdf"}

    reessayer(document, par=auteur)

    assert produire_les_promis() == {"produits": 1, "echecs": 0}
    entree = Entree.objects.get(action="document.a_reessayer")
    assert entree.avant == {"essais": 10, "erreur": "ValueError: police"}


@pytest.mark.parametrize("essais", [9, None])
def test_only_a_document_given_up_is_tried_again(auteur, essais):
    document = creer_pdf() if essais is None else promettre_pdf()
    if essais:
        Document.objects.filter(pk=document.pk).update(essais=essais)

    with pytest.raises(Conflit) as refus:
        reessayer(document, par=auteur)

    assert refus.value.code == "document_non_abandonne"
    assert not Entree.objects.filter(action="document.a_reessayer").exists()


def test_a_file_is_complete_read_only_and_alone_in_its_folder(settings):
    depots.ecrire("2026/06/essai/a.pdf", b"contenu")

    fichier = settings.DONNEES_DOCUMENTS / "2026/06/essai/a.pdf"
    assert fichier.read_bytes() == b"contenu"
    assert fichier.stat().st_mode & 0o777 == 0o400
    assert [chemin.name for chemin in fichier.parent.iterdir()] == ["a.pdf"]
    assert list((settings.DONNEES_DOCUMENTS / ".provisoires").iterdir()) == []


def test_a_file_is_never_replaced():
    depots.ecrire("a.pdf", b"premier")

    depots.ecrire("a.pdf", b"second")

    assert depots.lire("a.pdf") == b"premier"


def test_writers_at_once_leave_one_whole_file(settings):
    contenus = [bytes([65 + rang]) * 200_000 for rang in range(8)]

    resultats = en_parallele(*(lambda c=c: depots.ecrire("a/b.pdf", c) for c in contenus))

    assert resultats == [None] * 8
    assert depots.lire("a/b.pdf") in contenus
    assert len(list((settings.DONNEES_DOCUMENTS / "a").iterdir())) == 1


def test_a_write_that_fails_leaves_nothing(settings):
    settings.DONNEES_DOCUMENTS.mkdir()
    (settings.DONNEES_DOCUMENTS / "a").write_text("ceci est un fichier")

    with pytest.raises(OSError, match="exists"):
        depots.ecrire("a/b.pdf", b"contenu")

    restes = [c for c in settings.DONNEES_DOCUMENTS.rglob("*") if c.is_file()]
    assert [chemin.name for chemin in restes] == ["a"]


def test_what_killed_writers_left_is_swept_the_next_day(settings):
    depots.ecrire("a.pdf", b"contenu")
    vieux, neuf = (settings.DONNEES_DOCUMENTS / ".provisoires" / nom for nom in ("vieux", "neuf"))
    for fichier in (vieux, neuf):
        fichier.write_bytes(b"moit")
    os.utime(vieux, (0, 0))

    assert depots.menage() == 1

    assert (vieux.exists(), neuf.exists(), depots.lire("a.pdf")) == (False, True, b"contenu")


def test_nothing_under_a_key_is_said():
    with pytest.raises(FileNotFoundError):
        depots.lire("absent.pdf")
