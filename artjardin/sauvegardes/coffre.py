"""What lies in the vault of backups, every version of it: one written over another hides nothing.

Object Lock keeps a version, not its key: whoever holds the key of the bucket can cover a backup or
mask it, not remove it. So the oldest version that reads well is the one that counts.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from artjardin.sauvegardes.manifeste import (
    DUMP,
    MANIFESTE,
    REFUS,
    VERIFICATION,
    Manifeste,
    cle,
    nom_de,
)
from artjardin.storage.coffres import Coffre, Objet

Lu = TypeVar("Lu")
journal = logging.getLogger(__name__)


@dataclass(frozen=True)
class Presente:
    """A backup of the vault: its manifest, the version of its dump, what the drill said."""

    manifeste: Manifeste
    version: str
    rapport: dict[str, Any]

    @property
    def verifiee(self) -> bool:
        return bool(self.rapport)


def presentes(coffre: Coffre) -> Iterator[Presente]:
    """Those whose manifest and dump both lie there, by name; a damaged one hides no other.

    Raise OSError when the vault does not answer.
    """
    versions = _versions(coffre)
    for nom in sorted({nom for chemin in versions if (nom := nom_de(chemin))}):
        manifeste = _premier(
            coffre,
            versions[cle(nom, MANIFESTE)],
            lambda octets: Manifeste.lire(octets, nom=nom),  # noqa: B023
        )
        dumps = versions.get(cle(nom, DUMP), [])
        bons = [un for un in dumps if manifeste and un.taille == manifeste.taille]
        if manifeste and bons:
            yield Presente(manifeste, bons[0].version, _verdict(coffre, nom, versions))


def _versions(coffre: Coffre) -> dict[str, list[Objet]]:
    """Every version of every key, the oldest first."""
    trouvees: dict[str, list[Objet]] = defaultdict(list)
    for objet in coffre.lister(""):
        if not objet.est_marqueur:
            trouvees[objet.cle].append(objet)
    for objets in trouvees.values():
        objets.sort(key=lambda un: un.modifie_le)
    return trouvees


def _premier(coffre: Coffre, objets: list[Objet], lire: Callable[[bytes], Lu]) -> Lu | None:
    for objet in objets:
        try:
            return lire(coffre.lire(objet.cle, objet.version))
        except (FileNotFoundError, TypeError, ValueError):
            journal.exception("%s est illisible", objet.cle)
    return None


def _verdict(coffre: Coffre, nom: str, versions: dict[str, list[Objet]]) -> dict[str, Any]:
    """The report of the drill that verified it, unless a later one refused it; else {}."""
    oui = _premier(coffre, versions.get(cle(nom, VERIFICATION), []), _rapport)
    non = _premier(coffre, versions.get(cle(nom, REFUS), []), _rapport)
    if not oui or oui["anomalies"]:
        return {}
    return {} if non and _le(non) > _le(oui) else oui


def _rapport(octets: bytes) -> dict[str, Any]:
    lu = dict(json.loads(octets))
    if not isinstance(lu.get("anomalies"), list):
        raise TypeError("rapport sans anomalies")
    _le(lu)
    return lu


def _le(rapport: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(str(rapport.get("le")))
