"""The counters of HTTP, shared by the processes of one server: whichever answers, it tells of all.

Each process counts in files of its own, in a folder of its server (prometheus_client's multiprocess
mode). A file belongs to a place, not to a process: whoever takes the place of a dead one goes on
from what it had counted, so that nothing is lost, doubled, or left to pile up.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import IO

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # by which prometheus_client is told, as it is imported
MEMOIRE = Path("/dev/shm")  # noqa: S108 - a full disk would kill who writes in a mapped file
PREFIXE = "artjardin-compteurs"
_dossiers: list[Path] = []
_tenues: list[IO[str]] = []  # the place of this process, until it ends


def partager() -> Path | None:
    """Call it in a web process before Django: what is imported first counts for itself only."""
    if "prometheus_client" in sys.modules:
        return None
    dossier = _dossier(os.getppid())
    if dossier is None:
        return None
    os.environ[VARIABLE] = str(dossier)
    from prometheus_client import values  # noqa: PLC0415 - reads the variable

    place = _prendre_une_place(dossier)
    values.ValueClass = values.MultiProcessValue(lambda: place)
    _dossiers.append(dossier)
    return dossier


def dossier_partage() -> Path | None:
    """Where the processes of this server meet; None: this process is alone."""
    return _dossiers[0] if _dossiers else None


def _dossier(serveur: int) -> Path | None:
    """That of this server, ours only; those of servers that have ended are removed."""
    racine = MEMOIRE if os.access(MEMOIRE, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())
    debut = f"{PREFIXE}-{os.getuid()}-{_espace()}-"
    for autre in racine.glob(f"{debut}*"):
        pid, _, depart = autre.name.removeprefix(debut).partition("-")
        if not pid.isdigit() or depart != _depart(int(pid)):
            shutil.rmtree(autre, ignore_errors=True)
    dossier = racine / f"{debut}{serveur}-{_depart(serveur)}"
    with suppress(OSError):
        dossier.mkdir(mode=0o700, exist_ok=True)
        etat = dossier.lstat()
        if etat.st_uid == os.getuid() and etat.st_mode & 0o777 == 0o700:  # noqa: PLR2004
            return dossier
    return None


def _prendre_une_place(dossier: Path) -> int:
    """The first that nobody holds; it is given back by the end of the process, however it comes."""
    for place in count():
        tenue = (dossier / f"place-{place}").open("w")
        try:
            fcntl.flock(tenue, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tenue.close()
        else:
            _tenues.append(tenue)
            return place
    raise AssertionError  # count() has no end


def _depart(pid: int) -> str:
    """When this process began, in ticks since the machine did: a number may be given again."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    return ""


def _espace() -> str:
    """The namespace of its processes: containers that share memory number them alike."""
    with suppress(OSError):
        return str(Path("/proc/self/ns/pid").stat().st_ino)
    return "0"
