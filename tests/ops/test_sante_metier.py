"""What the firm's work is watched for: each probe, well and in panne, at the hours that count."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from celery.schedules import crontab
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.module_loading import import_string

from artjardin.accounts.auteur import personne, systeme
from artjardin.audit.models import Execution
from artjardin.audit.services import consigner
from artjardin.outbox.models import Courriel, Tentative
from artjardin.outbox.services import Contenu, promettre, renvoyer
from artjardin.passages import Passage as PassageDeTache
from artjardin.sauvegardes.models import Sauvegarde
from artjardin.softdelete import passages
from artjardin.storage.models import Archive
from ops import nuit
from ops.models import Export
from ops.sante import metier
from ops.sante.activite import acces, courriels, relances, taches
from ops.sante.activite import nuit as nuits
from ops.sante.constats import Etat, Releve
from ops.veille.services import acquitter
from relances.models import Passage
from tests.artjardin.factories import creer_pdf
from tests.ops.factories import creer_incident

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
PAR = systeme("test")


def le(jour: int, heure: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{jour:02}T{heure}:00").replace(tzinfo=PARIS)


@pytest.fixture(autouse=True)
def _base_ancienne(monkeypatch):
    """Well before the days of these tests."""
    for module in (relances, nuits):
        monkeypatch.setattr(module, "naissance", lambda: le(1, "08:00"))


def courriel(statut: str, *, client: int | None = 7, age: timedelta = timedelta(), **champs):
    promis = promettre(
        genre="essai", a=["jeanne@example.org"], contenu=Contenu("Facture", "x"), client=client
    )
    instant = timezone.now() - age
    Courriel.objects.filter(pk=promis.pk).update(
        statut=statut, cree_le=instant, prochain_essai_le=instant, **champs
    )
    if statut == "echec":
        Tentative.objects.create(courriel=promis, debut=instant, fin=instant, resultat="echec")
    return Courriel.objects.get(pk=promis.pk)


def execution(tache: str, resultat: str, *, erreur: str = "", le: datetime | None = None):
    debut = le or timezone.now()
    return Execution.objects.create(
        tache=tache, resultat=resultat, erreur=erreur, debut=debut, fin=debut
    )


class TestMails:
    @pytest.mark.parametrize(("minutes", "etat"), [(14, Etat.OK), (16, Etat.PANNE)])
    def test_the_oldest_one_waits_a_quarter_of_an_hour_at_most(self, minutes, etat):
        courriel("en_attente", age=timedelta(minutes=minutes))
        releve = courriels.file()

        assert releve.etat is etat
        assert minutes * 60 <= releve.valeur < minutes * 60 + 60

    def test_one_due_tomorrow_waits_for_nothing(self):
        courriel("en_attente", age=-timedelta(days=1))
        assert courriels.file().etat is Etat.OK

    def test_eleven_refusals_in_an_hour_are_told_ten_are_not(self):
        for _ in range(10):
            courriel("echec", client=None)
        courriel("echec", age=timedelta(minutes=61))
        assert courriels.echecs() == Releve(Etat.OK, valeur=10)
        courriel("echec")

        assert courriels.echecs() == Releve(Etat.PANNE, "11 courriels refusés en une heure", 11)

    def test_a_client_who_did_not_get_a_mail_is_told_until_it_is_sent_again(self, time_machine_a):
        time_machine_a(le(24, "10:00"))
        courriel("echec", client=None)
        assert courriels.perdus().etat is Etat.OK
        perdu = courriel("echec")
        assert courriels.perdus().message == (
            "1 courriel non remis à des clients, le premier du 24/11 à 10:00"
        )
        renvoyer(perdu, par=PAR)

        assert courriels.perdus().etat is Etat.OK

    def test_or_until_somebody_says_to_look_after_it(self, auteur):
        courriel("echec", age=timedelta(minutes=5))
        acquitter(creer_incident(courriels.PERDUS), par=auteur)
        assert courriels.perdus().etat is Etat.OK
        courriel("echec", age=-timedelta(minutes=1))

        assert courriels.perdus().valeur == 1

    @pytest.mark.parametrize(("minutes", "etat"), [(59, Etat.OK), (61, Etat.PANNE)])
    def test_an_uncertain_one_is_settled_within_an_hour(self, minutes, etat):
        age = timedelta(minutes=minutes)
        courriel("incertain", age=timedelta(days=1), remis_le=timezone.now() - age)

        assert courriels.incertains().etat is etat

    def test_what_was_for_ourselves_and_failed_is_told_for_a_day(self):
        courriel("echec", client=None, age=timedelta(hours=25))
        assert courriels.internes().etat is Etat.OK
        courriel("echec", client=None)

        assert courriels.internes().valeur == 1


class TestReminders:
    @pytest.mark.parametrize(
        ("instant", "etat"),
        [
            (le(24, "09:24"), Etat.OK),  # Tuesday
            (le(24, "09:25"), Etat.PANNE),
            (le(25, "03:00"), Etat.PANNE),  # that of the day before was never made
            (le(22, "12:00"), Etat.OK),  # Sunday, Saturday's was made
            (le(11, "12:00"), Etat.OK),  # a holiday
        ],
    )
    def test_the_run_of_nine_is_finished_at_half_past(self, instant, etat, time_machine_a):
        for jour in (10, 21, 23):
            fait = le(jour, "09:02")
            Passage.objects.create(jour=fait.date(), debut=fait, fin=fait)
        time_machine_a(instant)

        assert relances.passage().etat is etat

    def test_one_that_does_not_end_is_told_and_caught_up_it_is_over(self, time_machine_a):
        passage = Passage.objects.create(jour=date(2026, 11, 24), debut=le(24, "09:00"))
        time_machine_a(le(24, "10:00"))
        assert relances.passage().message == "le passage du 24/11 n'est pas fini"
        passage.fin = le(24, "10:00")
        passage.save()

        assert relances.passage().etat is Etat.OK

    def test_a_base_born_today_had_nothing_to_do(self, time_machine_a, monkeypatch):
        monkeypatch.setattr(relances, "naissance", lambda: le(24, "14:00"))
        time_machine_a(le(24, "15:00"))

        assert relances.passage().etat is Etat.OK

    def test_the_birth_of_a_base_is_its_first_migration(self, monkeypatch):
        monkeypatch.undo()
        assert timezone.now() - timedelta(days=1) < relances.naissance() <= timezone.now()

    def test_clients_left_aside_by_a_fault_are_counted(self):
        jours = [date(2026, 11, 23), date(2026, 11, 24)]
        for jour, echecs in zip(jours, (0, 2), strict=True):
            Passage.objects.create(jour=jour, fin=timezone.now(), echecs=echecs)
        releve = relances.incompletes()
        assert (releve.etat, releve.valeur) == (Etat.PANNE, 2)
        assert releve.message == "passage du 24/11 : 2 factures non relancées"

    @pytest.mark.parametrize(
        ("reussi_le", "a", "etat"),
        [
            (le(23, "08:00"), le(24, "08:29"), Etat.OK),
            (le(23, "08:00"), le(24, "08:30"), Etat.PANNE),
            (le(24, "08:01"), le(24, "08:30"), Etat.OK),
            (None, le(24, "10:00"), Etat.OK),  # Valkey was emptied: nothing is known
        ],
    )
    def test_the_preview_is_made_at_eight(self, reussi_le, a, etat, time_machine_a, monkeypatch):
        faits = {}
        if reussi_le:
            faits[relances.APERCU] = PassageDeTache(reussi_le, "reussi", reussi_le, 1.0, reussi_le)
        monkeypatch.setattr(relances, "derniers_passages", lambda: faits)
        time_machine_a(a)

        assert relances.apercu().etat is etat

    def test_that_name_is_in_the_schedule(self):
        from artjardin.celery import app  # noqa: PLC0415

        assert app.conf.beat_schedule[relances.APERCU]["task"] == "relances.tasks.envoyer_l_apercu"


class TestNights:
    def test_a_backup_that_failed_is_told_until_one_succeeds(self):
        execution(nuit.TACHE, "echec", erreur="pg_dump : disque plein\nautre faute")
        releve = nuits.sauvegarde()
        assert releve.etat is Etat.PANNE
        assert releve.message.endswith(" : pg_dump : disque plein ; autre faute")
        Execution.objects.create(tache=nuit.TACHE)  # under way: nothing new
        assert nuits.sauvegarde().etat is Etat.PANNE
        execution(nuit.TACHE, "reussi")

        assert nuits.sauvegarde().etat is Etat.OK

    @pytest.mark.parametrize(("heures", "etat"), [(26, Etat.OK), (27, Etat.PANNE)])
    def test_the_last_verified_backup_is_at_most_26_hours_old(self, heures, etat, time_machine_a):
        faite = le(24, "01:15")
        Sauvegarde.objects.create(
            nom="20261124T001500Z-quotidienne", motif="quotidienne", faite_le=faite,
            etat="verifiee", verifiee_le=faite, distante=True, locale=True, manifeste={},
            duree=timedelta(seconds=2), taille=1_000, sha256="a" * 64,
        )  # fmt: skip
        time_machine_a(faite + timedelta(hours=heures))

        assert nuits.fraicheur().etat is etat

    def test_a_new_base_has_as_long_to_make_its_first(self, monkeypatch, time_machine_a):
        monkeypatch.setattr(nuits, "naissance", lambda: le(24, "12:00"))
        time_machine_a(le(25, "13:00"))
        assert nuits.fraicheur().etat is Etat.OK
        time_machine_a(le(25, "15:00"))
        assert nuits.fraicheur().message == "aucune n'a encore été vérifiée"

    @pytest.mark.parametrize("controle", nuit.CONTROLES, ids=nuits.nom_de)
    def test_each_check_of_the_night_has_its_probe(self, controle):
        if controle.fonction == "ops.nuit.fraicheur":  # looked at all day by another
            return
        sonde = next(une for une in metier.SONDES if une.nom == nuits.nom_de(controle))
        eprouver = import_string(sonde.eprouver)
        assert eprouver().etat is Etat.OK
        execution(controle.tache, "echec", erreur="Dupont : faute")
        assert (sonde.titre, sonde.remede) == (controle.titre, controle.remede)
        assert eprouver().etat is Etat.PANNE
        assert ("Dupont" in eprouver().message) == (controle.tache not in nuits.DISCRETS)
        execution(controle.tache, "reussi")
        assert eprouver().etat is Etat.OK

    def test_there_is_no_other_probe_by_that_way(self):
        with pytest.raises(AttributeError):
            nuits.__getattr__("inconnu")

    def test_checks_that_were_not_made_are_named_in_the_morning(self, time_machine_a):
        time_machine_a(le(24, "04:54"))
        assert nuits.controles().etat is Etat.OK
        time_machine_a(le(24, "05:00"))
        assert nuits.controles().valeur == len(nuit.CONTROLES)
        for controle in nuit.CONTROLES[1:]:
            execution(controle.tache, "echec")
        assert nuits.controles().message == f"pas faits aujourd'hui : {nuit.CONTROLES[0].tache}"
        execution(nuit.CONTROLES[0].tache, "reussi")

        assert nuits.controles().etat is Etat.OK

    def test_a_purge_that_is_held_is_told_without_names(self):
        execution(passages.TACHE, "partiel", erreur="Dupont : échec")
        releve = nuits.purge()

        assert releve.etat is Etat.PANNE
        assert "Dupont" not in releve.message

    def test_a_document_has_its_second_copy_within_the_hour(self, time_machine_a, settings):
        settings.DOCUMENT_PRODUCTEURS = {"essai": "tests.artjardin.factories.pdf"}
        time_machine_a(le(24, "10:00"))
        Archive.objects.get_or_create(document=creer_pdf())
        time_machine_a(le(24, "11:00"))
        assert nuits.archivage().etat is Etat.OK
        time_machine_a(le(24, "13:00"))

        assert nuits.archivage().message == (
            "1 document(s) sans seconde copie, le plus ancien depuis 3 h"
        )

    def test_other_jobs_that_failed_last_are_named(self):
        execution("archives.rattrapage", "echec")
        execution("menage", "echec")
        execution("menage", "reussi")
        execution(nuit.TACHE, "echec")

        releve = nuits.executions()
        assert releve.message == "dernière exécution en échec : archives.rattrapage"


class TestLocks:
    @pytest.fixture
    def verrouiller(self, time_machine_a):
        def fermer(qui, instant: datetime) -> None:
            time_machine_a(instant)
            consigner(qui, acces.VERROU, par=personne(qui))

        return fermer

    def test_three_accounts_in_an_hour(self, verrouiller, patron, employe, comptable):
        verrouiller(comptable, le(24, "08:30"))
        verrouiller(patron, le(24, "09:30"))
        verrouiller(employe, le(24, "09:40"))
        assert acces.verrous().etat is Etat.OK
        verrouiller(comptable, le(24, "10:00"))

        assert acces.verrous().message == "3 comptes verrouillés en une heure"

    def test_one_account_three_times_in_a_day(self, verrouiller, patron):
        for instant in (le(23, "09:30"), le(23, "11:00"), le(24, "09:45")):
            verrouiller(patron, instant)
        assert acces.verrous().etat is Etat.OK
        verrouiller(patron, le(24, "10:00"))

        assert acces.verrous().message == "1 compte verrouillé(s) au moins 3 fois en un jour"


class TestJobs:
    @pytest.mark.parametrize(
        ("planning", "dernier", "retard"),
        [
            (crontab(minute="*"), le(24, "09:58"), 1),
            (crontab(minute=20, hour=0), le(23, "00:20"), 580),
            (crontab(minute=20, hour=0), le(24, "00:20"), -860),
            (crontab(minute="*", hour="9-18"), le(23, "18:59"), 60),
        ],
    )
    def test_how_late_a_job_is(self, planning, dernier, retard, time_machine_a):
        time_machine_a(le(24, "10:00"))
        assert taches.en_retard(planning, dernier) == timedelta(minutes=retard)

    def test_what_is_late_or_hangs_is_named(self, monkeypatch, time_machine_a):
        time_machine_a(le(24, "10:00"))
        vus = {
            "remerciements": PassageDeTache(le(24, "09:40"), "reussi"),
            "rebonds": PassageDeTache(le(24, "09:50"), "echec"),
            "exports": PassageDeTache(le(24, "03:00"), "en_cours"),
        }
        monkeypatch.setattr(taches, "derniers_passages", lambda: vus)
        releve = taches.planifiees()

        assert releve.etat is Etat.PANNE
        assert releve.message == (
            "« remerciements » en retard de 19 min ; « exports » n'en finit pas depuis 7 h"
        )
        monkeypatch.setattr(taches, "derniers_passages", dict)
        assert taches.planifiees().etat is Etat.OK

    def test_an_export_that_nobody_makes_is_told_after_an_hour(self, patron):
        export = Export.objects.create(genre="complet", demandeur=patron, demandeur_nom="C")
        assert taches.exports().etat is Etat.OK
        passe = timezone.now() - timedelta(minutes=61)
        Export.objects.filter(pk=export.pk).update(demande_le=passe)

        assert taches.exports().valeur == 1


@pytest.mark.parametrize("sonde", metier.SONDES, ids=lambda une: une.nom)
def test_each_probe_answers_in_few_queries(sonde):
    with CaptureQueriesContext(connection) as lues:
        releve = import_string(sonde.eprouver)()

    assert isinstance(releve, Releve)
    assert len(lues) <= 4
    assert sonde.remede
