"""docs/relances.md says all the reasons, in the order in which they are asked."""

import re
from pathlib import Path

from relances.regles import MOTIFS, RETENUS

TEXTE = (Path(__file__).resolve().parents[2] / "docs" / "relances.md").read_text(encoding="utf-8")
LIGNES = re.findall(r"^\| `([a-z0-9-]+)` \| .* \|(.*)\|$", TEXTE, re.MULTILINE)


def test_every_reason_is_explained_and_no_other():
    assert {code for code, _ in LIGNES} == set(MOTIFS)


def test_what_a_person_must_decide_is_marked():
    assert {code for code, tenu in LIGNES if tenu.strip() == "held"} == set(RETENUS)
