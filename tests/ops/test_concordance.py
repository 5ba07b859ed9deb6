"""No false alarm: imports, accounts, trash, erasure, migrations; what the night says."""

from __future__ import annotations

import json
import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from artjardin.accounts.models import Role, User
from artjardin.audit import constat
from artjardin.audit.constat import douteuses, prendre_acte
from artjardin.audit.models import Entree, Execution, Sel
from artjardin.audit.services import consigner
from artjardin.softdelete.services import restaurer
from artjardin.temoins import Temoin
from clients.importation import importer_clients
from clients.models import Client
from facturation.importation import importer_factures
from facturation.models import Entreprise, Facture, Litige, MandatPrelevement, Paiement
from facturation.services import annuler_paiement, regler_envoi
from ops import nuit
from ops.comptes.gestion import modifier_compte, ouvrir_compte
from ops.comptes.liens import inviter
from ops.corbeille.effacement import effacer
from relances.models import Modele, Niveau, PlanDeRelance, TauxLegal
from relances.services import donner_un_plan, reprendre, suspendre
from tests.artjardin.concorde import concorde, ecarts, en_cachette
from tests.clients.factories import creer_client
from tests.facturation.factories import mandater
from tests.facturation.test_importation import fichier
from tests.ops.corbeille import creer_ancien, creer_prospect, jeter, purger_a_terme
from tests.relances.factories import PAR
from tests.variantes import CLIENTS, FACTURES

pytestmark = pytest.mark.django_db
MOT_DE_PASSE = "un-jardin-bien-tenu"


def importer(*lignes):
    return importer_factures(fichier(*lignes), fichier="factures.csv", par=PAR)


class TestNoFalseAlarm:
    @pytest.fixture(autouse=True)
    def _concorde(self, patron):
        with concorde():
            yield

    def test_imports_and_what_they_change_the_next_time(self):
        importer_clients(CLIENTS, fichier="clients.csv", par=PAR)
        importer_factures(FACTURES, fichier="factures.csv", par=PAR)
        assert Facture.objects.count() > 100
        creer_client(code="C1")
        importer({"Déjà réglé": "50,00", "Litige": "oui"})
        importer({"Déjà réglé": "20,00", "Litige": "non"})
        importer({"Déjà réglé": "120,00"})
        assert Litige.objects.filter(facture__numero="FA1", clos_le__isnull=False).exists()
        octets = CLIENTS.replace(b"Angers", b"Trelaze")
        importer_clients(octets, fichier="clients.csv", par=PAR)
        actif = Paiement.objects.filter(annule=None, annulation=None).last()
        annuler_paiement(actif, motif="Erreur", par=PAR)

    def test_accounts(self, patron):
        user = ouvrir_compte(
            email="neuf@art-jardin.example", mot_de_passe=MOT_DE_PASSE, role=Role.EMPLOYE, par=PAR
        )
        modifier_compte(user, par=PAR, roles=[Role.PATRON], nom="Neuf")
        modifier_compte(user, par=PAR, is_active=False)
        inviter(email="invite@art-jardin.example", role=Role.COMPTABLE, par=PAR)

    def test_settings(self):
        regler_envoi("facture_emise", par=PAR, vers="client")
        client = creer_client()
        suspendre(client, genre="pause", motif="Essai", par=PAR, jusqu_au=timezone.localdate())
        reprendre(client, par=PAR)
        donner_un_plan(client, PlanDeRelance.objects.first(), par=PAR)
        donner_un_plan(client, None, par=PAR)


class TestNoFalseAlarmOfTheTrash:
    """The accounts of the factories are not opened by a service: told before."""

    def test_there_and_back(self):
        prospect = creer_prospect()
        with concorde():
            lot = jeter(prospect)
            assert ecarts() == []
            restaurer(Client.tous.get(pk=lot.racine_id), par=PAR)

    def test_a_purge_that_destroys_and_one_that_keeps(self):
        clients = [creer_prospect(), creer_ancien()]
        with concorde():
            for client in clients:
                entourer(client)
                purger_a_terme(jeter(client))
        assert list(Client.tous.filter(pk__in=[c.pk for c in clients])) == clients[1:]

    def test_an_erasure_of_a_client_in_the_trash_or_not(self):
        clients = [creer_ancien(), creer_ancien()]
        with concorde():
            for client in clients:
                entourer(client)
            jeter(clients[1])
            for client in clients:
                effacer(Client.tous.get(pk=client.pk), confirmation=client.code, par=PAR)


def entourer(client) -> None:
    """What hangs from a client and is not a document."""
    mandater(client)
    donner_un_plan(client, PlanDeRelance.objects.first(), par=PAR)
    suspendre(client, genre="exclusion", motif="Madame Durand", par=PAR)


def test_an_erasure_takes_the_salts_away():
    client = creer_ancien()
    entourer(client)
    [avant] = Sel.objects.filter(objet_type="clients.client", objet_id=str(client.pk))
    mandat = MandatPrelevement.objects.get()

    effacer(client, confirmation=client.code, par=PAR)

    assert not MandatPrelevement.objects.exists()
    assert not Sel.objects.filter(sel=avant.sel).exists()
    siens = Sel.objects.filter(objet_type="facturation.mandatprelevement")
    assert not siens.filter(objet_id=str(mandat.pk)).exists()


class TestMigrations:
    def test_a_first_one_writes_what_is_there_and_the_next_one_nothing(self):
        client = creer_client()
        nombre = prendre_acte()  # the client is told, the settings are not

        modeles = {Niveau, PlanDeRelance, TauxLegal, Modele}
        assert nombre > sum(modele.objects.count() for modele in modeles)
        dits = [e.details.get("etats", {}) for e in Entree.objects.filter(action=constat.CONSTAT)]
        assert not any("clients.client" in dit for dit in dits)
        assert prendre_acte() == 0
        assert Client.objects.get() == client

    def test_rows_of_before_are_told_by_batches(self, monkeypatch):
        monkeypatch.setattr(constat, "LOT", 3)
        nombre = prendre_acte()

        etats = [
            sum(map(len, entree.details.get("etats", {}).values()))
            for entree in Entree.objects.filter(action=constat.CONSTAT)
        ]
        assert (sum(etats), max(etats)) == (nombre, 3)
        assert ecarts() == []

    def test_what_it_changes_is_no_fault_and_what_was_one_stays(self):
        prendre_acte()
        fautif, change = creer_client(), TauxLegal.objects.first()
        en_cachette(fautif, "UPDATE {table} SET type = 'syndic'")
        intrus = User.objects.create_superuser("intrus@example.org", "x")
        avant = douteuses()
        TauxLegal.objects.filter(pk=change.pk).update(bce="1.00")  # what a migration may do
        ajoute = TauxLegal.objects.create(debut="2030-01-01", bce=1, legal=1)

        prendre_acte(sauf=avant)

        assert avant == {("clients.client", str(fautif.pk)), ("accounts.user", str(intrus.pk))}
        assert len(ecarts()) == 2
        assert {"syndic", "intrus"} <= set(re.findall(r"syndic|intrus", str(ecarts())))
        assert TauxLegal.objects.filter(pk=ajoute.pk).exists()

    def test_a_field_declared_since_is_told_at_the_next_one(self, monkeypatch):
        prendre_acte()
        plan = Temoin(["nom"])
        monkeypatch.setattr(PlanDeRelance, "TEMOIN", plan)
        creee = PlanDeRelance.objects.create(nom="Autre")
        consigner(creee, "planderelance.cree", par=PAR, etats=[creee])
        monkeypatch.undo()
        assert ecarts() == []
        PlanDeRelance.objects.filter(pk=creee.pk).update(type_client="")

        assert prendre_acte() == 1

        en_cachette(creee, "UPDATE {table} SET type_client = 'x'")
        assert len(ecarts()) == 1

    def test_a_database_of_before_the_states_has_nothing_to_doubt(self):
        prendre_acte()
        en_cachette(creer_client(), "UPDATE {table} SET type = 'syndic'")
        with connection.cursor() as curseur:
            curseur.execute("ALTER TABLE audit_sel RENAME TO audit_sel_ancienne")

        assert douteuses() == set()


class TestTold:
    def test_the_night_tells_the_row_and_the_field(self, patron):
        prendre_acte()
        client = creer_client(code="C7")
        en_cachette(client, "UPDATE {table} SET type = 'syndic'")

        nuit.controler_cette_nuit()

        execution = Execution.objects.get(tache="journal.concordance")
        faute = (
            f"Client n° {client.pk} (C7) : « type » : le journal n° "
            f"{Entree.objects.get(action='client.cree').pk} dit « particulier », la base « syndic »"
        )
        assert (execution.resultat, execution.erreur) == ("echec", faute)
        dit = Entree.objects.get(action="alerte.donnee", objet_id=execution.pk).details
        assert dit["titre"].startswith("Des lignes de la base")
        assert dit["fautes"] == [faute]
        assert "exploitation.md" in dit["remede"]

    def test_a_night_without_fault_says_how_many_rows_it_read(self, patron):
        prendre_acte()
        nuit.controler_cette_nuit()

        execution = Execution.objects.get(tache="journal.concordance")
        assert execution.resultat == "reussi"
        assert execution.compteurs["lignes_temoignees"] > 40

    def test_the_command(self):
        prendre_acte()
        sortie = StringIO()
        call_command("verifier_concordance", "--courriels", stdout=sortie, no_color=True)
        assert re.fullmatch(
            r"\d+ lignes comparées au journal\.\n"
            r"0 courriels relus, 0 dont une pièce ne se lit pas\.\n",
            sortie.getvalue(),
        )
        entreprise = Entreprise.la_notre()
        en_cachette(entreprise, "UPDATE {table} SET iban = 'FR76'")
        sortie = StringIO()
        with pytest.raises(CommandError, match=r"^1 faute\(s\)\.$"):
            call_command("verifier_concordance", "--json", stdout=sortie)
        [faute] = json.loads(sortie.getvalue())["anomalies"]
        motif = "Remis d'après la sauvegarde"
        call_command("verifier_concordance", "--prendre-acte", motif, stdout=sortie)
        entree = Entree.objects.latest("id")
        assert (entree.action, entree.details["motif"]) == ("journal.constat", motif)
        assert entree.details["fautes"] == [faute]
        assert ecarts() == []
        assert faute.startswith("Entreprise n° 1 (Art & Jardin) : « iban » : le journal n° ")
