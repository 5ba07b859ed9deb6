"""Guards that cannot answer: a mail waits for its own, and fails when it never does."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from artjardin.outbox.models import Courriel
from artjardin.outbox.services import PlusTard, envoyer_les_courriels
from tests.artjardin.factories import promettre_courriel
from tests.artjardin.serveurs import port_libre, serveur_smtp
from tests.artjardin.test_outbox_promesse import gabarit  # noqa: F401

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gabarit")]
REPONSES = {}


def garde(courriel):
    """Registered as the guard of `essai`: says the next of its REPONSES."""
    match REPONSES["suite"].pop(0):
        case "panne":
            raise ValueError("garde en panne")
        case "plus tard":
            raise PlusTard(timezone.now() + timedelta(minutes=15), "la nuit")
        case reponse:
            return reponse


@pytest.fixture
def demander(settings):
    """Ask the guard each quarter of an hour; its answers, and whether the relay is there."""
    settings.COURRIEL_GARDES = {"essai": f"{__name__}.garde"}

    def passer(*reponses, relais=True):
        debut = timezone.now()
        REPONSES["suite"] = list(reponses)
        with serveur_smtp(rcpt=["451 plus tard"] * len(reponses)) as serveur:
            settings.EMAIL_URL = serveur.url if relais else f"smtp://127.0.0.1:{port_libre()}"
            for rang in range(len(reponses)):
                le = debut + timedelta(minutes=16 * (rang + 1))
                with time_machine.travel(le, tick=False):
                    envoyer_les_courriels()
        assert REPONSES["suite"] == []
        return Courriel.objects.get(type="essai").statut

    return passer


def test_four_faults_in_a_row_fail_no_mail(demander):
    promettre_courriel()

    assert demander(*["panne"] * 4) == "en_attente"
    assert Courriel.objects.get().essais.count() == 4


def test_five_faults_in_a_row_fail_the_mail(demander):
    promettre_courriel()

    assert demander(*["panne"] * 5) == "echec"


@pytest.mark.parametrize("entre", ["plus tard", ""])
@pytest.mark.parametrize("relais", [True, False])
def test_faults_with_an_answer_in_between_are_passing(demander, entre, relais):
    promettre_courriel()

    suite = [*["panne"] * 4, entre, *["panne"] * 4, entre]
    assert demander(*suite, relais=relais) == "en_attente"


@pytest.mark.parametrize("entre", ["plus tard", ""])
def test_five_faults_in_a_row_after_an_answer_fail_the_mail(demander, entre):
    promettre_courriel()

    assert demander("panne", entre, *["panne"] * 5) == "echec"


def test_a_mail_put_off_after_a_fault_says_so_in_its_history(demander):
    courriel = promettre_courriel()

    demander("plus tard", "plus tard", "panne", "plus tard", "plus tard")

    essais = courriel.essais.values_list("resultat", "reponse")
    assert list(essais) == [("garde", "ValueError: garde en panne"), ("reporte", "la nuit")]
