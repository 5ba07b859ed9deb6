"""What the journal keeps of the rows of a model, declared by the model itself (design G9). Pure.

The same SQL says the state of a row when a service writes it down (audit/etats.py) and when the
night reads it again (audit/concordance.py): no value can be written in two ways.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

SIGNE = (
    "'#' || left(encode(sha256(convert_to(coalesce(s.sel::text, '') || {v}, 'UTF8')), 'hex'), 16)"
)
# What the journal may keep of a value that names somebody, and enough to see that it changed: a
# hash under a salt of the row, which goes when the person is erased
FORMES = {
    "empreinte": SIGNE,
    "iban": f"left({{v}}, 4) || ' … ' || right({{v}}, 4) || ' ' || {SIGNE}",
    "courriel": f"'…@' || regexp_replace({{v}}, '^.*@', '') || ' ' || {SIGNE}",
    "telephone": f"'… ' || right({{v}}, 2) || ' ' || {SIGNE}",
    "texte": f"'texte de ' || length({{v}}) || ' signes ' || {SIGNE}",
}


@dataclass(frozen=True)
class Temoin:
    """The fields of a model that the journal answers for.

    `masques`: those kept masked, by form (FORMES). `calculs`: SQL of what hangs below the row `r`,
    by name. `exige`: SQL, which rows `r` the journal must know; every one by default.
    """

    champs: Sequence[str]
    masques: Mapping[str, str] = field(default_factory=dict)
    calculs: Mapping[str, str] = field(default_factory=dict)
    exige: str = "TRUE"


def masquer(valeur: str, forme: str) -> str:
    """SQL of the masked form of the text `valeur`; what is empty stays so."""
    return f"CASE WHEN {valeur} = '' THEN '' ELSE {FORMES[forme].replace('{v}', valeur)} END"
