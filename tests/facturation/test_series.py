"""A series is changed on the page of the firm: nothing is antedated, nothing is numbered twice."""

from datetime import date

import pytest
import time_machine

from artjardin.erreurs import Conflit, Invalide
from facturation.controle import controler
from facturation.models import Compteur, Entreprise
from facturation.services import emettre_facture, modifier_entreprise
from tests.facturation.factories import ROBOT, creer_brouillon, creer_devis_finalise, creer_facture

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("_novembre"),
]


@pytest.fixture
def _novembre():
    with time_machine.travel("2026-11-22T12:00:00+01:00", tick=False):
        yield


def nommer(prefixe, *, champ="prefixe_facture"):
    return modifier_entreprise(par=ROBOT, **{champ: prefixe})


def test_a_new_series_starts_at_one():
    creer_facture()
    nommer("F")

    assert creer_facture().numero == "F-2026-0001"
    assert controler().anomalies == []


def test_a_new_series_does_not_go_back_before_the_one_it_replaces():
    creer_facture()
    nommer("F")
    brouillon = creer_brouillon()

    with pytest.raises(Conflit) as refus:
        emettre_facture(brouillon, par=ROBOT, le=date(2026, 11, 21))

    assert refus.value.code == "date_anterieure"
    assert refus.value.champs == {"date": ["À partir du 22/11/2026."]}
    assert emettre_facture(brouillon, par=ROBOT, le=date(2026, 11, 22)).numero == "F-2026-0001"


def test_a_series_that_has_served_is_not_taken_again():
    creer_facture()
    nommer("F")
    creer_facture()

    with pytest.raises(Invalide) as refus:
        nommer("FAC")

    assert refus.value.champs == {
        "prefixe_facture": ["Cette série a déjà servi : choisissez-en une autre."]
    }
    assert Entreprise.la_notre().prefixe_facture == "F"


def test_one_goes_back_while_the_new_series_is_empty():
    creer_facture()
    nommer("F")
    nommer("FAC")

    assert creer_facture().numero == "FAC-2026-0002"
    assert controler().anomalies == []


def test_the_series_of_another_kind_is_refused():
    creer_devis_finalise()
    nommer("D", champ="prefixe_devis")

    with pytest.raises(Invalide):
        nommer("dev")

    assert not Compteur.objects.filter(serie="dev").exists()


@pytest.mark.parametrize("prefixe", ["", "FAC 1", "É", "F" * 11, "REPRISE", "AVO"])
def test_a_prefix_is_of_the_form_of_br_fr_02(prefixe):
    with pytest.raises(Invalide) as refus:
        nommer(prefixe)

    assert "prefixe_facture" in refus.value.champs
