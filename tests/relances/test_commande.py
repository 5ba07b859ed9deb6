"""manage.py relancer, on what the office really imports."""

from __future__ import annotations

import json
from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from artjardin.accounts.auteur import systeme
from artjardin.erreurs import Invalide
from artjardin.outbox.models import Courriel
from relances.models import Passage, Relance
from relances.services import relancer

ICI = Path(__file__).resolve().parents[1] / "data"
ATTENDU = json.loads((ICI / "attendu.json").read_text(encoding="utf-8"))


def commande(*arguments: str) -> str:
    sortie = StringIO()
    call_command("relancer", *arguments, stdout=sortie, stderr=sortie)
    return sortie.getvalue()


@pytest.fixture
def _reprise(db):
    for quoi, fichier in (("clients", "clients.csv"), ("factures", "factures-ouvertes.csv")):
        call_command("importer", quoi, str(ICI / fichier), stdout=StringIO())


@pytest.mark.usefixtures("_reprise")
def test_the_first_run_after_the_import_is_the_expected_one():
    apercu = json.loads(commande("--au", ATTENDU["au"], "--apercu", "--json"))

    clefs = ["au", "a_relancer", "clients_a_relancer", "total_a_relancer", "ecartees"]
    assert {clef: apercu[clef] for clef in clefs} == {clef: ATTENDU[clef] for clef in clefs}
    assert sorted(apercu["detail"]) == sorted(ATTENDU["detail"])
    assert not Courriel.objects.exists()


@pytest.mark.usefixtures("_reprise")
def test_the_run_promises_one_mail_a_client_and_a_second_run_none():
    fait = json.loads(commande("--au", ATTENDU["au"], "--json", "--sans-envoi"))

    assert fait["passage"]["courriels"] == ATTENDU["clients_a_relancer"]
    assert fait["passage"]["relancees"] == ATTENDU["a_relancer"]
    assert fait["passage"]["lettres"] == ATTENDU["ecartees"]["sans-email"]
    encore = commande("--au", ATTENDU["au"], "--sans-envoi")
    assert "déjà faites" in encore
    assert Courriel.objects.count() == ATTENDU["clients_a_relancer"]


@pytest.mark.django_db
def test_a_person_reads_the_preview():
    texte = commande("--au", "2026-11-24", "--apercu")

    assert "Relances du 24/11/2026 : 0 à 0 client," in texte


@pytest.mark.usefixtures("_reprise")
@pytest.mark.parametrize("jour", ["2026-11-23", "2026-11-25", "2027-01-15"])
def test_no_other_day_than_today_is_made(jour):
    """Its mails would leave now, a second level on the morrow, and the true run be refused."""
    with pytest.raises(CommandError, match=r"pour aujourd'hui.*Ajoutez --apercu"):
        commande("--au", jour)
    with pytest.raises(Invalide) as refus:
        relancer(jour=date.fromisoformat(jour), par=systeme("test"))

    assert list(refus.value.champs) == ["jour"]
    assert not Passage.objects.exists()
    assert not Relance.objects.exists()
    assert not Courriel.objects.exists()
    assert json.loads(commande("--au", jour, "--apercu", "--json"))["au"] == jour
