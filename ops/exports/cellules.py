"""A CSV that a French spreadsheet opens as it is, and from which every value comes back. Pure.

UTF-8 with BOM, semicolons, CRLF. Decimals have a comma; days and instants are ISO; lists and
objects are JSON. As in PostgreSQL's own CSV, an empty cell is the absence of a value and "" an
empty text.

A text that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV
injection). So does a text that would be read as one of those: taking one apostrophe off every text
that has at least one before such a sign gives back the very text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

BOM = "\ufeff"
FIN = "\r\n"
PARIS = ZoneInfo("Europe/Paris")
FORMULE = re.compile(r"'*[=+\-@\t\r\n]")
A_CITER = re.compile(r'[;"\r\n]|^\s|\s$|^$')


def entete(colonnes: Sequence[str]) -> str:
    """The first line of a file, with its byte order mark."""
    return f"{BOM}{rangee(colonnes)}"


def rangee(valeurs: Iterable[Any]) -> str:
    """One line.

    >>> rangee(["=1+1", Decimal("-3.50"), None, "", True, date(2026, 3, 1), "a;b", ["x"]])
    '\\'=1+1;-3,50;;"";oui;2026-03-01;"a;b";"[""x""]"\\r\\n'
    """
    return ";".join(map(cellule, valeurs)) + FIN


def cellule(valeur: Any) -> str:
    """One value, quoted where it must be."""
    if valeur is None:
        return ""
    if isinstance(valeur, str):
        return _citer(inoffensif(valeur))
    return _FORMES.get(type(valeur), _en_texte)(valeur)


def inoffensif(texte: str) -> str:
    """A text that is no formula.

    >>> inoffensif("+33 2 41"), inoffensif("'=A1"), inoffensif("l'if")
    ("'+33 2 41", "''=A1", "l'if")
    """
    return f"'{texte}" if FORMULE.match(texte) else texte


def tel_quel(texte: str) -> str:
    """The text that `inoffensif` was given.

    >>> tel_quel("'+33 2 41"), tel_quel("''=A1"), tel_quel("'80")
    ('+33 2 41', "'=A1", "'80")
    """
    return texte[1:] if texte.startswith("'") and FORMULE.match(texte) else texte


def _citer(texte: str) -> str:
    return '"{}"'.format(texte.replace('"', '""')) if A_CITER.search(texte) else texte


def _en_texte(valeur: Any) -> str:
    return _citer(inoffensif(str(valeur)))


def _instant(valeur: datetime) -> str:
    return valeur.astimezone(PARIS).isoformat()


def _json(valeur: Any) -> str:
    return _citer(orjson.dumps(valeur, default=str).decode())


_FORMES: dict[type, Callable[[Any], str]] = {
    int: str,
    bool: lambda valeur: "oui" if valeur else "non",
    Decimal: lambda valeur: f"{valeur:f}".replace(".", ","),
    datetime: _instant,
    date: date.isoformat,
    timedelta: lambda valeur: f"{valeur.total_seconds():f}".replace(".", ","),
    UUID: str,
    dict: _json,
    list: _json,
}
