"""The rules of one invoice on one day, without a database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relances.regles import MOTIFS, Faits, empechement, juger

AU = date(2026, 11, 24)


@dataclass(frozen=True)
class UnPalier:
    jours: int
    delai_minimum: int = 7
    canal: str = "courriel"


PALIERS = [UnPalier(30), UnPalier(45), UnPalier(60)]


def faits(retard: int = 30, **connus) -> Faits:
    return Faits(
        **{
            "facture_id": 1,
            "numero": "FAC-2026-0001",
            "client_id": 1,
            "client_code": "C0001",
            "client_type": "particulier",
            "echeance": AU - timedelta(days=retard),
            "solde": Decimal("120.00"),
            "email": "client@example.org",
            "postale": True,
            "exclu": False,
            "supprime": False,
            "preleve": False,
            "litige": False,
            "nouvelle": False,
            "fait": 0,
            "dernier": None,
            "attente": "",
            **connus,
        }
    )


def il_y_a(jours: int) -> date:
    return AU - timedelta(days=jours)


@pytest.mark.parametrize(
    ("cas", "motif"),
    [
        (faits(29), "pas-echue"),
        (faits(-3), "pas-echue"),  # Dolibarr#30771: never before the due date
        (faits(40, litige=True), "litige"),
        (faits(40, exclu=True), "client-exclu"),
        (faits(40, preleve=True), "prelevement"),
        (faits(40, sans_nouvelle=True), "prelevement-sans-nouvelle"),
        (faits(40, nouvelle=True), "entree-apres-9h"),
        (faits(40, supprime=True), "client-supprime"),
        (faits(40, solde=Decimal(0)), "reglee"),
        (faits(44, fait=30, dernier=il_y_a(14)), "niveau-a-venir"),
        (faits(60, fait=30, dernier=il_y_a(6)), "delai-minimum"),
        (faits(200, fait=60, dernier=il_y_a(90)), "niveaux-epuises"),
    ],
)
def test_what_is_left_out_has_its_reason(cas, motif):
    assert juger(cas, paliers=PALIERS, au=AU).palier is None
    assert juger(cas, paliers=PALIERS, au=AU).motif == motif
    assert MOTIFS[motif]


@pytest.mark.parametrize(
    ("cas", "jours"),
    [
        (faits(30), 30),
        (faits(31), 30),  # ≥, never = (invoiceninja#637, Dolibarr#25197)
        (faits(138), 30),  # an old invoice starts at the first level
        (faits(45, fait=30, dernier=il_y_a(7)), 45),
        (faits(138, fait=30, dernier=il_y_a(7)), 45),
        (faits(138, fait=45, dernier=il_y_a(7)), 60),
    ],
)
def test_levels_climb_one_by_one(cas, jours):
    assert juger(cas, paliers=PALIERS, au=AU).palier.jours == jours


def test_a_client_without_email_gets_a_letter():
    verdict = juger(faits(email=""), paliers=PALIERS, au=AU)

    assert (verdict.palier.jours, verdict.motif) == (30, "sans-email")


def test_without_any_level_nothing_is_reminded():
    assert juger(faits(300), paliers=[], au=AU).motif == "sans-plan"


@given(
    st.lists(st.booleans(), min_size=1, max_size=200),
    st.lists(st.integers(1, 120), min_size=1, max_size=5, unique=True).map(sorted),
    st.integers(1, 15),
)
def test_whatever_the_downtime_each_level_goes_once_in_order_and_spaced(marche, seuils, ecart):
    """invoiceninja#1693, #447, discuss.tryton.org/t/8835: days when nothing runs change nothing."""
    paliers = [UnPalier(jours, ecart) for jours in seuils]
    echeance, fait, dernier, partis = AU, 0, None, []
    for jour, ouvert in enumerate(marche):
        au = echeance + timedelta(days=jour)
        cas = faits(0, fait=fait, dernier=dernier)._replace(echeance=echeance)
        palier = juger(cas, paliers=paliers, au=au).palier if ouvert else None
        if palier:
            partis.append((jour, palier.jours))
            fait, dernier = palier.jours, au

    assert [niveau for _, niveau in partis] == seuils[: len(partis)]
    assert all(jour >= niveau for jour, niveau in partis)
    assert all(suivant - jour >= ecart for (jour, _), (suivant, _) in pairwise(partis))


def test_an_empty_reason_means_go():
    assert empechement(faits(), tolerance=Decimal(5)) == ""
