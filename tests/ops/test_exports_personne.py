"""The data of one client, for that client: readable, complete, and of nobody else."""

from __future__ import annotations

import email
import hashlib
import html
from email import policy

import pytest
from django.utils import timezone

from artjardin.accounts.auteur import personne
from artjardin.outbox.message import rediger
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import envoyer_les_courriels
from artjardin.storage.models import Document
from artjardin.storage.services import produire_les_promis
from clients.models import Client
from facturation.services import envoyer_facture, ouvrir_litige
from facturation.services.annonces import INTERNE
from ops.corbeille.traces import EFFACE, NULLE_PART
from ops.exports import services
from tests.chantiers.factories import creer_chantier, creer_intervention
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_devis, creer_facture, mandater, payer
from tests.ops.exports import faire, lu

pytestmark = pytest.mark.django_db
MECHANT = "<script>alert('x')</script>"


@pytest.fixture(autouse=True)
def _pdf_rapides(settings):
    producteurs = dict.fromkeys(settings.DOCUMENT_PRODUCTEURS, "tests.facturation.factories.pdf")
    settings.DOCUMENT_PRODUCTEURS = producteurs


@pytest.fixture
def client_connu(employe, auteur):
    client = creer_client(nom="Lefèvre", notes=MECHANT, telephone="02 41 00 00 00")
    chantier = creer_chantier(client=client, par=auteur)
    creer_intervention(chantier=chantier, employe=employe, par=auteur)
    creer_devis(client=client)
    facture = creer_facture(client=client)
    payer(facture, "20.00")
    ouvrir_litige(facture, motif="Métrage", par=auteur)
    mandater(client)
    envoyer_facture(facture, par=auteur)
    produire_les_promis()
    return client


@pytest.fixture
def autre():
    client = creer_client(nom="Voisin", email="voisin@example.org")
    creer_facture(client=client)
    produire_les_promis()
    return client


def exporter(client, patron):
    return faire(services.exporter_la_personne(client, par=personne(patron)))


def test_a_client_gets_what_is_held_and_nothing_of_others(client_connu, autre, patron):
    export = exporter(client_connu, patron)
    archive = lu(export)
    tout_le_texte = b"\n".join(archive.fichiers.values()).decode(errors="replace")

    assert export.etat == "pret"
    assert export.nom.startswith(f"donnees-personnelles-{client_connu.code}-")
    assert archive.json("donnees.json")["nom"] == "Lefèvre"
    siens = Document.objects.filter(client_ref=client_connu.pk)
    assert {nom for nom in archive.fichiers if nom.startswith("documents/")} == {
        f"documents/{document.cle}" for document in siens
    }
    assert "Voisin" not in tout_le_texte
    assert "voisin@example.org" not in tout_le_texte
    assert patron.password not in tout_le_texte


def test_the_page_is_read_by_a_person_and_harmless(client_connu, patron):
    page = lu(exporter(client_connu, patron)).texte("donnees.html")
    rubriques = [
        "Vos coordonnées", "Chantiers", "Interventions", "Devis", "Factures et avoirs",
        "Paiements", "Mandats de prélèvement", "Litiges", "Courriels", "Documents",
    ]  # fmt: skip

    assert MECHANT not in page
    assert html.escape(MECHANT) in page
    assert [une for une in rubriques if f"<h2>{une}</h2>" not in page] == []
    assert "<h2>Relances</h2>" not in page
    assert "120,00" in page
    assert "Virement" in page
    assert f"{timezone.localdate():%d/%m/%Y}" in page
    assert "Code postal" in page


def test_the_notice_says_who_why_how_long_and_the_rights(client_connu, patron):
    notice = lu(exporter(client_connu, patron)).texte("LISEZMOI.txt")

    for dit in ("14 rue des Essais", "10 ans", "CNIL", "Faire rectifier", "Lefèvre"):
        assert dit in notice
    assert "CE QUI MANQUE" not in notice


def test_the_mails_sent_are_there_byte_for_byte(client_connu, patron):
    comptes = envoyer_les_courriels()
    envoye = Courriel.objects.get(client_ref=client_connu.pk)
    Courriel.objects.filter(pk=envoye.pk).update(remis_le=timezone.now())
    archive = lu(exporter(client_connu, patron))
    message = email.message_from_bytes(
        archive.fichiers[f"courriels/{envoye.pk}.eml"], policy=policy.default
    )

    assert comptes
    assert message["To"] == client_connu.email
    assert archive.manifeste["courriels"] == 1
    assert archive.json("donnees.json")["courriels"][0]["objet"] == envoye.objet


def test_a_mail_never_handed_over_is_only_named_in_the_data(client_connu, patron):
    archive = lu(exporter(client_connu, patron))

    assert archive.manifeste["courriels"] == 0
    assert len(archive.json("donnees.json")["courriels"]) == 1


def test_an_erased_mail_is_named_and_not_made_up(client_connu, patron):
    envoyer_les_courriels()
    envoye = Courriel.objects.get(client_ref=client_connu.pk)
    Courriel.objects.filter(pk=envoye.pk).update(
        remis_le=timezone.now(), a=[NULLE_PART], objet=EFFACE, texte="", html=""
    )
    archive = lu(exporter(client_connu, patron))

    assert not [nom for nom in archive.fichiers if nom.endswith(".eml")]
    (manquant,) = archive.manifeste["manquants"]
    assert manquant["fichier"] == f"courriels/{envoye.pk}.eml"
    assert "effacé" in manquant["raison"]


def test_a_mail_that_is_no_longer_what_was_sent_is_named(client_connu, patron):
    envoye = Courriel.objects.get(client_ref=client_connu.pk)
    remis = hashlib.sha256(rediger(envoye).message).hexdigest()
    Courriel.objects.update(remis_le=timezone.now(), empreinte=remis)
    intact = lu(exporter(client_connu, patron))
    Courriel.objects.update(texte="Autre chose")
    change = lu(exporter(client_connu, patron))

    assert f"courriels/{envoye.pk}.eml" in intact.fichiers
    assert f"courriels/{envoye.pk}.eml" not in change.fichiers
    assert [un["fichier"] for un in change.manifeste["manquants"]] == [f"courriels/{envoye.pk}.eml"]


def test_what_the_firm_writes_to_itself_stays_inside(client_connu, patron):
    Courriel.objects.update(type=INTERNE, texte="Client difficile", remis_le=timezone.now())
    archive = lu(exporter(client_connu, patron))
    tout_le_texte = b"\n".join(archive.fichiers.values()).decode(errors="replace")

    assert "Client difficile" not in tout_le_texte
    assert archive.json("donnees.json")["courriels"] == []
    assert archive.manifeste["courriels"] == 0


def test_what_cannot_be_read_is_named(client_connu, patron, settings):
    Courriel.objects.update(remis_le=timezone.now())
    document = Document.objects.get(client_ref=client_connu.pk, type="facture")
    (settings.DONNEES_DOCUMENTS / document.cle).unlink()
    export = exporter(client_connu, patron)
    archive = lu(export)
    courriel = Courriel.objects.get()

    assert export.etat == "partiel"
    manquants = {un["fichier"] for un in archive.manifeste["manquants"]}
    assert manquants == {f"documents/{document.cle}", f"courriels/{courriel.pk}.eml"}
    assert all(nom in archive.texte("LISEZMOI.txt") for nom in manquants)


def test_a_client_gone_meanwhile_is_said(patron):
    client = creer_client()
    export = services.exporter_la_personne(client, par=personne(patron))
    Client.tous.filter(pk=client.pk).detruire()

    assert faire(export).etat == "echec"
    assert export.erreur == "Ce client n'existe plus."


def test_a_client_with_nothing_has_a_short_file(patron):
    client = creer_client()
    archive = lu(exporter(client, patron))

    assert set(archive.fichiers) == {"donnees.json", "donnees.html", "LISEZMOI.txt"}
    assert "<h2>Chantiers</h2>" not in archive.texte("donnees.html")
