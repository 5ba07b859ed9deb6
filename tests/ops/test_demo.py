"""The demo data: the story itself, then what it becomes in the database."""

import stat
from collections import Counter
from datetime import date, datetime, timedelta
from io import StringIO
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from stdnum import iban
from stdnum.fr import siret, tva

from artjardin.accounts.models import User
from artjardin.audit.constat import prendre_acte
from artjardin.outbox.models import Courriel, Rebond
from artjardin.softdelete.services import supprimer
from chantiers.models import Chantier, Intervention
from clients.models import Client
from facturation.models import (
    Devis,
    Entreprise,
    Facture,
    Litige,
    MandatPrelevement,
    Prelevement,
)
from ops.demo.chargement import adresse
from ops.demo.decisions import attendre_demain
from ops.demo.noms import EQUIPE
from ops.demo.retards import EN_RETARD
from ops.demo.scenario import PIPELINE, imaginer
from relances.calendrier import prochain_jour_ouvrable
from relances.models import Passage, PlanDuClient, Relance, Suspension, Ton
from relances.plan import planifier
from relances.regles import LETTRE_VALABLE
from relances.services import lettres_du_jour, relancer_du_jour, remercier
from tests.artjardin.concorde import ecarts
from tests.clients.factories import creer_client
from tests.relances.factories import facture_due

PARIS = ZoneInfo("Europe/Paris")
# Reasons that somebody who looks at the preview must meet
UNE_FOIS = [
    "pause", "promesse", "exclusion", "credit-a-imputer",
     "envoi-en-echec", "envoi-incertain", "niveaux-epuises",
]  # fmt: skip
JOURS = [date(2026, 1, 1) + timedelta(days=ecart) for ecart in range(0, 800, 11)]


@pytest.fixture(scope="module")
def au(django_db_setup):
    return timezone.localdate()


@pytest.fixture(scope="module")
def chargee(au, django_db_blocker, tmp_path_factory):
    """One load for all the tests that only look at it: what it said, where it wrote."""
    dossier, sortie = tmp_path_factory.mktemp("donnees"), StringIO()
    with django_db_blocker.unblock(), override_settings(DONNEES=dossier), transaction.atomic():
        prendre_acte()
        call_command("demo", stdout=sortie)
        yield sortie.getvalue(), dossier
        transaction.set_rollback(True)


@pytest.mark.parametrize("jour", [date(2026, 11, 24), date(2024, 2, 29), date(2026, 1, 1)])
def test_the_story_is_the_same_for_the_same_day(jour):
    assert imaginer(jour) == imaginer(jour)


@pytest.mark.parametrize("jour", JOURS, ids=str)
def test_the_story_holds_on_any_day(jour):
    annee = imaginer(jour)

    assert len(annee.factures) == 200
    assert len(annee.clients) == 60
    dates = [facture.le for facture in annee.factures]
    assert dates == sorted(dates)
    assert jour - timedelta(days=366) < dates[0] <= dates[-1] <= jour
    for facture in annee.factures:
        recus = [facture.le, *(paiement.le for paiement in facture.paiements), jour]
        assert recus == sorted(recus)
    for devis in annee.devis:
        assert devis.le <= (devis.decide_le or jour) <= jour


@pytest.mark.parametrize("jour", JOURS[:20], ids=str)
def test_nobody_is_at_two_places_at_once(jour):
    par_employe = {}
    for intervention in imaginer(jour).interventions:
        par_employe.setdefault(intervention.employe, []).append(intervention)

    for interventions in par_employe.values():
        assert all(avant.fin <= apres.debut for avant, apres in pairwise(interventions))


def test_identifiers_are_well_formed():
    for client in imaginer(date(2026, 11, 24)).clients:
        assert client["telephone"].startswith(("06 39 98", "02 61 91"))
        assert client["email"].endswith("example.org") or not client["email"]
        if "siret" in client:
            assert siret.is_valid(client["siret"])
            assert tva.is_valid(client["tva_intracom"])


def test_the_year_is_written_whole(chargee, au):
    emises = Facture.objects.emises()

    par_type = Counter(emises.values_list("type", flat=True))
    assert par_type == {"facture": 200, "acompte": 2, "situation": 1, "solde": 1}
    assert Facture.objects.filter(type="avoir", statut="emise").count() == 1
    assert Facture.objects.filter(statut="brouillon").count() == 6
    assert Client.objects.count() == 60
    assert set(Client.objects.values_list("type", flat=True)) == set(Client.Type.values)
    assert User.objects.count() == 6
    assert Chantier.objects.count() == sum(PIPELINE.values())
    for modele in (Chantier, Devis, Intervention):
        presents = set(modele.objects.values_list("statut", flat=True))
        assert presents == set(modele.Statut.values)
    retards = [(au - facture.echeance).days for facture in Facture.objects.en_retard(au=au)]
    assert len(retards) == EN_RETARD
    assert min(retards) >= 5
    assert max(retards) <= 120


def test_the_journal_knows_all_of_it(chargee):
    assert ecarts() == []


def test_numbers_follow_the_dates(chargee):
    suites = {}
    for facture in Facture.objects.emises().order_by("numero"):
        suites.setdefault(facture.date.year, []).append((facture.date, facture.numero))

    for annee, suite in suites.items():
        assert [numero for _, numero in suite] == [
            f"FAC-{annee}-{rang:04d}" for rang in range(1, len(suite) + 1)
        ]
        assert suite == sorted(suite)


def test_the_run_of_nine_has_people_to_remind_and_reasons_not_to(chargee, au):
    plan = planifier(au=prochain_jour_ouvrable(au))

    tons = {ligne.niveau.ton for ligne in plan.lignes}
    assert tons == set(Ton.values)
    assert 10 <= plan.clients_a_relancer <= 20
    assert {ligne.motif for ligne in plan.a_poster} == {"sans-email", "adresse-en-erreur"}
    assert plan.motifs["litige"] == plan.motifs["client-exclu"] == Litige.objects.count() == 2
    for motif in UNE_FOIS:
        assert plan.motifs[motif] >= 1, motif
    assert any(motif.startswith("prelevement") for motif in plan.motifs)  # or without news of it
    assert plan.motifs["banque-pas-a-jour"] == plan.motifs["sans-plan"] == 0


def test_the_reminders_of_the_past_weeks_are_in_the_ledger(chargee, au):
    passages = Passage.objects.avec_sorts().filter(automatique=True)

    assert [passage.echecs for passage in passages] == [0, 0, 0]
    jours = sorted(passage.jour for passage in passages)
    assert all(apres - avant >= timedelta(days=7) for avant, apres in pairwise([*jours, au]))
    for passage in passages:
        assert passage.relancees + passage.lettres >= 1
        assert passage.en_attente == 0
        for relance in passage.relances.all():
            assert timezone.localdate(relance.cree_le) == passage.jour
            if relance.postee_le:
                assert timezone.localdate(relance.postee_le) == passage.jour
    tons = Counter(Relance.objects.values_list("niveau__ton", flat=True))
    assert min(tons[ton] for ton in Ton.values) >= 2
    demeures = Relance.objects.filter(niveau__ton=Ton.MISE_EN_DEMEURE, recue_le__isnull=False)
    assert demeures.count() == 1
    assert demeures.get().suivi


def test_the_letter_that_is_left_is_to_be_posted(chargee, au):
    [lettre] = lettres_du_jour()

    assert lettre.client.email == ""
    assert 1 <= (au - lettre.relances[0].jour).days <= LETTRE_VALABLE


def test_nothing_waits_to_leave_and_nobody_is_alerted(chargee):
    sorts = Counter(Courriel.objects.values_list("statut", flat=True))

    assert set(sorts) == {"envoye", "echec", "incertain"}
    assert sorts["echec"] == sorts["incertain"] == 1
    assert not Courriel.objects.a_signaler().exists()
    assert Courriel.objects.filter(type="merci").count() == 1
    assert Rebond.objects.en_vigueur().count() == 2
    assert remercier() == 0
    for courriel in Courriel.objects.all():
        assert courriel.essais.count() == 1


def test_each_decision_is_shown(chargee):
    etats = Counter((une.genre, une.etat) for une in Suspension.objects.all())

    assert etats == {
        ("pause", "en_cours"): 1,
        ("exclusion", "en_cours"): 1,
        ("promesse", "en_cours"): 1,
        ("promesse", "tenue"): 1,
        ("promesse", "non_tenue"): 1,
    }
    assert Prelevement.objects.filter(rejete_le__isnull=False).count() == 1
    assert MandatPrelevement.objects.count() == 2
    assert PlanDuClient.objects.count() == 1


@pytest.mark.parametrize(
    ("_cas", "maintenant", "attendus"),
    [
        ("un mardi à 10 h", datetime(2026, 11, 24, 10, tzinfo=PARIS), 1),
        ("un mardi à 8 h", datetime(2026, 11, 24, 8, tzinfo=PARIS), 0),
        ("un dimanche", datetime(2026, 11, 22, 10, tzinfo=PARIS), 0),
    ],
)
@pytest.mark.usefixtures("db")
def test_loaded_after_nine_nobody_is_reminded_before_the_next_day(
    _cas, maintenant, attendus, time_machine_a, auteur
):
    time_machine_a(maintenant)
    facture_due(creer_client(), retard=40, au=maintenant.date())
    attendre_demain(par=auteur)
    relancer_du_jour()

    assert Passage.objects.filter(relancees=0, lance_par=auteur.nom).count() == attendus
    assert not (attendus and Courriel.objects.exists())


def test_the_firm_can_print_invoices(chargee):
    entreprise = Entreprise.la_notre()

    assert siret.is_valid(entreprise.siret)
    assert tva.is_valid(entreprise.tva_intracom)
    assert iban.is_valid(entreprise.iban)
    imprimes = entreprise.instantane()
    sans_objet = {"franchise", "tva_debits", "sap", "logo"}  # options, and what it has not
    assert [
        champ for champ, valeur in imprimes.items() if not valeur and champ not in sans_objet
    ] == []


@pytest.mark.usefixtures("db")
def test_a_database_in_use_is_refused():
    creer_client()

    with pytest.raises(CommandError, match="base neuve"):
        call_command("demo")


@pytest.mark.usefixtures("db")
def test_a_client_in_the_trash_counts_too(auteur, capsys):
    supprimer(creer_client(), par=auteur)
    call_command("demo", "--si-vide")

    assert "rien n'a été chargé" in capsys.readouterr().out
    assert not Facture.objects.exists()


def test_a_real_database_must_be_asked_for(settings):
    settings.EMBARQUE = False

    with pytest.raises(CommandError, match="--forcer"):
        call_command("demo")


def test_the_logins_are_told_and_kept_private(chargee):
    sortie, dossier = chargee
    fichier = dossier / "logins.txt"

    assert stat.S_IMODE(fichier.stat().st_mode) == 0o600
    assert fichier.read_text(encoding="utf-8") in sortie
    for role, prenom, nom, secret in EQUIPE:
        user = authenticate(username=adresse(prenom, nom), password=secret)
        assert role in user.roles
        assert adresse(prenom, nom) in sortie


@pytest.mark.usefixtures("db")
def test_the_year_does_not_end_in_the_future():
    with pytest.raises(CommandError, match="avenir"):
        call_command("demo", "--au", (timezone.localdate() + timedelta(days=1)).isoformat())
