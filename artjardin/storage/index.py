"""A readable index beside the PDFs: one JSON a day, so that anybody can find a document without us.

`index/AAAA/MM/JJ-index.json` lists the documents archived that day (Paris date), with the name of
their client, under the same lock. It is written the night after, and when it was missed.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db.models.functions import TruncDate
from django.utils import timezone

from artjardin.storage.coffres import AutreContenu, Coffre, coffre_des_documents, deposer_ou_adopter
from artjardin.storage.models import Archive
from artjardin.storage.services.copies import conserver_jusqu_au

journal = logging.getLogger(__name__)
PREFIXE = "index/"
CLE = re.compile(r"index/(\d{4})/(\d{2})/(\d{2})-index\.json")
FORMAT = 1
JSON = "application/json"
CONSIGNE = (
    "Chaque document est l'objet « cle » (version « version ») ; ses octets ont ce SHA-256. "
    "Copiez-le, comparez, ouvrez le PDF."
)

Noms = Callable[[Iterable[int]], Mapping[int, str]]


def ecrire_les_index(*, noms: Noms) -> list[str]:
    """Write the index of each past day that has none; their keys. `noms`: clients by number.

    Raise OSError when the archive is out of reach.
    """
    coffre = coffre_des_documents()
    return [_ecrire(coffre, jour, noms) for jour in _jours_sans_index(coffre)]


def lire_les_index(coffre: Coffre) -> dict[str, dict[str, Any]]:
    """By key, the line of each document of every index, the newest day last.

    Of an index that was written over, the first version counts: it is the locked one. One that
    cannot be read is said in the log and left out.
    """
    lignes = {}
    objets = (un for un in coffre.lister(PREFIXE) if CLE.fullmatch(un.cle) and not un.est_marqueur)
    for cle, versions in groupby(objets, key=lambda un: un.cle):
        premiere = min(versions, key=lambda un: un.modifie_le)
        try:
            dits = json.loads(coffre.lire(cle, premiere.version))["documents"]
            lignes.update({str(ligne["cle"]): dict(ligne) for ligne in dits})
        except (ValueError, KeyError, TypeError):
            journal.exception("index illisible : %s", cle)
    return lignes


def _jours_sans_index(coffre: Coffre) -> list[date]:
    faits = {
        date(*map(int, trouve.groups()))
        for objet in coffre.lister(PREFIXE)
        if not objet.est_marqueur and (trouve := CLE.fullmatch(objet.cle))
    }
    jours = Archive.objects.faites().annotate(jour=TruncDate("archive_le"))
    passes = jours.filter(jour__lt=timezone.localdate()).values_list("jour", flat=True)
    return sorted(set(passes.distinct().order_by("jour")) - faits)


def _ecrire(coffre: Coffre, jour: date, noms: Noms) -> str:
    archives = list(
        Archive.objects.faites()
        .filter(archive_le__date=jour)
        .select_related("document")
        .order_by("document_id")
    )
    clients = noms({archive.document.client_ref for archive in archives})
    contenu = {
        "format": FORMAT,
        "jour": jour.isoformat(),
        "lire": CONSIGNE,
        "documents": [_ligne(archive, clients) for archive in archives],
    }
    cle = f"{PREFIXE}{jour:%Y/%m/%d}-index.json"
    octets = json.dumps(contenu, ensure_ascii=False, indent=1).encode()
    with suppress(AutreContenu):  # another process wrote it a moment ago
        deposer_ou_adopter(
            coffre, cle, octets, jusqu_au=_duree(archives, jour), metadonnees={"jour": f"{jour}"},
            type_mime=JSON,
        )  # fmt: skip
    return cle


def _ligne(archive: Archive, clients: Mapping[int, str]) -> dict[str, Any]:
    document = archive.document
    return {
        "numero": document.numero,
        "type": document.type,
        "date": document.date.isoformat(),
        "client": document.client_ref,
        "nom_client": clients.get(document.client_ref, ""),
        "fichier": document.nom,
        "cle": archive.cle,
        "version": archive.version,
        "sha256": archive.sha256,
        "taille": document.taille,
    }


def _duree(archives: list[Archive], jour: date) -> datetime:
    """As long as the last of its documents."""
    dates = [archive.verrouille_jusqu_au for archive in archives if archive.verrouille_jusqu_au]
    return max([conserver_jusqu_au(jour), *dates])
