"""A program of the product run by the supervisor: its output, its end, its restart."""

import os
import signal
import subprocess
import time
from pathlib import Path

from artjardin.embarque import processus
from artjardin.embarque.journaux import Lignes, afficher
from artjardin.embarque.service import RACINE

REPRISE_MAX = 30.0
STABLE = 60.0


class Enfant:
    """Lives in a session of its own, so that its whole family can be ended at once."""

    def __init__(self, nom: str, commande: list[str], *, delai_arret: float = 10.0) -> None:
        """`delai_arret`: seconds left to it to end by itself; `sortie`: its output's descriptor."""
        self.nom = nom
        self.delai_arret = delai_arret
        self.sortie = -1
        self._commande = commande
        self._processus: subprocess.Popen[bytes] | None = None
        self._lignes = Lignes()
        self._ne_a = 0.0
        self._essais = 0
        self._reprise_a = 0.0

    def lancer(self) -> None:
        """Only from the main thread: the kernel ties the child's life to the calling thread."""
        lecture, ecriture = os.pipe()
        try:
            self._processus = subprocess.Popen(
                self._commande,
                cwd=RACINE,
                stdin=subprocess.DEVNULL,
                stdout=ecriture,
                stderr=ecriture,
                start_new_session=True,
                preexec_fn=processus.mourir_avec_le_parent,  # noqa: PLW1509 - one thread
            )
        finally:
            os.close(ecriture)
        os.set_blocking(lecture, False)
        self.sortie = lecture
        self._ne_a = time.monotonic()
        self._reprise_a = 0.0

    def pid(self) -> int | None:
        return self._processus.pid if self._processus else None

    def code(self) -> int | None:
        """Exit code, None while it runs."""
        return self._processus.poll() if self._processus else None

    def montrer(self) -> bool:
        """Show what it wrote; False once there is nothing more to come."""
        try:
            octets = os.read(self.sortie, 2**16)
        except BlockingIOError:
            return True
        for ligne in self._lignes.ajouter(octets):
            afficher(self.nom, ligne)
        return bool(octets)

    def planifier_reprise(self) -> float:
        """Seconds to wait before the next start: 1, 2, 4… up to 30, 1 again after a calm minute."""
        if time.monotonic() - self._ne_a > STABLE:
            self._essais = 0
        delai = min(REPRISE_MAX, 2.0**self._essais)
        self._essais += 1
        self._reprise_a = time.monotonic() + delai
        return delai

    def attend_sa_reprise(self) -> bool:
        return self._reprise_a > 0

    def reprise_due(self) -> bool:
        return time.monotonic() >= self._reprise_a

    def demander_fin(self) -> None:
        if self._processus and self.code() is None:
            self._processus.send_signal(signal.SIGTERM)

    def enterrer(self) -> None:
        """End what is left of its family and close its output."""
        if self._processus is None:
            return
        processus.envoyer_au_groupe(self._processus.pid, signal.SIGKILL)
        self._processus.wait(timeout=10)
        os.close(self.sortie)
        self._processus = None


class Registre:
    """Sessions of the children, on disk: what a killed supervisor left is found and ended."""

    def __init__(self, fichier: Path) -> None:
        self._fichier = fichier

    def ecrire(self, enfants: list[Enfant]) -> None:
        pids = [pid for enfant in enfants if (pid := enfant.pid())]
        lignes = [f"{pid} {processus.naissance(pid)}\n" for pid in pids]
        provisoire = self._fichier.with_suffix(".partiel")
        provisoire.write_text("".join(lignes), encoding="ascii")
        provisoire.rename(self._fichier)

    def achever_restes(self, *, patience: float = 5.0) -> None:
        """Children were told to end when their parent died: wait for them, then insist."""
        restes = self._restes()
        if not processus.attendre_fin(restes, patience):
            processus.terminer(restes, (signal.SIGTERM, 5), (signal.SIGKILL, 5))
        self._fichier.unlink(missing_ok=True)

    def _restes(self) -> list[int]:
        chefs = dict(self._lire())
        return [
            pid
            for pid in processus.tous()
            if (chef := processus.session(pid)) in chefs
            and processus.naissance(chef) in {"", chefs[chef]}
            and processus.travaille_dans(pid, RACINE)
        ]

    def _lire(self) -> list[tuple[int, str]]:
        if not self._fichier.exists():
            return []
        lignes = self._fichier.read_text(encoding="ascii").splitlines()
        return [(int(pid), naissance) for pid, _, naissance in (x.partition(" ") for x in lignes)]
