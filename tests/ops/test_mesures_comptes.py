"""The figures agree with what was done."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from artjardin.accounts.models import User, Verrou
from artjardin.audit.services import suivre
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import envoyer_les_courriels
from artjardin.sauvegardes.models import Sauvegarde
from artjardin.storage.models import Archive
from artjardin.storage.services import produire_les_promis
from ops.nuit import CONTROLES, TACHE
from ops.veille.models import Incident, Ronde
from relances.services import relancer
from tests.artjardin.monde import MARDI
from tests.artjardin.serveurs import serveur_smtp
from tests.clients.factories import creer_client
from tests.facturation.factories import (
    crediter,
    creer_brouillon,
    creer_devis_finalise,
    creer_facture,
    payer,
)
from tests.ops.mesures import du_produit
from tests.relances.factories import PAR, facture_due, facture_reprise

pytestmark = pytest.mark.django_db
PDF = "tests.artjardin.monde.pdf"


@pytest.fixture(autouse=True)
def _ce_mardi():
    with time_machine.travel(MARDI, tick=True):
        yield


@pytest.fixture
def _dessins(settings):
    settings.DOCUMENT_PRODUCTEURS = dict.fromkeys(settings.DOCUMENT_PRODUCTEURS, PDF)


def envoyer(settings, **script):
    with serveur_smtp(**script) as serveur:
        settings.EMAIL_URL = serveur.url
        envoyer_les_courriels()
    return len(serveur.recus)


class TestComptes:
    def test_documents_are_counted_as_they_are_issued(self):
        avant = du_produit()["artjardin_documents_emis_total"]
        client = creer_client()
        creer_brouillon(client=client)
        facture_reprise(client, "A-1", retard=3)
        crediter(creer_facture(client=client))
        creer_facture(client=client)
        creer_devis_finalise(client=client)

        apres = du_produit()["artjardin_documents_emis_total"]
        assert {g: apres[g] - avant[g] for g in apres if apres[g] != avant[g]} == {
            ("facture",): 2, ("avoir",): 1, ("devis",): 1,
        }  # fmt: skip

    @pytest.mark.usefixtures("_dessins")
    def test_pdf_wait_are_made_and_wait_for_their_archive(self):
        creer_facture()
        creer_devis_finalise()
        assert du_produit()["artjardin_pdf_en_attente"] == {("promis",): 2, ("abandonne",): 0}

        produire_les_promis()
        vu = du_produit()

        assert vu["artjardin_pdf_en_attente"] == {("promis",): 0, ("abandonne",): 0}
        assert vu["artjardin_pdf_plus_ancien_secondes"][()] == 0
        assert vu["artjardin_pdf_produits_total"][("facture",)] == 1
        assert vu["artjardin_pdf_duree_secondes_count"][()] == 2
        assert 0 < vu["artjardin_pdf_duree_secondes_sum"][()] < 10
        assert vu["artjardin_archives"][("a_faire",)] == 2

    @pytest.mark.usefixtures("_dessins")
    def test_the_delay_of_the_archive_is_that_of_the_oldest(self):
        creer_facture()
        produire_les_promis()
        with connection.cursor() as base:
            base.execute("ALTER TABLE storage_document DISABLE TRIGGER USER")
            base.execute("UPDATE storage_document SET produit_le = now() - interval '2 hours'")
        assert 7200 <= du_produit()["artjardin_archives_retard_secondes"][()] < 7260

        Archive.objects.update(etat="archive", sha256="a" * 64, cle="x", archive_le=timezone.now())
        assert du_produit()["artjardin_archives_retard_secondes"][()] == 0

    @pytest.mark.usefixtures("_dessins")
    def test_reminders_and_mails_follow_what_became_of_them(self, settings):
        for email in ("un@example.org", "deux@example.org", ""):
            facture_due(creer_client(email=email), retard=35)
        relancer(jour=timezone.localdate(), par=PAR)
        vu = du_produit()
        assert vu["artjardin_relances_en_cours"][("en_attente", "J+30")] == 2
        assert vu["artjardin_relances_en_cours"][("a_poster", "J+30")] == 1
        assert sum(vu["artjardin_relances_total"].values()) == 0
        dus = vu["artjardin_courriels"][("en_attente",)]

        produire_les_promis()
        partis = envoyer(settings, rcpt=["550 5.1.1 inconnu"])
        vu = du_produit()

        assert partis == dus - 1
        assert vu["artjardin_courriels"][("envoye",)] == partis
        assert vu["artjardin_courriels"][("echec",)] == 1
        assert vu["artjardin_envois_total"][("envoye",)] == partis
        assert vu["artjardin_envois_total"][("echec",)] == 1
        assert vu["artjardin_envoi_duree_secondes_count"][()] == partis
        assert vu["artjardin_courriel_attente_secondes_bucket"][("+Inf",)] == partis
        faites = vu["artjardin_relances_total"][("J+30", "envoyee")]
        assert faites + vu["artjardin_relances_en_cours"][("echec", "J+30")] == 2
        assert vu["artjardin_relances_dernier_passage_horodatage_secondes"][()] >= MARDI.timestamp()

    def test_a_mail_that_may_not_leave_yet_is_not_late(self):
        creer_facture()
        assert Courriel.objects.count() == 0
        Courriel.objects.create(
            type="essai", a=["a@example.org"], expediteur="b@example.org", objet="x", texte="x",
            message_id="<1@x>", cree_le=timezone.now() - timedelta(hours=9),
            prochain_essai_le=timezone.now() + timedelta(hours=1),
        )  # fmt: skip
        vu = du_produit()
        assert vu["artjardin_courriel_retard_secondes"][()] == 0

        Courriel.objects.update(prochain_essai_le=timezone.now() - timedelta(hours=1))
        # The database has its own clock: what it says is measured from there
        with connection.cursor() as base:
            base.execute("UPDATE outbox_courriel SET prochain_essai_le = now() - interval '1 hour'")
        assert du_produit()["artjardin_courriel_retard_secondes"][()] == 3600

    def test_what_is_owed_is_the_aged_balance(self):
        client = creer_client()
        for retard in (10, 40, 100):
            facture_due(client, retard=retard, au=timezone.localdate())
        payer(creer_facture(client=client), "20.00")

        assert du_produit()["artjardin_solde_du_euros"] == {
            ("non_echu",): 100, ("j30",): 120, ("j60",): 120, ("j90",): 0, ("plus",): 120,
        }  # fmt: skip

    def test_a_job_that_fails_then_succeeds(self):
        with pytest.raises(ValueError, match="plein"), suivre(TACHE):
            raise ValueError("plein")
        assert du_produit()["artjardin_tache_reussie"] == {(TACHE,): 0}

        with suivre(TACHE) as execution:
            execution.compteurs = {"nom": "x"}
        with suivre(CONTROLES[0].tache) as execution:
            execution.compteurs = {"anomalies": 3}
        vu = du_produit()

        assert vu["artjardin_tache_reussie"][(TACHE,)] == 1
        assert vu["artjardin_executions_total"][("reussi", TACHE)] == 1
        assert vu["artjardin_executions_total"][("echec", TACHE)] == 1
        assert vu["artjardin_tache_dernier_succes_horodatage_secondes"][(TACHE,)] > 1e9
        assert vu["artjardin_controle_anomalies"] == {(CONTROLES[0].tache,): 3}

    def test_a_backup_counts_as_verified_once_it_is_off_site(self):
        assert set(du_produit()["artjardin_sauvegarde_age_secondes"].values()) == {math.inf}
        faite = Sauvegarde.objects.create(
            nom="20261124T001500Z-quotidienne", motif="quotidienne", faite_le=timezone.now(),
            duree=timedelta(seconds=42), taille=1234, sha256="a" * 64, manifeste={},
            etat="verifiee", verifiee_le=timezone.now(),
        )  # fmt: skip
        vu = du_produit()
        assert vu["artjardin_sauvegarde_age_secondes"][("verifiee",)] == math.inf
        assert vu["artjardin_sauvegarde_age_secondes"][("faite",)] < math.inf
        assert vu["artjardin_sauvegarde_taille_octets"][()] == 1234
        assert vu["artjardin_sauvegarde_duree_secondes"][()] == 42
        assert vu["artjardin_exercice_reussi"][()] == 0

        Sauvegarde.objects.filter(pk=faite.pk).update(distante=True)
        with suivre("sauvegarde.exercice"):
            pass
        vu = du_produit()
        assert vu["artjardin_sauvegarde_age_secondes"][("verifiee",)] < math.inf
        assert vu["artjardin_exercice_reussi"][()] == 1

    def test_who_is_protected_and_who_guesses(self, patron, employe, http):
        assert du_produit()["artjardin_patrons"] == {("oui",): 1, ("non",): 0}
        Verrou.objects.create(clef="x", jusqu_a=timezone.now() + timedelta(days=3000))
        assert du_produit()["artjardin_verrous_fermes"][()] == 1
        User.objects.filter(pk=patron.pk).update(is_active=False)
        assert du_produit()["artjardin_patrons"] == {("oui",): 0, ("non",): 0}

    def test_incidents_are_counted_until_they_are_over(self):
        for nom in ("smtp", "valkey", "disque"):
            Incident.objects.create(
                numero=nom, cle=nom, titre=nom, gravite="critique", ouvert_le=timezone.now()
            )
        pris = {"acquitte_le": timezone.now(), "acquitte_nom": "Claire"}
        Incident.objects.filter(cle="smtp").update(**pris)
        Incident.objects.filter(cle="disque").update(clos_le=timezone.now())

        assert du_produit()["artjardin_incidents_ouverts"] == {
            ("oui", "critique"): 1, ("non", "critique"): 1,
            ("oui", "normale"): 0, ("non", "normale"): 0,
        }  # fmt: skip

    def test_a_watch_that_makes_no_round_is_seen(self):
        assert du_produit()["artjardin_veille_silence_secondes"][()] == 3600
        Ronde.objects.create(pk=1, le=timezone.now(), machine="a")
        with connection.cursor() as base:
            base.execute("UPDATE ops_ronde SET le = now() - interval '4 minutes'")
        assert du_produit()["artjardin_veille_silence_secondes"][()] == 240
