"""A run of reminders to a thousand clients, while its programs are killed with -9, many times.

The worker (all of it, its parent only, or one of its processes), PostgreSQL, Valkey and the SMTP
server are killed at random moments and started again; then what the SMTP server accepted is held
against the ledger and the outbox (bench/bilan.py).
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from artjardin.embarque import processus
from artjardin.embarque.services import Occupation
from bench import bilan
from bench.banc import RACINE, Banc, ouvrir
from bench.donnees import AU
from bench.mesures import charge_machine, dire, nombre
from bench.serveurs import port_libre

DIX_HEURES = datetime(AU.year, AU.month, AU.day, 10, tzinfo=ZoneInfo("Europe/Paris"))
BAIL = 6 * 60.0  # seconds: more than the lease of a message that a dead process holds
ENTRE_DEUX = 5.0  # seconds from one kill to the next, on average
ENVOYEURS = 2
FACTURES = 24_000  # of 1 200 clients, a thousand of whom are to be reminded
FIN = 240.0  # seconds left at the end to settle everything
CELERY = ["celery", "-A", "artjardin", "worker", "--without-mingle", "--without-gossip"]
CELERY += ["--concurrency", str(ENVOYEURS)]
Panne = Callable[[], None]


class Programme:
    """A program of the campaign, in a session of its own; each start has its own pid."""

    def __init__(self, nom: str, commande: list[str], banc: Banc, **variables: str) -> None:
        self.nom, self._commande = nom, commande
        self._environnement = banc.environnement | variables
        self._journal = banc.dossier / "journaux" / f"{nom}.log"
        self._lances: list[subprocess.Popen[bytes]] = []

    @property
    def pid(self) -> int:
        return self._lances[-1].pid

    def lancer(self) -> None:
        with self._journal.open("ab") as journal:
            self._lances.append(
                subprocess.Popen(
                    self._commande,
                    cwd=RACINE,
                    env=self._environnement,
                    stdin=subprocess.DEVNULL,
                    stdout=journal,
                    stderr=journal,
                    start_new_session=True,
                )
            )

    def tuer(self) -> None:
        """All its processes at once, and those that an earlier start may have left."""
        for lance in self._lances:
            processus.envoyer_au_groupe(lance.pid, signal.SIGKILL)
            lance.wait()

    def tuer_le_parent(self) -> None:
        """Its children learn of it when they can, and end what they were doing."""
        os.kill(self.pid, signal.SIGKILL)
        self._lances[-1].wait()

    def tuer_un_enfant(self) -> None:
        tous = (pid for pid in processus.tous() if processus.session(pid) == self.pid)
        if enfants := [pid for pid in tous if pid != self.pid]:
            processus.envoyer(random.choice(enfants), signal.SIGKILL)


class Campagne:
    """The programs of the product on one data folder, and what is done to them."""

    def __init__(self, banc: Banc) -> None:
        self.banc = banc
        self.registre = banc.dossier / "acceptes.txt"
        self.port = port_libre()
        decalage = (DIX_HEURES - datetime.now(UTC)).total_seconds()
        self.worker = self._deplace("worker", CELERY, decalage)
        # The clients of the broker live with a clock of their own: messages expire by theirs
        self.battement = self._deplace("battement", ["bench.battement"], decalage)
        self.tard = self._deplace("worker-tard", CELERY, decalage + BAIL)
        self.battement_tard = self._deplace("battement-tard", ["bench.battement"], decalage + BAIL)
        self.decalage = decalage
        self._programmes = [self.battement, self.battement_tard, self.worker, self.tard]
        self._occupation = Occupation(banc.dossier)
        self.tues: Counter[str] = Counter()

    def _deplace(self, nom: str, commande: list[str], decalage: float) -> Programme:
        entiere = [sys.executable, "-m", "bench.horloge", str(decalage), *commande]
        return Programme(nom, entiere, self.banc, EMAIL_URL=f"smtp://127.0.0.1:{self.port}")

    def attendues(self) -> bilan.Attendues:
        """What the preview says: held against the ledger at the end."""
        sortie = self.banc.python(
            "-m", "bench.horloge", str(self.decalage), "manage", "relancer", "--apercu", "--json"
        )
        return bilan.attendues(sortie)

    def demarrer(self, *, lenteur: float) -> None:
        """`lenteur`: seconds that the SMTP server takes for a message, on average."""
        relais = ["bench.relais", str(self.port), str(self.registre), str(lenteur)]
        self.relais = Programme("relais", [sys.executable, "-m", *relais], self.banc)
        self._programmes.append(self.relais)
        self.relais.lancer()
        self.worker.lancer()
        self.battement.lancer()

    def frapper(self) -> None:
        """Kill something at a random moment, leave it dead for a random while, start it again."""
        time.sleep(random.expovariate(1 / ENTRE_DEUX) % (3 * ENTRE_DEUX))
        nom, panne = random.choice(self._pannes())
        panne()
        self.tues[nom] += 1

    def _pannes(self) -> list[tuple[str, Panne]]:
        services = {service.nom: service for service in self._occupation.services}
        return [
            ("worker, entier", lambda: self._relancer(self.worker, self.worker.tuer)),
            ("worker, parent", lambda: self._relancer(self.worker, self.worker.tuer_le_parent)),
            ("worker, enfant", self.worker.tuer_un_enfant),
            ("PostgreSQL", lambda: self._tuer_le_service(services["postgres"])),
            ("PostgreSQL", lambda: self._tuer_le_service(services["postgres"])),
            ("Valkey", lambda: self._tuer_le_service(services["valkey"])),
            ("SMTP", lambda: self._relancer(self.relais, self.relais.tuer)),
            ("SMTP", lambda: self._relancer(self.relais, self.relais.tuer)),
        ]

    def _relancer(self, programme: Programme, tuer: Panne) -> None:
        tuer()
        _souffler()
        programme.lancer()

    def _tuer_le_service(self, service: object) -> None:
        pid = service.pid()  # type: ignore[attr-defined]
        if pid:
            os.kill(pid, signal.SIGKILL)
        _souffler()
        self._occupation.demarrer()

    def finir(self) -> None:
        """Past the lease, a last worker settles what the dead ones held."""
        for programme in (self.battement, self.worker):
            programme.tuer()
        self.tard.lancer()
        self.battement_tard.lancer()
        fin = time.monotonic() + FIN
        while bilan.en_suspens(self.banc.dossier) and time.monotonic() < fin:
            time.sleep(1)

    def arreter(self) -> None:
        for programme in self._programmes:
            programme.tuer()


def mesurer_pannes(dossier: Path, *, fois: int, graine: int) -> bool:
    """Say whether each reminder is exactly where the ledger says, after `fois` kills."""
    random.seed(graine)
    dire(f"pannes : {fois} arrêts brutaux, graine {graine} ; préparation…")
    with ouvrir(dossier / "banc", FACTURES) as banc:
        bilan.preparer(banc.dossier)
        campagne = Campagne(banc)
        attendues = campagne.attendues()
        dire(f"{nombre(len(attendues.clients))} clients à relancer ; {charge_machine()}")
        try:
            campagne.demarrer(lenteur=fois * ENTRE_DEUX * ENVOYEURS / len(attendues.clients))
            for rang in range(fois):
                campagne.frapper()
                if rang % 10 == 9:  # noqa: PLR2004
                    dire(f"  {rang + 1} arrêts, {bilan.avancement(banc.dossier)}")
            campagne.finir()
        finally:
            campagne.arreter()
        return bilan.rendre_compte(banc.dossier, campagne.registre, attendues, campagne.tues)


def _souffler() -> None:
    time.sleep(random.uniform(0, 1.5))
