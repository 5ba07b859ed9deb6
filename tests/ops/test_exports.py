"""The export of everything: all of it, without a secret, and what it lacks is named."""

from __future__ import annotations

import io
import json
import stat
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from artjardin.accounts.jetons import creer_jeton
from artjardin.accounts.models import Facteur, Session
from artjardin.api.models import Clef
from artjardin.audit.models import Entree
from artjardin.outbox.services import envoyer_les_courriels
from artjardin.softdelete.services import supprimer
from artjardin.storage.models import Document
from artjardin.storage.services import lire, produire_les_promis
from clients.models import Client
from facturation.models import Facture, Logo
from facturation.services import changer_le_logo, envoyer_facture
from ops.exports import tables
from ops.exports.fichiers import dossier, fichier
from ops.models import Export
from tests.chantiers.factories import creer_chantier, creer_intervention
from tests.clients.factories import creer_client
from tests.conftest import MOT_DE_PASSE
from tests.facturation.factories import ROBOT, creer_devis, creer_facture, mandater, payer
from tests.ops.exports import lu, tout

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _pdf_rapides(settings):
    producteurs = dict.fromkeys(settings.DOCUMENT_PRODUCTEURS, "tests.facturation.factories.pdf")
    settings.DOCUMENT_PRODUCTEURS = producteurs


@pytest.fixture
def client_complet(employe, auteur):
    client = creer_client(nom="=CMD()", telephone="+33241000000", notes="Portail ; code 12\nvert")
    chantier = creer_chantier(client=client, par=auteur)
    creer_intervention(chantier=chantier, employe=employe, par=auteur)
    creer_devis(client=client)
    mandater(client, actif=False)
    facture = creer_facture(client=client)
    payer(facture, "50.00")
    envoyer_facture(facture, par=ROBOT)
    produire_les_promis()
    return client


def test_every_table_is_declared_or_left_out_for_a_reason():
    assert tables.non_declarees() == []
    assert all(tables.EXCLUES.values())
    connus = {modele._meta.label_lower for modele in apps.get_models(include_auto_created=True)}
    assert set(tables.EXCLUES) <= connus
    noms = [table.nom for table in tables.TABLES]
    assert len(noms) == len(set(noms)) == len({table.modele for table in tables.TABLES})


def test_no_column_that_goes_out_sounds_like_a_secret():
    suspects = ("password", "secret", "jeton", "token", "totp", "session", "clef_privee")
    sorties = {
        f"{table.nom}.{colonne}"
        for table in tables.TABLES
        for colonne in table.colonnes
        if any(mot in colonne for mot in suspects)
    }

    assert sorties == set()


def test_every_row_of_every_table_is_there(patron, client_complet):
    supprime = creer_client(nom="Corbeille")
    supprimer(supprime, par=ROBOT)
    export = tout(patron)
    archive = lu(export)

    assert export.etat == "pret"
    for table in tables.TABLES:
        if table.nom in {"journal", "exports", "journal_maillons"}:
            continue  # making the export writes to these
        clefs = sorted(str(pk) for pk in table.modele._base_manager.values_list("pk", flat=True))
        pk = table.modele._meta.pk.attname
        assert sorted(ligne[pk] for ligne in archive.table(table.nom)) == clefs, table.nom
        assert archive.manifeste["lignes_par_table"][table.nom] == len(clefs)
    assert {ligne["id"] for ligne in archive.table("clients")} >= {str(supprime.pk)}


def test_values_come_back_from_the_csv(patron, client_complet):
    ligne = next(li for li in lu(tout(patron)).table("clients") if li["nom"] == "=CMD()")
    facture = next(iter(lu(tout(patron)).table("factures")))

    assert ligne["telephone"] == "+33241000000"
    assert ligne["notes"] == "Portail ; code 12\nvert"
    assert "recherche" not in ligne
    assert facture["total_ttc"] == "120,00"
    assert facture["date"] == f"{timezone.localdate()}"
    assert json.loads(facture["destinataire"])["nom"].endswith("=CMD()")


def test_no_formula_is_left_for_a_spreadsheet(patron, client_complet):
    for nom, contenu in lu(tout(patron)).fichiers.items():
        if nom.endswith(".csv"):
            for brute in contenu.decode("utf-8-sig").split("\r\n"):
                for cellule in brute.split(";"):
                    nue = cellule.strip('"')
                    assert not nue.startswith(("=", "@", "+")), (nom, cellule)


def test_a_client_has_its_whole_tree(patron, client_complet):
    archive = lu(tout(patron))
    dossier_du_client = archive.json(f"clients/{client_complet.code}-{client_complet.pk}.json")
    (facture,) = dossier_du_client["factures"]
    (courriel,) = dossier_du_client["courriels"]

    assert dossier_du_client["nom"] == "=CMD()"
    assert len(dossier_du_client["chantiers"][0]["interventions"]) == 1
    assert len(dossier_du_client["devis"][0]["lignes"]) == 1
    assert facture["total_ttc"] == "120.00"
    assert [li["total_ht"] for li in facture["lignes"]] == ["100.00"]
    assert facture["tva"][0]["montant"] == "20.00"
    assert facture["imputations"][0]["montant"] == "50.00"
    assert dossier_du_client["paiements"][0]["imputations"][0]["facture_id"] == facture["id"]
    assert len(courriel["pieces"]) == 1
    assert dossier_du_client["mandats"][0]["rum"]
    assert archive.manifeste["clients"] == Client.tous.count()


def test_a_client_without_a_usable_code_has_a_file_all_the_same(patron):
    client = creer_client(code="../É")

    noms = [nom for nom in lu(tout(patron)).fichiers if nom.startswith("clients/")]
    assert noms == [f"clients/..É-{client.pk}.json"]


def test_every_pdf_is_there_byte_for_byte(patron, client_complet):
    changer_le_logo(_png(), par=ROBOT)
    archive = lu(tout(patron))
    document = Document.objects.get(type="facture")

    assert archive.fichiers[f"documents/{document.cle}"] == lire(document)
    assert archive.fichiers[f"logos/{Logo.objects.get().pk}.png"].startswith(b"\x89PNG")
    assert archive.manifeste["documents"] == Document.objects.exclude(sha256="").count()


def test_a_missing_an_altered_and_a_promised_pdf_are_named_and_stop_nothing(
    patron, client_complet, settings
):
    factures = [creer_facture() for _ in range(3)]
    produire_les_promis()
    absent, altere, promis = (Document.objects.get(objet_id=f.pk, type="facture") for f in factures)
    (settings.DONNEES_DOCUMENTS / absent.cle).unlink()
    chemin = settings.DONNEES_DOCUMENTS / altere.cle
    chemin.chmod(0o600)
    chemin.write_bytes(b"")
    derniere = creer_facture()
    jamais_fait = Document.objects.get(objet_id=derniere.pk, type="facture")
    export = tout(patron)
    archive = lu(export)

    assert export.etat == "partiel"
    manquants = {un["fichier"]: un["raison"] for un in archive.manifeste["manquants"]}
    assert set(manquants) == {f"documents/{d.cle}" for d in (absent, altere, jamais_fait)}
    assert "altéré" in manquants[f"documents/{altere.cle}"]
    assert f"documents/{promis.cle}" in archive.fichiers
    assert not set(manquants) & set(archive.fichiers)
    assert all(fichier_manquant in archive.texte("LISEZMOI.txt") for fichier_manquant in manquants)
    assert all(archive.fichiers[nom] for nom in archive.fichiers if nom.startswith("documents/"))
    assert export.bilan["manquants"] == archive.manifeste["manquants"]


def test_no_secret_leaves(patron, http, client_complet):
    jeton, _ = creer_jeton(patron, appareil="téléphone")
    http.post("/api/v1/clients/", {"type": "particulier", "nom": "Clef"}, headers={
        "Idempotency-Key": "clef-secrete-12345"})  # fmt: skip
    patron.refresh_from_db()
    archive = lu(tout(patron))
    secrets = [
        patron.password, MOT_DE_PASSE, jeton, "clef-secrete-12345",
        http.cookies["sessionid"].value,
        *Facteur.objects.values_list("secret", flat=True),
        *Session.objects.values_list("session_key", flat=True),
        *Session.objects.values_list("session_data", flat=True),
        *(bytes(clef.reponse).decode() for clef in Clef.objects.all()),
    ]  # fmt: skip

    tout_le_texte = b"\n".join(archive.fichiers.values()).decode(errors="replace")
    assert Session.objects.exists()
    assert Clef.objects.exists()
    assert [secret for secret in secrets if secret in tout_le_texte] == []
    assert set(archive.table("utilisateurs")[0]) == {
        "id", "email", "prenom", "nom", "is_active", "is_staff", "is_superuser", "last_login",
        "cree_le",
    }  # fmt: skip


def test_the_file_is_for_its_owner_only_and_measured(patron, client_complet):
    export = tout(patron)
    chemin = fichier(export.pk)

    assert stat.S_IMODE(chemin.stat().st_mode) == 0o600
    assert stat.S_IMODE(dossier().stat().st_mode) == 0o700
    assert [un.name for un in dossier().iterdir()] == [chemin.name]
    assert (export.taille, export.progression) == (chemin.stat().st_size, 100)
    assert export.expire_le - export.fini_le == timedelta(hours=24)
    assert export.nom.startswith("export-complet-")


def test_the_notice_and_the_manifest_say_what_is_there(patron, client_complet):
    archive = lu(tout(patron))

    notice = archive.texte("LISEZMOI.txt")
    assert f"{len(tables.TABLES)} tables" in notice
    assert "CE QUI MANQUE" not in notice
    assert archive.manifeste["tables_exclues"] == tables.EXCLUES
    assert archive.manifeste["manquants"] == []


def test_what_is_asked_made_is_in_the_journal(patron):
    tout(patron)

    actions = Entree.objects.filter(objet_type="ops.export").order_by("pk")
    assert list(actions.values_list("action", "acteur_nom")) == [
        ("export.demande", "Claire Moreau"),
        ("export.fait", "système (exports)"),
    ]


def test_the_queries_do_not_grow_with_the_rows(patron):
    def requetes() -> int:
        with CaptureQueriesContext(connection) as vues:
            tout(patron)
        return len(vues)

    creer_facture()
    produire_les_promis()
    peu = requetes()
    for _ in range(6):
        creer_facture()
    produire_les_promis()

    assert requetes() == peu


def test_a_sent_mail_and_a_trashed_client_are_in_the_tree(patron, client_complet):
    envoyer_les_courriels()
    lone = creer_client(nom="Seul")
    supprimer(lone, par=ROBOT)

    archive = lu(tout(patron))
    assert archive.json(f"clients/{lone.code}-{lone.pk}.json")["supprime_le"]
    assert Facture.tous.count() == len(archive.table("factures"))
    assert Export.objects.get().bilan["lignes"] > 50


def _png() -> bytes:
    sortie = io.BytesIO()
    Image.new("RGB", (40, 20), "green").save(sortie, "PNG")
    return sortie.getvalue()
