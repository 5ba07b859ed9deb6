"""Looking at everything at once, within a bound, whatever hangs."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from datetime import timedelta

from django.db import connection, connections, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from artjardin.traces.masques import epurer
from ops.sante.constats import Constat, Etat, Releve, Sonde

journal = logging.getLogger(__name__)
BASE = "base"  # the group of the probes that ask the database
PATIENCE = 3.5  # seconds a probe may take while what was just seen of it still counts
RECENT = timedelta(seconds=15)  # what was seen longer ago says nothing of now
LECTURE = "1000ms"  # given to one query


class Tour:
    """One passage over a group of probes, in a thread of its own."""

    def __init__(self, sondes: Sequence[Sonde], derniers: dict[str, Constat]) -> None:
        self.sondes = sondes
        self.derniers = derniers  # also of what comes too late for who asked
        self.debut = time.monotonic()
        self.constats: dict[str, Constat] = {}
        self.fini = threading.Event()

    def lancer(self) -> None:
        # A daemon: a probe that hangs does not keep the process from ending
        threading.Thread(target=self._passer, name=self.sondes[0].nom, daemon=True).start()

    @property
    def age(self) -> float:
        return time.monotonic() - self.debut

    def _passer(self) -> None:
        try:
            for sonde in self.sondes:
                self.constats[sonde.nom] = self.derniers[sonde.nom] = eprouver(sonde)
        finally:
            connections.close_all()
            self.fini.set()


class Examinateur:
    """One per process and list of probes. A group that hangs is waited for, never started twice."""

    def __init__(self, sondes: Iterable[Sonde]) -> None:
        self.sondes = list(sondes)
        for sonde in self.sondes:
            import_string(sonde.eprouver)  # now: reading modules must not count as being slow
        self._verrou = threading.Lock()
        self._tours: dict[str, Tour] = {}
        self._derniers: dict[str, Constat] = {}

    def examiner(self, *, borne: float) -> list[Constat]:
        """What is seen of each within `borne` seconds, in their order."""
        fin = time.monotonic() + borne
        tours = self._lancer()
        for tour in tours.values():
            tour.fini.wait(max(0.0, fin - time.monotonic()))
        constats = [self._constat(sonde, tours[_groupe(sonde)]) for sonde in self.sondes]
        return _avec_les_causes(constats)

    @property
    def complet(self) -> bool:
        """Whether every probe has answered."""
        return all(tour.fini.is_set() for tour in self._tours.values())

    def _lancer(self) -> dict[str, Tour]:
        with self._verrou:
            for nom, sondes in _par_groupe(self.sondes).items():
                courant = self._tours.get(nom)
                if courant is None or courant.fini.is_set():
                    self._tours[nom] = Tour(sondes, self._derniers)
                    self._tours[nom].lancer()
            return dict(self._tours)

    def _constat(self, sonde: Sonde, tour: Tour) -> Constat:
        if (vu := tour.constats.get(sonde.nom)) is not None:
            return vu
        dernier = self._derniers.get(sonde.nom)
        muette = _muette(sonde, tour)
        if tour.age >= PATIENCE:
            return muette
        if dernier is None and not sonde.essentielle:
            return replace(muette, etat=Etat.DEGRADE, cause=sonde.nom, message="pas encore vu")
        recent = dernier is not None and timezone.now() - dernier.le < RECENT
        return dernier if dernier is not None and recent else muette


def eprouver(sonde: Sonde) -> Constat:
    """Ask one probe; what it raises is a panne."""
    debut, le, repondu = time.monotonic(), timezone.now(), True
    try:
        with _cadre(sonde):
            releve: Releve = import_string(sonde.eprouver)()
    except Exception as erreur:  # noqa: BLE001 - whatever it raises is what is told
        releve, repondu = Releve(Etat.PANNE, en_clair(erreur)), False
    duree = (time.monotonic() - debut) * 1000
    return Constat(
        sonde=sonde, duree_ms=round(duree, 1), le=le, repondu=repondu, **releve._asdict()
    )


@contextmanager
def lecture_bornee() -> Iterator[None]:
    """Only reads, and none that lasts: a probe never holds the database."""
    with transaction.atomic(), connection.cursor() as curseur:
        curseur.execute(f"SET LOCAL statement_timeout = '{LECTURE}'")
        curseur.execute("SET LOCAL transaction_read_only = on")
        yield


def _cadre(sonde: Sonde) -> AbstractContextManager[None]:
    return lecture_bornee() if sonde.groupe == BASE else nullcontext()


def en_clair(erreur: Exception) -> str:
    """One line, which goes to people and to a webhook: no address, no secret.

    « OperationalError : connection refused »
    """
    premiere, *_ = str(erreur).strip().splitlines() or [""]
    dit = f"{type(erreur).__name__} : {premiere}" if premiere else type(erreur).__name__
    return epurer(dit, longueur=300)


def _groupe(sonde: Sonde) -> str:
    return sonde.groupe or sonde.nom


def _par_groupe(sondes: Iterable[Sonde]) -> dict[str, list[Sonde]]:
    groupes: dict[str, list[Sonde]] = {}
    for sonde in sondes:
        groupes.setdefault(_groupe(sonde), []).append(sonde)
    return groupes


def _muette(sonde: Sonde, tour: Tour) -> Constat:
    """It has not answered: itself in panne, or waiting for the one before it in its group."""
    en_cours = next((s for s in tour.sondes if s.nom not in tour.constats), sonde)
    message = f"ne répond pas depuis {tour.age:.0f} s"
    age = round(tour.age * 1000, 1)
    muette = Constat(sonde, Etat.PANNE, message, age, timezone.now(), repondu=False)
    if en_cours == sonde:
        return muette
    return replace(
        muette, etat=Etat.DEGRADE, cause=en_cours.nom, message=f"attend : {en_cours.titre}"
    )


def _avec_les_causes(constats: list[Constat]) -> list[Constat]:
    """What depends on a thing in panne is not known: it is no panne of its own."""
    pannes = {c.sonde.nom: c.sonde for c in constats if c.en_panne}
    return [_relu(constat, pannes) for constat in constats]


def _relu(constat: Constat, pannes: dict[str, Sonde]) -> Constat:
    cause = next((pannes[nom] for nom in constat.sonde.demande if nom in pannes), None)
    if cause is None or (constat.etat is not Etat.PANNE and not constat.cause):
        return constat
    message = f"inconnu tant que {cause.titre} est en panne"
    return replace(constat, etat=Etat.DEGRADE, cause=cause.nom, message=message)
