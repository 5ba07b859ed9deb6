"""What a check of stored data finds, in one shape for all of them. Pure."""

from __future__ import annotations

from typing import NamedTuple


class Anomalie(NamedTuple):
    """What is wrong (a document, a series, a file) and how, in French."""

    piece: str
    faute: str

    def __str__(self) -> str:
        return f"{self.piece} : {self.faute}"


class Bilan(NamedTuple):
    """What a check read, by kind, and what it found; an anomaly repaired at once is still one."""

    lus: dict[str, int]
    anomalies: list[Anomalie]
