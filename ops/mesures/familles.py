"""The families of metrics: each is declared once, with its labels and its meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

JAUGE, COMPTEUR, HISTOGRAMME = "gauge", "counter", "histogram"
Valeurs = Mapping[Any, Any]  # a number, by label, or by labels in their order


@dataclass(frozen=True, slots=True)
class Famille:
    """One metric. `aide`: its meaning, with the unit; `libelles`: the names of its labels, whose
    values are words of the code, never of a person."""

    nom: str
    genre: str
    aide: str
    libelles: tuple[str, ...] = ()

    def __call__(self, valeurs: Valeurs | float) -> Metric:
        """With these values: by labels, or the only one."""
        classe: Any = CounterMetricFamily if self.genre == COMPTEUR else GaugeMetricFamily
        famille: Metric = classe(self.nom, self.aide, labels=self.libelles)
        for libelles, valeur in _par_libelles(valeurs).items():
            famille.add_metric(list(libelles), float(valeur))  # type: ignore[attr-defined]
        return famille


@dataclass(frozen=True, slots=True)
class Repartition(Famille):
    """A histogram of durations in seconds, counted by the database in fixed buckets."""

    seuils: tuple[float, ...] = ()

    def sql(self, duree: str, quand: str) -> str:
        """The columns of its values; `duree`, an interval, of the rows `quand`."""
        bornes = [f"interval '{seuil} s'" for seuil in self.seuils]
        return _colonnes(duree, quand, bornes, somme=f"extract(epoch FROM {duree})")

    def sql_ms(self, duree: str, quand: str) -> str:
        """The same, of a column of milliseconds."""
        bornes = [str(round(seuil * 1000)) for seuil in self.seuils]
        return _colonnes(duree, quand, bornes, somme=f"{duree} / 1000.0")

    @property
    def largeur(self) -> int:
        """How many columns these are."""
        return len(self.seuils) + 2

    def lue(self, colonnes: Sequence[Any]) -> Metric:
        """Of the columns that `sql` asked for."""
        *comptes, somme = [float(valeur) for valeur in colonnes]
        bornes = [*map(str, self.seuils), "+Inf"]
        famille = HistogramMetricFamily(self.nom, self.aide, labels=self.libelles)
        famille.add_metric([], buckets=list(zip(bornes, comptes, strict=True)), sum_value=somme)
        return famille


def jauge(nom: str, aide: str, *libelles: str) -> Famille:
    return Famille(f"artjardin_{nom}", JAUGE, aide, libelles)


def compteur(nom: str, aide: str, *libelles: str) -> Famille:
    """Counted from rows that are never taken back: it only grows, whoever restarts."""
    return Famille(f"artjardin_{nom}_total", COMPTEUR, aide, libelles)


def repartition(nom: str, aide: str, *seuils: float) -> Repartition:
    return Repartition(f"artjardin_{nom}_secondes", HISTOGRAMME, aide, (), seuils)


class Groupe(NamedTuple):
    """What one look gives. `base`: it asks the database, by one query."""

    nom: str
    lire: Callable[[], Iterable[Metric]]
    familles: tuple[Famille, ...]
    base: bool = True


def interroger(sql: str, parametres: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as curseur:
        curseur.execute(sql, parametres)
        return curseur.fetchall()


def horodatage(instant: datetime | None) -> float:
    """Seconds since 1970; 0 for never: a date so old that any alarm about it rings."""
    return instant.timestamp() if instant else 0.0


def _colonnes(duree: str, quand: str, bornes: Sequence[str], *, somme: str) -> str:
    comptes = [f"count(*) FILTER (WHERE {quand} AND {duree} <= {borne})" for borne in bornes]
    tous = f"count(*) FILTER (WHERE {quand})"
    return ", ".join([*comptes, tous, f"coalesce(sum({somme}) FILTER (WHERE {quand}), 0)"])


def _par_libelles(valeurs: Valeurs | float) -> dict[tuple[str, ...], float]:
    if not isinstance(valeurs, Mapping):
        return {(): valeurs}
    return {(c,) if isinstance(c, str) else c: valeur for c, valeur in valeurs.items()}
