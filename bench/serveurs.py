"""HTTP servers under measure: granian, with the very options of `make run`."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from artjardin.embarque import processus, superviseur
from bench.banc import RACINE, Banc

PRODUIT, NU = superviseur.GUICHET, "bench.nue:application"
MUET = "bench.muette:application"
OPTIONS = {
    MUET: superviseur.GRANIAN,
    PRODUIT: superviseur.GRANIAN,
    NU: ["--interface", "wsgi", "--workers", "2", "--blocking-threads", "4"],
}


class Serveur(NamedTuple):
    """Where granian answers, and its pid."""

    port: int
    pid: int


@contextmanager
def servir(banc: Banc, application: str) -> Iterator[Serveur]:
    """Serve `application` on the data of `banc`."""
    port = port_libre()
    # Its own session: ending the group ends the workers too
    serveur = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "granian",
            *OPTIONS[application],
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
            application,
        ],
        cwd=RACINE,
        env=banc.environnement,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=processus.mourir_avec_le_parent,  # noqa: PLW1509 - no thread yet
    )
    try:
        attendre(port, serveur)
        yield Serveur(port, serveur.pid)
    finally:
        os.killpg(serveur.pid, signal.SIGTERM)
        try:
            serveur.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(serveur.pid, signal.SIGKILL)
            serveur.wait()


def attendre(port: int, serveur: subprocess.Popen) -> None:
    limite = time.monotonic() + 60
    while time.monotonic() < limite and serveur.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"{serveur.args!r} ne répond pas.")


def port_libre() -> int:
    with socket.socket() as prise:
        prise.bind(("127.0.0.1", 0))
        return prise.getsockname()[1]
