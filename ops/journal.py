"""The journal as a file for a spreadsheet, written whole before it leaves, in flat memory.

An error midway sends nothing rather than half a file; a slow reader holds no connection.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import IO, Any

from django.http import FileResponse
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.accounts.models import User
from artjardin.audit.categories import CATEGORIES, categorie_de
from artjardin.audit.models import Entree
from artjardin.audit.services import consigner
from clients.rapport import inoffensive
from facturation.comptes.soldes import meme_instant
from ops.exports.fichiers import fichier_sans_nom

BOM = "\ufeff"
ENTETES = [
    "N°", "Rang", "Le", "Qui", "Catégorie", "Action", "Type", "Identifiant", "Objet", "Avant",
    "Après", "Précisions", "Adresse", "Requête", "Empreinte",
]  # fmt: skip
LOT = 1_000


class _Ligne:
    """What csv.writer writes to: it hands each line back."""

    def write(self, texte: str) -> str:
        return texte


def exporter_le_journal(entrees: Any, *, filtres: Mapping[str, str], par: Auteur) -> FileResponse:
    """Journal the export, then send the entries that were there just before, oldest first."""
    export = consigner(par.user or User(), "journal.exporte", par=par, filtres=_dits(filtres))
    with fichier_sans_nom() as flux, meme_instant():
        _ecrire(flux, entrees.filter(id__lt=export.pk).order_by("id"))
    nom = f"journal-{timezone.localtime():%Y%m%d-%H%M}.csv"
    return FileResponse(
        flux, as_attachment=True, filename=nom, content_type="text/csv; charset=utf-8"
    )


def _ecrire(flux: IO[bytes], entrees: Any) -> None:
    lignes = _lignes(entrees)
    while lot := list(islice(lignes, LOT)):
        flux.write("".join(lot).encode())


def _dits(filtres: Mapping[str, str]) -> dict[str, str]:
    return {nom: valeur for nom, valeur in filtres.items() if nom != "sortie" and valeur}


def _lignes(entrees: Any) -> Iterator[str]:
    ecrivain = csv.writer(_Ligne(), delimiter=";", lineterminator="\r\n")
    yield BOM + ecrivain.writerow(ENTETES)
    for entree in entrees.select_related("maillon").iterator(chunk_size=LOT):
        yield ecrivain.writerow(inoffensive(cellule) for cellule in _cellules(entree))


def _cellules(entree: Entree) -> list[str]:
    maillon = getattr(entree, "maillon", None)
    return [
        str(entree.pk),
        str(maillon.rang) if maillon else "",
        f"{timezone.localtime(entree.le):%d/%m/%Y %H:%M:%S}",
        entree.acteur_nom,
        CATEGORIES.get(categorie_de(entree.action), ("",))[0],
        entree.action,
        entree.objet_type,
        "" if entree.objet_id is None else str(entree.objet_id),
        entree.objet_nom,
        *(_en_texte(valeurs) for valeurs in (entree.avant, entree.apres, entree.details)),
        entree.adresse or "",
        entree.requete,
        maillon.sha256 if maillon else "",
    ]


def _en_texte(valeurs: Mapping[str, Any]) -> str:
    return json.dumps(valeurs, ensure_ascii=False, sort_keys=True) if valeurs else ""
