"""The product served by granian on a port of the moment, as `make run` starts it."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from artjardin.embarque import superviseur

HOTE = "127.0.0.1"


@contextmanager
def servir(**environnement: str) -> Iterator[int]:
    """Give the port once it answers; `environnement`: variables of this one."""
    with lancer(**environnement) as (port, _):
        yield port


@contextmanager
def lancer(
    *options: str, guichet: str = superviseur.GUICHET, **environnement: str
) -> Iterator[tuple[int, subprocess.Popen]]:
    """The same, and the process whose children answer."""
    with socket.socket() as prise:
        prise.bind((HOTE, 0))
        port = prise.getsockname()[1]
    commande = [sys.executable, "-m", "granian", *superviseur.GRANIAN, "--host", HOTE]
    granian = subprocess.Popen(
        [*commande, "--port", str(port), "--workers-kill-timeout", "3", *options, guichet],
        cwd=superviseur.__file__.rpartition("/artjardin/")[0],
        env=os.environ | {"API_PAR_MINUTE": "100000"} | environnement,
        stdout=subprocess.DEVNULL,
    )
    try:
        limite = time.monotonic() + 60
        while not superviseur.repond(HOTE, port):
            assert granian.poll() is None
            assert time.monotonic() < limite, "granian ne répond pas"
            time.sleep(0.1)
        yield port, granian
    finally:
        granian.terminate()
        granian.wait(15)


@contextmanager
def bloques(port: int, demande: bytes, *, nombre: int = 30) -> Iterator[list[socket.socket]]:
    """So many clients that send this, read nothing, and stay."""
    with ExitStack() as pile:
        prises = []
        for _ in range(nombre):
            prise = pile.enter_context(socket.socket())
            prise.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            prise.settimeout(30)
            prise.connect((HOTE, port))
            prise.sendall(demande)
            prises.append(prise)
        yield prises


def demander(port: int, methode: str, chemin: str, **options) -> tuple[int, float]:
    """The status, and the seconds that it took."""
    depart = time.monotonic()
    connexion = http.client.HTTPConnection(HOTE, port, timeout=10)
    try:
        connexion.request(methode, chemin, **options)
        reponse = connexion.getresponse()
        reponse.read()
        return reponse.status, time.monotonic() - depart
    finally:
        connexion.close()


def brute(port: int, octets: bytes, *, coupe: bool = False) -> bytes:
    """What the server answers to these bytes, up to the end of the connection; `coupe`: it is told
    that no more will come.
    """
    with socket.create_connection((HOTE, port), timeout=15) as prise:
        try:
            prise.sendall(octets)
            if coupe:
                prise.shutdown(socket.SHUT_WR)
            morceaux = iter(lambda: prise.recv(65536), b"")
            return b"".join(morceaux)
        except ConnectionError:  # it gave up reading
            return b""
