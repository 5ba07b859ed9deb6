"""How a process of the web leaves: it takes no new connection, answers those it has, then ends.

granian's own stop drops a connection whose request it has not read yet: somebody was let in, and
is shown out without an answer. So SIGTERM first closes the door; what had come in has REPIT to
speak; then granian's stop (SIGINT) waits for the answers under way.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import struct
import time
from asyncio import AbstractEventLoop
from contextlib import suppress
from pathlib import Path

REPIT = 1.0  # seconds
PATIENCE = 0.2  # seconds
TCP_INFO = 11  # of Linux
LIBC = ctypes.PyDLL(None)  # its calls let no other thread run between the look and the closing
EN_ATTENTE = struct.Struct("24xI")  # where tcp_info of Linux has it
FERMER = ("connection", "close")
_etat = {"retire": False}


def preparer(boucle: AbstractEventLoop) -> None:
    """When granian starts a process, after it has set its own handlers."""
    boucle.add_signal_handler(signal.SIGTERM, se_retirer, boucle)


def se_retirer(boucle: AbstractEventLoop) -> None:
    """Once: other signals to end go straight to granian."""
    boucle.remove_signal_handler(signal.SIGTERM)
    _etat["retire"] = True
    boucle.call_later(REPIT, os.kill, os.getpid(), signal.SIGINT)
    fermer_la_porte()


def avec_conge(entetes: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The headers of an answer; while we leave, the client is told not to speak here again."""
    return [*entetes, FERMER] if _etat["retire"] else entetes


def fermer_la_porte() -> int:
    """Let nobody in any more, in this process; how many doors there were.

    Each process of granian listens on a socket of its own to the same port: once it is closed, the
    kernel gives new connections to the others. Its number stays taken, granian closes it later.
    Whoever waits at the door when it closes is sent away: it is done at a moment without anybody.
    """
    portes = [numero for numero in _descripteurs() if _ecoute(numero)]
    with Path(os.devnull).open("rb") as rien:
        for numero in portes:
            fin = time.monotonic() + PATIENCE
            while _attendent(numero) and time.monotonic() < fin:
                time.sleep(0)
            LIBC.dup2(rien.fileno(), numero)
    return len(portes)


def _descripteurs() -> list[int]:
    return [int(un.name) for un in Path("/dev/fd").iterdir()]


def _ecoute(numero: int) -> bool:
    with suppress(OSError), socket.socket(fileno=os.dup(numero)) as prise:  # or no socket
        return bool(prise.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
    return False


def _attendent(numero: int) -> int:
    """Connections that granian has not taken yet: tcpi_unacked, of a socket that listens."""
    infos = ctypes.create_string_buffer(EN_ATTENTE.size)
    taille = ctypes.c_int(EN_ATTENTE.size)
    LIBC.getsockopt(numero, socket.IPPROTO_TCP, TCP_INFO, infos, ctypes.byref(taille))
    return int(EN_ATTENTE.unpack(infos)[0])
