"""Mails that left, written again: what is not what was handed over is named (design G5)."""

from __future__ import annotations

import pytest

from artjardin.outbox.models import NULLE_PART, Courriel, Tentative
from artjardin.outbox.relecture import controler
from artjardin.outbox.services import envoyer_les_courriels
from artjardin.storage.models import Archive, Document
from tests.artjardin.concorde import en_cachette
from tests.artjardin.factories import creer_pdf, promettre_courriel
from tests.artjardin.serveurs import serveur_smtp
from tests.artjardin.test_outbox_promesse import gabarit  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gabarit")]


@pytest.fixture
def smtp(settings):
    settings.DOCUMENT_PRODUCTEURS = {"essai": "tests.artjardin.factories.pdf"}
    with serveur_smtp() as serveur:
        settings.EMAIL_URL = serveur.url
        yield serveur


@pytest.fixture
def parti(smtp) -> Courriel:
    """A mail with an attachment, accepted by the server."""
    courriel = promettre_courriel(pieces=[creer_pdf()])
    envoyer_les_courriels()
    courriel.refresh_from_db()
    assert courriel.statut == "envoye"
    return courriel


def fautes(**options) -> list[str]:
    return [anomalie.faute for anomalie in controler(**options).anomalies]


def test_what_left_is_what_is_written_again(parti):
    promettre_courriel()  # has not left: nothing to compare

    assert controler() == ({"courriels_relus": 1, "courriels_illisibles": 0}, [])
    assert controler(echantillon=None).lus["courriels_relus"] == 1


@pytest.mark.parametrize(
    "ordre",
    [
        "UPDATE {table} SET texte = texte || '.'",
        "UPDATE {table} SET html = html || ' '",
        "UPDATE {table} SET objet = 'Autre'",
        "UPDATE {table} SET a = ARRAY['autre@example.org']",
        "UPDATE {table} SET cree_le = cree_le - interval '1 day'",
    ],
)
def test_a_mail_changed_since_is_named(parti, ordre):
    en_cachette(parti, ordre)

    [anomalie] = controler().anomalies

    assert anomalie.piece.startswith(f"Courriel n° {parti.pk} (essai) remis le ")
    assert anomalie.faute == (
        f"ce n'est plus ce qui a été remis au serveur (empreinte {parti.empreinte[:12]}…)"
    )


def test_an_attachment_put_in_the_place_of_another_is_named(parti):
    en_cachette(parti.pieces.get(), "UPDATE {table} SET document_id = %s", creer_pdf().pk)

    assert len(fautes()) == 1


def test_an_attachment_of_another_client_is_named(parti):
    en_cachette(parti.pieces.get().document, "UPDATE {table} SET client_ref = 8")

    [faute] = fautes()
    assert faute.startswith("il ne peut plus être écrit : La pièce ")


@pytest.mark.parametrize("ligne", [lambda un: un, lambda un: un.essais.get()])
def test_a_hash_changed_to_hide_it_is_named(parti, ligne):
    en_cachette(ligne(parti), "UPDATE {table} SET empreinte = %s", "0" * 64)

    assert fautes() == ["son empreinte n'est pas celle de son dernier essai"]


def test_a_mail_with_a_secret_or_erased_is_left_out(parti, settings):
    settings.COURRIEL_SECRETS = {"essai": "ops.comptes.liens.adresse_du_lien"}
    assert controler().lus["courriels_relus"] == 0
    settings.COURRIEL_SECRETS = {}
    Courriel.objects.filter(pk=parti.pk).update(a=[NULLE_PART], texte="", html="", objet="Effacé")

    assert controler(echantillon=None) == ({"courriels_relus": 0, "courriels_illisibles": 0}, [])


def test_an_attachment_that_cannot_be_read_is_counted_and_stops_nothing(parti, settings):
    promettre_courriel()
    envoyer_les_courriels()
    document = Document.objects.get()
    assert not Archive.objects.filter(document=document, etat="archive").exists()
    (settings.DONNEES_DOCUMENTS / document.cle).unlink()

    assert controler() == ({"courriels_relus": 1, "courriels_illisibles": 1}, [])


def test_a_night_draws_some_and_the_command_all(smtp):
    for _ in range(4):
        promettre_courriel()
    envoyer_les_courriels()
    assert Tentative.objects.count() == 4
    Courriel.objects.update(texte="Autre")

    assert len(fautes(echantillon=3)) == 3
    assert len(fautes(echantillon=None)) == 4
