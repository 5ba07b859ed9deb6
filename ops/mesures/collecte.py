"""One look at everything that is counted, within a bound: what hangs is left out, and said."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence

from django.db import Error, connections
from prometheus_client.core import Metric

from ops.mesures import bureau, courriels, documents, incidents, machines, relances, travaux
from ops.mesures.familles import Groupe, interroger, jauge
from ops.sante.examen import en_clair, lecture_bornee

journal = logging.getLogger(__name__)
GROUPES: list[Groupe] = [
    *courriels.GROUPES,
    *relances.GROUPES,
    *documents.GROUPES,
    *travaux.GROUPES,
    *bureau.GROUPES,
    *incidents.GROUPES,
    *machines.GROUPES,
]
BORNE = 4.0  # seconds for all; Prometheus gives 10
JOIGNABLE = jauge("base_joignable", "Whether the database answered this look in time.")
REUSSIE = jauge(
    "collecte_reussie",
    "Whether this group of metrics could be read; else it is left out.",
    "groupe",
)
DUREE = jauge("collecte_duree_secondes", "Time that each group took to read.", "groupe")
DE_LA_COLLECTE = (JOIGNABLE, REUSSIE, DUREE)


class Lecture:
    """The groups of one source, read one after the other in a thread of its own."""

    def __init__(self, groupes: Sequence[Groupe]) -> None:
        self.groupes = groupes
        self.lus: dict[str, tuple[list[Metric], float]] = {}
        self.finie = threading.Event()

    def lancer(self) -> None:
        threading.Thread(target=self._lire, name="mesures", daemon=True).start()

    def _lire(self) -> None:
        try:
            for groupe in self.groupes:
                debut = time.monotonic()
                if (metriques := _essayer(groupe)) is not None:
                    self.lus[groupe.nom] = metriques, time.monotonic() - debut
        except Error as panne:
            journal.warning("mesures : la base ne répond pas : %s", type(panne).__name__)
        finally:
            connections.close_all()
            self.finie.set()


class Collecteur:
    """One per process. A source that hangs is waited for, never asked twice at once."""

    def __init__(self) -> None:
        self._en_cours: dict[bool, Lecture] = {}

    def collecter(self) -> list[Metric]:
        fin = time.monotonic() + BORNE
        lectures = {base: self._lancer(base=base) for base in (True, False)}
        for lecture in filter(None, lectures.values()):
            lecture.finie.wait(max(0.0, fin - time.monotonic()))
        lus = {nom: lu for une in filter(None, lectures.values()) for nom, lu in [*une.lus.items()]}
        return [
            JOIGNABLE(_a_repondu(lectures[True])),
            REUSSIE({groupe.nom: groupe.nom in lus for groupe in GROUPES}),
            DUREE({nom: duree for nom, (_, duree) in lus.items()}),
            *(metrique for metriques, _ in lus.values() for metrique in metriques),
        ]

    def _lancer(self, *, base: bool) -> Lecture | None:
        """None while an earlier one hangs: what it had read is of the past."""
        courante = self._en_cours.get(base)
        if courante is not None and not courante.finie.is_set():
            return None
        nouvelle = self._en_cours[base] = Lecture([g for g in GROUPES if g.base is base])
        nouvelle.lancer()
        return nouvelle


def _a_repondu(lecture: Lecture | None) -> bool:
    return lecture is not None and lecture.finie.is_set() and bool(lecture.lus)


def _essayer(groupe: Groupe) -> list[Metric] | None:
    """None when it fails alone. Raise Error when there is no database any more."""
    try:
        if not groupe.base:
            return list(groupe.lire())
        with lecture_bornee():
            return list(groupe.lire())
    except Exception as faute:  # noqa: BLE001 - whatever it is, the other groups are read
        journal.warning("mesures : %s n'est pas lu : %s", groupe.nom, en_clair(faute))
        if groupe.base:
            interroger("SELECT 1")
        return None
