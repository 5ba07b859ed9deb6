"""What must hold before anything starts, said in French with the way to put it right."""

import ctypes
import errno
import os
import socket

from artjardin.embarque.erreurs import ErreurEmbarque

BIBLIOTHEQUES = ("libpango-1.0.so.0", "libpangoft2-1.0.so.0")
PORTS = 2**16
PAQUETS = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"


def exiger_pango() -> None:
    """WeasyPrint draws the PDF with Pango, the only library that no wheel carries."""
    manquantes = [nom for nom in BIBLIOTHEQUES if not _chargeable(nom)]
    if manquantes:
        sudo = "sudo " if os.getuid() else ""
        raise ErreurEmbarque(
            f"Il manque la bibliothèque {' et '.join(manquantes)}, nécessaire aux PDF. Lancez :\n"
            f"  {sudo}apt-get update && {sudo}apt-get install -y {PAQUETS}",
        )


def exiger_port(hote: str, port: int) -> None:
    if not 0 < port < PORTS:
        raise ErreurEmbarque(f"PORT doit être entre 1 et {PORTS - 1}, pas {port}.")
    try:
        famille, genre, _, _, adresse = socket.getaddrinfo(hote, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(famille, genre) as prise:
            prise.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            prise.bind(adresse)
    except OSError as erreur:
        raise ErreurEmbarque(_refus(hote, port, erreur)) from erreur


def _refus(hote: str, port: int, erreur: OSError) -> str:
    conseil = "Donnez-en un autre, par exemple : make run PORT=8001"
    if erreur.errno == errno.EADDRINUSE:
        return f"Le port {port} de {hote} est déjà pris par un autre programme. {conseil}"
    return f"Impossible d'écouter sur {hote}, port {port} ({erreur}). {conseil}"


def _chargeable(bibliotheque: str) -> bool:
    try:
        ctypes.CDLL(bibliotheque)
    except OSError:
        return False
    return True
