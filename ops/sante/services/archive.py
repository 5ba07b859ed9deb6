"""The stores of documents and of backups: reached, locking, giving back what was put."""

from __future__ import annotations

import secrets
import time
from contextlib import suppress

from redis.exceptions import RedisError

from artjardin.storage.coffres import Coffre, coffre_des_documents, coffre_des_sauvegardes
from artjardin.valkey import valkey
from ops.sante.constats import Etat, Releve

RELECTURE = 300  # seconds between two trials of writing, all processes together
CLE = "sante/sonde.txt"
ESPACE = "sante:relecture"
_essais: dict[str, float] = {}


def documents() -> Releve:
    return _eprouver(coffre_des_documents(), "documents")


def sauvegardes() -> Releve:
    return _eprouver(coffre_des_sauvegardes(), "sauvegardes")


def _eprouver(coffre: Coffre, nom: str) -> Releve:
    """Reached each time; the lock and a writing looked at every five minutes."""
    coffre.eprouver()
    if _mon_tour(nom):
        try:
            defaut = coffre.defaut_de_verrou()
            _ecrire_et_relire(coffre)
        except BaseException:
            _rendre_le_tour(nom)
            raise
        if defaut:
            _rendre_le_tour(nom)
            return Releve(Etat.PANNE, defaut)
    return Releve(Etat.OK, "" if coffre.verrouille else coffre.description)


def _ecrire_et_relire(coffre: Coffre) -> None:
    """Leaves nothing, unless the bucket locks by itself whatever is put."""
    octets = secrets.token_hex(16).encode()
    version = coffre.remplacer(CLE, octets, jusqu_au=None, metadonnees={}, type_mime="text/plain")
    lus = coffre.lire(CLE, version)
    with suppress(PermissionError):
        coffre.supprimer(CLE, version)
    if lus != octets:
        raise OSError("ce qui a été relu n'est pas ce qui avait été écrit")


def _mon_tour(nom: str) -> bool:
    """Whether it is time to write, and nobody else does; each process by itself without Valkey."""
    try:
        return bool(valkey().set(f"{ESPACE}:{nom}", "1", nx=True, ex=RELECTURE))
    except (RedisError, OSError):
        du = time.monotonic() - _essais.get(nom, -RELECTURE) >= RELECTURE
        if du:
            _essais[nom] = time.monotonic()
        return du


def _rendre_le_tour(nom: str) -> None:
    """What failed is tried again at the next look."""
    _essais.pop(nom, None)
    with suppress(RedisError, OSError):
        valkey().delete(f"{ESPACE}:{nom}")
