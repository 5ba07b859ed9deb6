"""The copy in the archive: put there, read back, found again. Touches no row.

What is given here was read from the rows before; what comes back is written to them after, so that
no transaction and no connection is held while the store answers.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.utils import timezone

from artjardin.storage.coffres import AutreContenu, Coffre, Etat, deposer_ou_adopter
from artjardin.storage.fichiers import empreinte
from artjardin.storage.models import Document

CLE = re.compile(
    r"\d{4}/\d{2}/(?!\.)[^/]+/(?!\.)[^/]+\.pdf"
)  # of a document, among indexes and anchors
MINIMUM = timedelta(days=365)  # of lock, for a document already older than the retention
ECART = timedelta(seconds=1)  # what a store may round away of a date


class CopieFausse(Exception):
    """The store answered, and what it holds is not what it was given. The message is French."""


class VerrouFaux(CopieFausse):
    """The bytes are right; the lock is missing or ends too early."""


class MetadonneesPerdues(CopieFausse):
    """The bytes are right; what says so to whoever has no database is not there any more."""


class Copie(NamedTuple):
    """An object of the archive that was read back, and is the document."""

    cle: str
    version: str
    sha256: str
    verrouille_jusqu_au: datetime | None


def echeance(le: date) -> datetime:
    """The midnight after which a document of this day may be deleted."""
    jour = le + relativedelta(years=settings.S3_RETENTION_ANNEES, days=1)
    return timezone.make_aware(datetime.combine(jour, time.min))


def conserver_jusqu_au(le: date) -> datetime:
    """End of the lock to ask for now: never shorter than a year, for an old document."""
    return max(echeance(le), timezone.now().replace(microsecond=0) + MINIMUM)


def deposer(coffre: Coffre, document: Document, contenu: bytes) -> Copie:
    """Put the document and read it back. Raise CopieFausse, OSError.

    When the key bears other bytes they are left alone, and the document gets a key of its own.
    """
    jusqu_au = conserver_jusqu_au(document.date)
    for cle in (document.cle, cle_de_rechange(document)):
        with suppress(AutreContenu, MetadonneesPerdues):
            version = deposer_ou_adopter(
                coffre, cle, contenu, jusqu_au=jusqu_au, metadonnees=metadonnees(document)
            )
            return relire(coffre, document, cle, version, jusqu_au=jusqu_au)
    raise CopieFausse(f"Les clefs de {document.cle} portent d'autres contenus.")


def relire(
    coffre: Coffre, document: Document, cle: str, version: str, *, jusqu_au: datetime | None
) -> Copie:
    """Read an object back and compare: its bytes, its metadata, then its lock.

    Raise CopieFausse, OSError.
    """
    with coffre.ouvrir(cle, version) as flux:
        etat, trouve = flux.etat, empreinte(flux)
    if trouve != document.sha256:
        raise CopieFausse(f"L'archive a rendu d'autres octets pour {cle}.")
    ancienne = coffre.verrouille and not etat.sha256  # put before hashes were noted, then locked
    if etat.sha256 != document.sha256 and not ancienne:
        raise MetadonneesPerdues(f"Les métadonnées de {cle} sont perdues.")
    _exiger_le_verrou(coffre, etat, jusqu_au)
    return Copie(cle, version or etat.version, trouve, etat.verrouille_jusqu_au)


def retrouver(coffre: Coffre, document: Document) -> tuple[Copie, bytes] | None:
    """The first object of this document, whatever its version, whose bytes are right."""
    for objet in coffre.lister(document.cle.removesuffix(".pdf")):
        if objet.est_marqueur or objet.cle not in {document.cle, cle_de_rechange(document)}:
            continue
        with coffre.ouvrir(objet.cle, objet.version) as flux:
            contenu, etat = flux.readall(), flux.etat
        if empreinte(contenu) == document.sha256:
            date = etat.verrouille_jusqu_au
            return Copie(objet.cle, objet.version, document.sha256, date), contenu
    return None


def cle_de_rechange(document: Document) -> str:
    """The key it gets when another content bears its own."""
    return f"{document.cle.removesuffix('.pdf')}~{document.sha256[:8]}.pdf"


def metadonnees(document: Document) -> dict[str, str]:
    """What lets a person who only has the object know what it is."""
    return {
        "client": str(document.client_ref),
        "type": document.type,
        "numero": document.numero,
        "date": document.date.isoformat(),
    }


def _exiger_le_verrou(coffre: Coffre, etat: Etat, jusqu_au: datetime | None) -> None:
    date = etat.verrouille_jusqu_au
    if jusqu_au is None or not coffre.date:
        return
    if date is None:
        raise VerrouFaux(f"L'archive n'a pas verrouillé {etat.cle}.")
    if date < jusqu_au - ECART:
        raise VerrouFaux(f"Le verrou de {etat.cle} finit trop tôt : {date:%d/%m/%Y}.")
