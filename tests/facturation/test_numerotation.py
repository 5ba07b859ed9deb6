"""Numbers: gapless, chronological, one counter per series and year, given at issue (G2)."""

from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.db import transaction

from artjardin.erreurs import Conflit
from facturation.models import Compteur, Facture
from facturation.models.numerotation import prochaine_place
from facturation.services import emettre_facture
from tests.artjardin.serveurs import en_parallele
from tests.facturation.factories import (
    ROBOT,
    creer_brouillon,
    creer_devis_finalise,
    creer_facture,
)

SYLVESTRE, JOUR_DE_L_AN = date(2026, 12, 31), date(2027, 1, 1)


@pytest.mark.django_db
def test_a_draft_has_no_number_and_takes_none():
    assert creer_brouillon().numero is None
    assert not Compteur.objects.exists()


@pytest.mark.django_db
@time_machine.travel("2026-06-10T12:00:00+02:00", tick=False)
def test_numbers_follow_one_another_and_tell_the_year():
    numeros = [creer_facture().numero for _ in range(3)]

    assert numeros == ["FAC-2026-0001", "FAC-2026-0002", "FAC-2026-0003"]


@pytest.mark.django_db
@time_machine.travel("2026-06-10T12:00:00+02:00", tick=False)
def test_each_series_has_its_own_counter():
    creer_facture()

    assert creer_devis_finalise().numero == "DEV-2026-0001"
    assert creer_facture().numero == "FAC-2026-0002"
    assert prochaine_place("AVO", le=date(2026, 1, 5)).numero == "AVO-2026-0001"


@pytest.mark.django_db
def test_past_nine_thousand_numbers_go_on():
    Compteur.objects.create(serie="FAC", annee=2026, dernier=9999, derniere_date=date(2026, 1, 1))

    assert prochaine_place("FAC", le=date(2026, 1, 1)).numero == "FAC-2026-10000"


@pytest.mark.django_db
@time_machine.travel("2026-06-10T12:00:00+02:00", tick=False)
def test_a_date_before_the_last_of_the_series_is_refused():
    creer_facture(le=date(2026, 6, 9))
    brouillon = creer_brouillon()

    with pytest.raises(Conflit) as refus:
        emettre_facture(brouillon, par=ROBOT, le=date(2026, 6, 8))

    assert refus.value.code == "date_anterieure"
    brouillon.refresh_from_db()
    assert (brouillon.statut, brouillon.numero) == ("brouillon", None)
    assert Compteur.objects.get().dernier == 1
    assert emettre_facture(brouillon, par=ROBOT, le=date(2026, 6, 9)).numero == "FAC-2026-0002"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("instant", "numero"),
    [
        ("2026-12-31T23:59:59+01:00", "FAC-2026-0002"),
        ("2026-12-31T23:00:00+00:00", "FAC-2027-0001"),  # midnight in Paris
    ],
)
def test_the_year_changes_at_midnight_in_paris(instant, numero):
    with time_machine.travel("2026-12-30T12:00:00+01:00", tick=False):
        creer_facture()

    with time_machine.travel(instant, tick=False):
        assert creer_facture().numero == numero


@pytest.mark.django_db
@time_machine.travel("2027-01-02T12:00:00+01:00", tick=False)
def test_december_is_closed_once_january_has_begun():
    assert creer_facture(le=SYLVESTRE).numero == "FAC-2026-0001"
    assert creer_facture(le=JOUR_DE_L_AN).numero == "FAC-2027-0001"
    brouillon = creer_brouillon()

    with pytest.raises(Conflit, match="01/01/2027"):
        emettre_facture(brouillon, par=ROBOT, le=SYLVESTRE)

    assert dict(Compteur.objects.values_list("annee", "dernier")) == {2026: 1, 2027: 1}


def test_a_rollback_gives_the_number_back(base_partagee):
    brouillon = creer_brouillon()

    with transaction.atomic():
        assert emettre_facture(brouillon, par=ROBOT).numero.endswith("-0001")
        transaction.set_rollback(True)

    assert Facture.objects.get().numero is None
    assert creer_facture().numero.endswith("-0001")


def test_eight_threads_issue_at_once_without_gap_or_duplicate(base_partagee):
    lots = [[creer_brouillon() for _ in range(4)] for _ in range(8)]

    def emettre(lot):
        return [emettre_facture(brouillon, par=ROBOT).pk for brouillon in lot]

    resultats = en_parallele(*(lambda lot=lot: emettre(lot) for lot in lots))

    assert [len(resultat) for resultat in resultats] == [4] * 8
    factures = list(Facture.objects.order_by("numero"))
    assert [int(f.numero[-4:]) for f in factures] == list(range(1, 33))
    assert [f.date for f in factures] == sorted(f.date for f in factures)
    assert {f.total_ttc for f in factures} == {Decimal("120.00")}


def test_a_failing_issue_among_threads_leaves_no_gap(base_partagee):
    bons = [creer_brouillon() for _ in range(6)]
    vides = [creer_brouillon(lignes=[]) for _ in range(2)]

    resultats = en_parallele(
        *(lambda b=b: emettre_facture(b, par=ROBOT) for b in [*bons[:3], *vides, *bons[3:]])
    )

    assert [r.code for r in resultats if isinstance(r, Conflit)] == ["document_vide"] * 2
    numeros = Facture.objects.emises().order_by("numero").values_list("numero", flat=True)
    assert [int(numero[-4:]) for numero in numeros] == [1, 2, 3, 4, 5, 6]
