"""The one door to documents: promise, make, read, archive, repair."""

from artjardin.storage.services.archivage import archiver_les_documents, rattraper
from artjardin.storage.services.lecture import lire
from artjardin.storage.services.production import (
    produire,
    produire_les_promis,
    promettre_document,
    reessayer,
)

__all__ = [
    "archiver_les_documents",
    "lire",
    "produire",
    "produire_les_promis",
    "promettre_document",
    "rattraper",
    "reessayer",
]
