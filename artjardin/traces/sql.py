"""What a request or a task asks of the database: how much, how long, and which query was slow."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import FrameType
from typing import Any

import structlog
from django.conf import settings
from django.db import connection

journal = structlog.stdlib.get_logger("sql.lente")
ICI = str(Path(__file__).parent)
RACINE = f"{Path(__file__).resolve().parent.parent.parent}/"
ENTRE_DEUX = (ICI, f"{RACINE}artjardin/preparees.py", f"{RACINE}.venv/")
LONGUEUR = 1000


class Mesure:
    """Counts the queries of this thread's connection while it is installed."""

    def __init__(self) -> None:
        self.nombre = 0
        self.duree = 0.0  # seconds

    def installee(self) -> AbstractContextManager[None]:
        return connection.execute_wrapper(self)

    def __call__(
        self, executer: Callable[..., Any], sql: Any, params: Any, many: Any, contexte: Any
    ) -> Any:
        debut = time.perf_counter()
        try:
            return executer(sql, params, many, contexte)
        finally:
            duree = time.perf_counter() - debut
            self.nombre += 1
            self.duree += duree
            if duree * 1000 >= settings.REQUETE_LENTE_MS:
                nommer(str(sql), duree)

    @property
    def champs(self) -> dict[str, float]:
        return {"sql": self.nombre, "sql_ms": round(self.duree * 1000, 1)}


def nommer(sql: str, duree: float) -> None:
    """A query without its values, and the place in our code from which it comes."""
    texte = " ".join(sql.split())[:LONGUEUR]
    journal.warning(
        "requête SQL lente", requete_sql=texte, ms=round(duree * 1000, 1), lieu=_appelant()
    )


def _appelant() -> str:
    """`facturation/services/envois.py:42`, the nearest of ours; "" when there is none."""
    cadre: FrameType | None = sys._getframe(1)  # noqa: SLF001 - documented
    while cadre is not None:
        fichier = cadre.f_code.co_filename
        if fichier.startswith(RACINE) and not fichier.startswith(ENTRE_DEUX):
            return f"{fichier.removeprefix(RACINE)}:{cadre.f_lineno}"
        cadre = cadre.f_back
    return ""
