"""Processes seen through /proc: is it alive, is it ours, end it within a bound."""

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

PROC = Path("/proc")
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def vivant(pid: int) -> bool:
    """Running: a zombie waits only to be buried."""
    return _etat(pid) not in {"", "Z", "X"}


def travaille_dans(pid: int, dossier: Path) -> bool:
    """Pid numbers are reused: the process is the one meant only if it lives in that folder."""
    try:
        return vivant(pid) and (PROC / str(pid) / "cwd").readlink() == dossier.resolve()
    except OSError:
        return False


def dans(dossier: Path) -> list[int]:
    return [pid for pid in tous() if travaille_dans(pid, dossier)]


def tous() -> Iterator[int]:
    return (int(entree.name) for entree in PROC.iterdir() if entree.name.isdigit())


def naissance(pid: int) -> str:
    """Start time in clock ticks since boot: with the pid, names a process for good."""
    champs = _champs(pid)
    return champs[19] if champs else ""


def session(pid: int) -> int:
    champs = _champs(pid)
    return int(champs[3]) if champs else 0


def terminer(pids: Iterable[int], *etapes: tuple[signal.Signals, float]) -> bool:
    """Send each signal in turn, wait that many seconds for the end; True when all are gone."""
    restants = list(pids)
    for signe, delai in etapes:
        for pid in restants:
            envoyer(pid, signe)
        if attendre_fin(restants, delai):
            return True
        restants = [pid for pid in restants if vivant(pid)]
    return False


def attendre_fin(pids: Iterable[int], delai: float) -> bool:
    """Wait at most `delai` seconds until none of them runs."""
    liste = list(pids)
    return attendre(lambda: not any(map(vivant, liste)), delai)


def envoyer(pid: int, signe: signal.Signals) -> None:
    try:
        os.kill(pid, signe)
    except ProcessLookupError:
        return


def envoyer_au_groupe(groupe: int, signe: signal.Signals) -> None:
    try:
        os.killpg(groupe, signe)
    except ProcessLookupError:
        return


def attendre(condition: Callable[[], bool], delai: float, *, pas: float = 0.02) -> bool:
    """Wait at most `delai` seconds for the condition; says whether it came true."""
    limite = time.monotonic() + delai
    while not (vrai := condition()) and time.monotonic() < limite:
        time.sleep(pas)
    return vrai


def mourir_avec_le_parent() -> None:
    """Run in a child before its program: the kernel ends it when its parent dies, even by -9."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _etat(pid: int) -> str:
    champs = _champs(pid)
    return champs[0] if champs else ""


def _champs(pid: int) -> list[str]:
    """Fields of /proc/<pid>/stat after the name, which may hold spaces and parentheses."""
    try:
        return (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
