"""The lines of the log that a test writes, through the product's own formatter."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from artjardin.traces.lignes import ErreursSeules, Formateur


class Recueil(logging.Handler):
    """Holds each line as JSON."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lignes: list[dict] = []
        self.setFormatter(Formateur("json"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lignes.append(json.loads(self.format(record)))


class Lignes(list):
    def de(self, journal: str) -> list[dict]:
        """Those of one logger."""
        return [ligne for ligne in self if ligne["logger"] == journal]


@pytest.fixture
def lues() -> Iterator[Lignes]:
    recueil = Recueil()
    recueil.lignes = Lignes()
    racine = logging.getLogger()
    racine.addHandler(recueil)
    assert any(isinstance(f, ErreursSeules) for f in logging.getLogger("django.request").filters)
    yield recueil.lignes
    racine.removeHandler(recueil)
