"""docs/securite.md: the tests that it names exist, and each item is said once."""

from __future__ import annotations

import ast
import re
from collections import Counter

from tests.services import RACINE

PAGE = RACINE.joinpath("docs", "securite.md").read_text(encoding="utf-8")
NOMMES = sorted(set(re.findall(r"`(\w+/test_\w+\.py(?:::\w+)+)`", PAGE)))
LIGNES = [ligne for ligne in PAGE.splitlines() if re.match(r"\| \d", ligne)]


def existe(nomme: str) -> bool:
    """Whether that function is there, in that class when one is named."""
    fichier, *chemin = nomme.split("::")
    chemin_du_fichier = RACINE / "tests" / fichier
    if not chemin_du_fichier.is_file():
        return False
    corps = ast.parse(chemin_du_fichier.read_text(encoding="utf-8")).body
    for nom in chemin:
        trouve = next((n for n in corps if getattr(n, "name", "") == nom), None)
        if trouve is None:
            return False
        corps = getattr(trouve, "body", [])
    return chemin[-1].startswith("test_")


def test_every_test_that_the_page_names_exists():
    assert len(NOMMES) > 80
    assert [nomme for nomme in NOMMES if not existe(nomme)] == []


def test_a_name_that_is_not_there_would_be_seen():
    assert existe("artjardin/test_securite.py::test_a_name_that_is_not_there_would_be_seen")
    assert not existe("artjardin/test_securite.py::test_nothing")
    assert not existe("artjardin/test_nulle_part.py::test_nothing")
    assert not existe("ops/test_liens.py::TestOubli::test_nothing")


def test_each_item_is_said_once_and_shown_by_something_or_said_not_to_be_held():
    numeros = Counter(
        n for ligne in LIGNES for n in re.findall(r"\d+\.\d+\.\d+", ligne.split("|")[1])
    )

    assert [numero for numero, fois in numeros.items() if fois > 1] == []
    assert len(numeros) > 130
    for ligne in LIGNES:
        _, _, _, tenu, montre, _ = ligne.split("|")
        assert montre.strip() or "**Not held**" in tenu, ligne


def test_its_chapters_are_those_that_apply():
    chapitres = [int(n) for n in re.findall(r"^## V(\d+) ", PAGE, re.MULTILINE)]

    assert chapitres == [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16]
