"""Use cases of the backups: make, drill, keep, restore."""

from artjardin.sauvegardes.services.catalogue import (
    constater_les_copies,
    deposer,
    rapprocher,
)
from artjardin.sauvegardes.services.entretien import appliquer_la_retention, relire
from artjardin.sauvegardes.services.exercice import exercer
from artjardin.sauvegardes.services.faire import completer, fabriquer, sauvegarder

__all__ = [
    "appliquer_la_retention",
    "completer",
    "constater_les_copies",
    "deposer",
    "exercer",
    "fabriquer",
    "rapprocher",
    "relire",
    "sauvegarder",
]
