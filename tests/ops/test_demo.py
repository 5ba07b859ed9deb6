"""The demo data: the story itself, then what it becomes in the database."""

import stat
from collections import Counter
from datetime import date, timedelta
from io import StringIO
from itertools import pairwise

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from stdnum import iban
from stdnum.fr import siret, tva

from artjardin.accounts.models import User
from artjardin.outbox.models import Courriel
from artjardin.softdelete.services import supprimer
from chantiers.models import Chantier, Intervention
from clients.models import Client
from facturation.models import Devis, Entreprise, Facture, Litige
from ops.demo.chargement import adresse
from ops.demo.noms import EQUIPE
from ops.demo.scenario import PIPELINE, imaginer
from relances.plan import planifier
from tests.clients.factories import creer_client

JOURS = [date(2026, 1, 1) + timedelta(days=ecart) for ecart in range(0, 800, 11)]


@pytest.fixture(scope="module")
def au(django_db_setup):
    return timezone.localdate()


@pytest.fixture(scope="module")
def chargee(au, django_db_blocker, tmp_path_factory):
    """One load for all the tests that only look at it: what it said, where it wrote."""
    dossier, sortie = tmp_path_factory.mktemp("donnees"), StringIO()
    with django_db_blocker.unblock(), override_settings(DONNEES=dossier), transaction.atomic():
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
    assert len(retards) == 32
    assert min(retards) >= 5
    assert max(retards) <= 120


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
    plan = planifier(au=au)

    assert 15 <= plan.clients_a_relancer <= 25
    assert plan.motifs["litige"] == plan.motifs["client-exclu"] == Litige.objects.count() == 2
    assert len(plan.a_poster) == 3
    assert not Courriel.objects.exists()


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
        assert user.a_le_role(role)
        assert adresse(prenom, nom) in sortie


@pytest.mark.usefixtures("db")
def test_the_year_does_not_end_in_the_future():
    with pytest.raises(CommandError, match="avenir"):
        call_command("demo", "--au", (timezone.localdate() + timedelta(days=1)).isoformat())
