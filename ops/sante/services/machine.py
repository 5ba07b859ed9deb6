"""This machine: its disk, what it may write, the certificate of the public address."""

from __future__ import annotations

import shutil
import socket
import ssl
import time
from tempfile import TemporaryFile
from urllib.parse import urlsplit

from django.conf import settings

from ops.sante.constats import Etat, Releve

ETROIT, PLEIN = 20.0, 10.0  # % free
BIENTOT, TROP_TARD = 21, 7  # days left to a certificate
HEURE = 3600
_certificat: dict[str, tuple[float, Releve]] = {}


def disque() -> Releve:
    """The free part of the disk that holds the data, the documents and the backups."""
    usage = shutil.disk_usage(settings.DONNEES)
    libre = 100 * usage.free / usage.total
    etat = Etat.PANNE if libre < PLEIN else Etat.DEGRADE if libre < ETROIT else Etat.OK
    dit = f"{libre:.0f} % libres, soit {usage.free / 2**30:.1f} Gio"
    return Releve(etat, dit, round(libre, 1), "%")


def ecriture() -> Releve:
    """A document can be put down. Raise OSError (full, read-only, gone)."""
    settings.DONNEES_DOCUMENTS.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=settings.DONNEES_DOCUMENTS) as fichier:
        fichier.write(b"\0" * 4096)
        fichier.flush()
    return Releve(Etat.OK)


def certificat() -> Releve:
    """Days left to that of ADRESSE_PUBLIQUE; looked at once an hour while it is sound."""
    url = urlsplit(settings.ADRESSE_PUBLIQUE)
    if url.scheme != "https" or not url.hostname:
        return Releve(Etat.OK, "aucune adresse publique en HTTPS")
    vu_le, vu = _certificat.get(url.netloc, (0.0, None))
    if vu is not None and time.monotonic() - vu_le < HEURE:
        return vu
    releve = _juger((_fin(url.hostname, url.port or 443) - time.time()) / 86400)
    if releve.etat is Etat.OK:
        _certificat[url.netloc] = (time.monotonic(), releve)
    return releve


def _fin(hote: str, port: int) -> float:
    """When it ends, in seconds since 1970; what does not verify raises."""
    contexte = ssl.create_default_context()
    with (
        socket.create_connection((hote, port), timeout=3) as prise,
        contexte.wrap_socket(prise, server_hostname=hote) as tls,
    ):
        vu = tls.getpeercert() or {}
    return ssl.cert_time_to_seconds(str(vu["notAfter"]))


def _juger(jours: float) -> Releve:
    etat = Etat.PANNE if jours < TROP_TARD else Etat.DEGRADE if jours < BIENTOT else Etat.OK
    dit = f"le certificat expire dans {jours:.0f} jours" if etat is not Etat.OK else ""
    return Releve(etat, dit, round(jours, 1), "jours")
