"""The statement of interest over HTTP, and the recovery file of one client."""

import csv
import hashlib
import io
import zipfile
from datetime import date

import pytest
from django.utils import timezone

from artjardin.audit.models import Entree
from artjardin.erreurs import Conflit
from artjardin.outbox.models import Courriel
from artjardin.storage.models import Document
from artjardin.storage.services import produire_les_promis
from facturation.models import Facture
from relances import dossier as module
from relances.dossier import constituer, rassembler
from relances.services import (
    annuler_les_lettres_caduques,
    marquer_postee,
    relancer_la_facture,
)
from tests.clients.factories import creer_client
from tests.facturation.factories import creer_professionnel, payer
from tests.relances.factories import (
    LUNDI,
    PAR,
    facture_due,
    facture_pro_due,
    facture_reprise,
)

pytestmark = pytest.mark.django_db
AUJOURDHUI = date(2026, 11, 24)
URL = "/api/v1/relances/clients"


@pytest.fixture(autouse=True)
def _producteur(monkeypatch):
    """The worker of the documents, at once and in this process."""

    def preparer(_documents):
        produire_les_promis()
        for document in _documents:
            document.refresh_from_db()

    monkeypatch.setattr(module, "preparer", preparer)


def parti(relance):
    """The mail of a reminder, accepted by the server."""
    maintenant = timezone.now()
    Courriel.objects.filter(pk=relance.courriel_id).update(
        statut="envoye", remis_le=maintenant, envoye_le=maintenant, reponse="250 2.0.0 queued"
    )
    return relance


def ouvrir(client):
    """The name of the file, and the ZIP itself."""
    nom, octets = octets_de(client)
    return nom, zipfile.ZipFile(io.BytesIO(octets))


def octets_de(client):
    fait = constituer(client, par=PAR)
    with fait.fichier:
        return fait.nom, fait.fichier.read()


def lignes(archive, chemin):
    texte = archive.read(chemin).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(texte), delimiter=";"))


def test_a_statement_is_json(http):
    client = creer_professionnel()
    facture = facture_pro_due(client, retard=52, ht="1000.00")
    recu = http.get(f"{URL}/{client.pk}/decompte/?au={LUNDI}").json()
    assert (recu["principal"], recu["interets"], recu["indemnites"], recu["total"]) == (
        "1200.00", "21.20", "40.00", "1261.20"
    )  # fmt: skip
    [ligne] = recu["lignes"]
    assert ligne["numero"] == facture.numero
    assert ligne["periodes"][0]["taux"] == "12.40"


def test_a_statement_of_a_half_year_without_a_rate_names_it(http):
    client = creer_professionnel()
    facture_pro_due(client, retard=52)
    reponse = http.get(f"{URL}/{client.pk}/decompte/?au=2027-01-15")
    assert (reponse.status_code, reponse.json()["code"]) == (409, "taux_manquant")
    assert "1er semestre 2027" in reponse.json()["message"]


@pytest.mark.parametrize("demande", ["au=demain", "sortie=xls"])
def test_a_wrong_parameter_is_refused(http, demande):
    client = creer_professionnel()
    assert http.get(f"{URL}/{client.pk}/decompte/?{demande}").status_code == 400
    assert not Document.objects.filter(type="decompte").exists()


def test_the_file_has_every_piece_and_lists_it():
    client = creer_client()
    facture = facture_due(client, retard=40)
    parti(relancer_la_facture(facture, par=PAR))
    nom, archive = ouvrir(client)
    assert nom == f"Dossier-{client.code}-2026-11-24.zip"
    assert archive.testzip() is None
    noms = archive.namelist()
    courriel = Courriel.objects.get(type="relance")
    eml = f"relances/2026-11-24-courriel-{courriel.pk}.eml"
    for attendu in (
        f"factures/{facture.numero}.pdf", eml, "releve.pdf", "decompte.pdf",
        "preuves/courriels.csv", "preuves/relances.csv", "preuves/empreintes.csv",
        "00-sommaire.html",
    ):  # fmt: skip
        assert attendu in noms
    assert all(archive.getinfo(un).file_size for un in noms)
    sommaire = archive.read("00-sommaire.html").decode()
    for un in noms:
        assert un in sommaire or un in {"00-sommaire.html", "preuves/empreintes.csv"}


def test_the_mail_is_the_exact_copy_with_the_answer_of_the_server():
    client = creer_client()
    relance = parti(relancer_la_facture(facture_due(client, retard=40), par=PAR))
    _, archive = ouvrir(client)
    [ligne] = [une for une in lignes(archive, "preuves/courriels.csv") if une["Fichier"]]
    copie = archive.read(f"relances/{ligne['Fichier']}")
    assert relance.courriel.message_id.encode() in copie
    assert ligne["Message-ID"] == relance.courriel.message_id
    assert ligne["Réponse du serveur"] == "250 2.0.0 queued"


def test_the_hashes_are_those_of_the_files():
    client = creer_client()
    facture_due(client, retard=40)
    _, archive = ouvrir(client)
    table = lignes(archive, "preuves/empreintes.csv")
    assert len(table) >= 4
    for ligne in table:
        octets = archive.read(ligne["Fichier"])
        assert hashlib.sha256(octets).hexdigest() == ligne["SHA-256"]


def test_a_posted_letter_is_there_with_its_dates():
    client = creer_client(email="")
    relance = relancer_la_facture(facture_due(client, retard=40), par=PAR)
    marquer_postee(relance, par=PAR)
    _, archive = ouvrir(client)
    assert f"relances/{relance.lettre.nom}" in archive.namelist()
    [ligne] = lignes(archive, "preuves/relances.csv")
    assert ligne["Postée le"].startswith("24/11/2026")
    assert ligne["Canal"] == "Lettre"


def test_a_letter_that_was_never_posted_is_not_there():
    """Cancelled, written anew and posted: the file shows the one that the client got."""
    client = creer_client(email="")
    facture = facture_due(client, retard=40)
    retiree = relancer_la_facture(facture, par=PAR)
    payer(facture, "20.00")
    annuler_les_lettres_caduques()
    postee = relancer_la_facture(facture, par=PAR)
    autre = relancer_la_facture(facture_due(client, retard=41), par=PAR)
    assert retiree.lettre_id != postee.lettre_id
    marquer_postee(postee, par=PAR)

    _, archive = ouvrir(client)

    lettres = [nom for nom in archive.namelist() if nom.startswith("relances/")]
    assert lettres == [f"relances/{postee.lettre.nom}"]
    postee.lettre.refresh_from_db()
    assert hashlib.sha256(archive.read(lettres[0])).hexdigest() == postee.lettre.sha256
    table = lignes(archive, "preuves/relances.csv")
    assert [ligne["Lettre"] for ligne in table] == ["non postée", postee.lettre.nom, "non postée"]
    assert [bool(ligne["SHA-256 de la lettre"]) for ligne in table] == [False, True, False]
    assert table[0]["Motif"] == "Le montant dû a changé."
    assert autre.lettre_id not in {retiree.lettre_id, postee.lettre_id}


def test_an_imported_invoice_without_a_pdf_is_named():
    client = creer_client()
    facture_reprise(client, "ANCIENNE-7", retard=40)
    _, archive = ouvrir(client)
    assert "ANCIENNE-7" in archive.read("00-sommaire.html").decode()


def test_nothing_of_another_client_enters():
    # OCA/account-financial-tools#559, #565
    client, autre = creer_client(), creer_client()
    facture_due(client, retard=40)
    etrangere = facture_due(autre, retard=40)
    contenu = rassembler(client, le=AUJOURDHUI)
    contenu.exiger_un_seul_client()
    assert etrangere.numero not in {une.numero for une in contenu.factures}
    sienne = Document.objects.get(objet_id=etrangere.pk, type="facture")
    contenu.documents.append(("factures", sienne))
    with pytest.raises(AssertionError):
        contenu.exiger_un_seul_client()


def test_making_a_file_is_in_the_journal_with_its_hash():
    client = creer_client()
    facture_due(client, retard=40)
    _, octets = octets_de(client)
    entree = Entree.objects.get(action="client.dossier")
    assert entree.objet_id == client.pk
    assert entree.details["sha256"] == hashlib.sha256(octets).hexdigest()


def test_a_client_who_owes_nothing_has_no_file():
    client = creer_client()
    payer(facture_due(client, retard=40), "120.00")
    with pytest.raises(Conflit, match="ne doit rien"):
        constituer(client, par=PAR)
    assert not Entree.objects.filter(action="client.dossier").exists()


def test_an_invoice_reminded_then_paid_stays_in_the_file():
    client = creer_client()
    facture = facture_due(client, retard=40)
    parti(relancer_la_facture(facture, par=PAR))
    payer(facture, "120.00")
    contenu = rassembler(client, le=AUJOURDHUI)
    assert [une.pk for une in contenu.factures] == [facture.pk]


def test_an_altered_document_stops_the_file(settings):
    client = creer_client()
    facture = facture_due(client, retard=40)
    produire_les_promis()
    document = Document.objects.get(objet_id=facture.pk, type="facture")
    chemin = settings.DONNEES_DOCUMENTS / document.cle
    chemin.chmod(0o600)
    chemin.write_bytes(b"%PDF autre")
    with pytest.raises(Exception, match="altéré"):
        constituer(client, par=PAR)
    assert not Entree.objects.filter(action="client.dossier").exists()


def test_the_file_is_downloaded_by_who_may_decide(http, connecter, employe):
    client = creer_client()
    facture_due(client, retard=40)
    reponse = http.get(f"{URL}/{client.pk}/dossier/")
    assert reponse.status_code == 200
    assert f"Dossier-{client.code}-2026-11-24.zip" in reponse["Content-Disposition"]
    octets = b"".join(reponse.streaming_content)
    assert zipfile.ZipFile(io.BytesIO(octets)).testzip() is None
    assert connecter(employe).get(f"{URL}/{client.pk}/dossier/").status_code == 403


def test_invoices_are_untouched_by_the_file():
    client = creer_professionnel()
    facture_pro_due(client, retard=52)
    avant = list(Facture.objects.values())
    ouvrir(client)
    assert list(Facture.objects.values()) == avant
