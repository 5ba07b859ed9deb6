"""Cells that a spreadsheet takes for what they are, and that come back as they were."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ops.exports.cellules import cellule, inoffensif, rangee, tel_quel

textes = st.text(alphabet=st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))


@given(textes)
@example("=1+1")
@example("'=1+1")
@example("''-3")
@example("'80")
@example("\r\nsaut")
@example("@SUM(A1)")
def test_a_text_is_no_formula_and_comes_back(texte):
    ecrit = inoffensif(texte)

    assert ecrit[:1] not in {"=", "+", "-", "@", "\t", "\r", "\n"} or not ecrit
    assert tel_quel(ecrit) == texte


@given(st.lists(textes, min_size=1))
def test_a_row_of_texts_is_read_again_by_any_reader(valeurs):
    lignes = list(csv.reader(io.StringIO(rangee(valeurs), newline=""), delimiter=";"))

    assert [list(map(tel_quel, ligne)) for ligne in lignes] == [valeurs]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2))
def test_an_amount_stays_a_number(montant):
    ecrit = cellule(montant)

    assert re.fullmatch(r"-?\d+,\d\d", ecrit)
    assert Decimal(ecrit.replace(",", ".")) == montant


def test_nothing_and_an_empty_text_differ():
    assert rangee([None, "", " "]) == ';"";" "\r\n'


@pytest.mark.parametrize(
    ("valeur", "ecrit"),
    [
        (7, "7"),
        (False, "non"),
        (datetime(2026, 7, 1, 22, 30, tzinfo=UTC), "2026-07-02T00:30:00+02:00"),
        (date(2026, 7, 1), "2026-07-01"),
        (timedelta(seconds=90), "90,000000"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ({"a": "é;"}, '"{""a"":""é;""}"'),
        ((1, 2), "(1, 2)"),
    ],
)
def test_each_kind_of_value_has_one_form(valeur, ecrit):
    assert cellule(valeur) == ecrit
