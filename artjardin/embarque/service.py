"""What the embedded services share: start, adopt, wait, stop, always within a bound."""

import os
import signal
import subprocess
from abc import ABC, abstractmethod
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, TypedDict

from artjardin.embarque import processus
from artjardin.embarque.erreurs import ErreurEmbarque

RACINE = Path(__file__).resolve().parent.parent.parent
DELAI_PRET = 60.0
JOURNAL_MAX = 10 * 2**20


class Identite(TypedDict, total=False):
    """Arguments of Popen that change who runs the program."""

    user: int
    group: int
    extra_groups: list[int]


class Service(ABC):
    """A program under the data folder, started by one process and stopped by any other."""

    nom: ClassVar[str]
    arrets: ClassVar[tuple[tuple[signal.Signals, float], ...]] = (
        (signal.SIGTERM, 10.0),
        (signal.SIGKILL, 5.0),
    )

    def __init__(self, donnees: Path, *, rapide: bool = False) -> None:
        """`rapide` gives up durability for speed: tests only."""
        self.donnees = donnees
        self.rapide = rapide
        self.dossier = donnees / self.nom
        self.journal = donnees / "journaux" / f"{self.nom}.log"
        self._processus: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def fichier_pid(self) -> Path:
        """File whose first line is the pid of the running program."""

    @abstractmethod
    def commande(self) -> list[str]:
        """The program and its arguments."""

    @abstractmethod
    def repond(self) -> bool:
        """Whether it does its work now."""

    def preparer(self) -> None:
        """Make the folders, clean what a killed run left."""
        self.dossier.mkdir(mode=0o700, parents=True, exist_ok=True)

    def achever(self) -> None:
        """What remains to do once it answers: nothing for most."""
        return

    def identite(self) -> Identite:
        return {}

    def pid(self) -> int | None:
        """Pid of the running program, or None, whatever a stale pid file says."""
        if self._processus:
            self._processus.poll()
        try:
            pid = int(self.fichier_pid.read_text(errors="replace").split("\n")[0])
        except (OSError, ValueError):
            return None
        return pid if processus.travaille_dans(pid, self.dossier) else None

    def lancer(self) -> None:
        """Start the program unless it runs already; `attendre` then waits for it."""
        if self.repond():
            return
        if self.pid() and processus.attendre(self.repond, DELAI_PRET / 2):
            return
        self.arreter()
        self.preparer()
        self._executer()

    def attendre(self) -> None:
        """Wait until it answers; ErreurEmbarque with the end of its log when it does not."""
        processus.attendre(lambda: self.repond() or self._sorti(), DELAI_PRET)
        if not self.repond():
            raise ErreurEmbarque(
                f"{self.nom} ne démarre pas. Fin de son journal ({self.journal}) :\n{self._fin()}",
            )
        self.achever()

    def arreter(self, *, presse: bool = False) -> None:
        """Stop it, gently at first; `presse` goes straight to the harder signals."""
        pid = self.pid() or (self._processus.pid if self._processus else None)
        if pid and not self._sorti():
            processus.terminer([pid], *(self.arrets[1:] if presse else self.arrets))
        if self._processus:
            self._processus.wait(timeout=5)
            self._processus = None

    def _executer(self) -> None:
        self.journal.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        tourner(self.journal)
        descripteur = os.open(self.journal, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            self._processus = subprocess.Popen(
                self.commande(),
                cwd=self.cwd(),
                stdin=subprocess.DEVNULL,
                stdout=descripteur,
                stderr=descripteur,
                start_new_session=True,
                **self.identite(),
            )
        finally:
            os.close(descripteur)

    def cwd(self) -> Path:
        return self.dossier

    def _sorti(self) -> bool:
        return self._processus is not None and self._processus.poll() is not None

    def _fin(self) -> str:
        return "\n".join(self.journal.read_text(errors="replace").splitlines()[-15:])


def tourner(journal: Path) -> None:
    """Keep one older log: copied then emptied, for the writer keeps the file open (O_APPEND)."""
    if journal.exists() and journal.stat().st_size > JOURNAL_MAX:
        journal.with_suffix(".log.1").write_bytes(journal.read_bytes())
        os.truncate(journal, 0)


def paquet(nom: str) -> Path:
    """Folder of an installed package, without importing it: only its binaries are of use."""
    trouve = find_spec(nom)
    if trouve is None or not trouve.submodule_search_locations:
        raise ErreurEmbarque(f"Le paquet Python {nom} manque : lancez « make install ».")
    return Path(trouve.submodule_search_locations[0])
