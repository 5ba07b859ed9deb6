"""What goes into an export: tables, trees of clients, PDFs, and what could not be had."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

import orjson
from django.utils.text import get_valid_filename

from artjardin.erreurs import Indisponible
from artjardin.storage.models import Document
from artjardin.storage.services import lire
from facturation.models import Logo
from ops.exports import cellules
from ops.exports.archives import Archive
from ops.exports.dossiers import Noeud, dossiers
from ops.exports.tables import Table

Suivi = Callable[[int, str], None]  # percent done, and the step in French
TAMPON = 500  # lines written together
LOT = 100  # documents looked up together
EXTENSIONS = {"image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg"}


def ecrire_les_tables(archive: Archive, tables: Sequence[Table], suivi: Suivi) -> dict[str, int]:
    """One CSV per table; the number of rows of each."""
    comptes = {}
    for rang, table in enumerate(tables):
        suivi(40 * rang // len(tables), f"Table {table.nom}")
        with archive.entree(f"tables/{table.nom}.csv") as entree:
            comptes[table.nom] = entree.dits["lignes"] = ecrire_une_table(entree, table)
    return comptes


def ecrire_une_table(entree: Any, table: Table) -> int:
    """The CSV of a table; the number of its rows, without the names of the columns."""
    entree.write(cellules.entete(table.colonnes).encode())
    nombre = 0
    lignes = map(cellules.rangee, table.rangees())
    while lot := list(islice(lignes, TAMPON)):
        entree.write("".join(lot).encode())
        nombre += len(lot)
    return nombre


def ecrire_les_logos(archive: Archive) -> None:
    for logo in Logo.objects.order_by("pk").iterator(chunk_size=1):
        extension = EXTENSIONS.get(logo.type_mime, "bin")
        archive.ajouter(f"logos/{logo.pk}.{extension}", bytes(logo.contenu), comprimee=False)


def ecrire_les_dossiers(archive: Archive, suivi: Suivi, *, total: int) -> int:
    """One JSON per client; how many."""
    nombre = 0
    for nombre, dossier in enumerate(dossiers(), start=1):
        archive.ajouter(nom_du_dossier(dossier), en_json(dossier))
        suivi(40 + 30 * nombre // max(total, nombre), f"Clients : {nombre} sur {total}")
    return nombre


def nom_du_dossier(dossier: Noeud) -> str:
    nom = f"{dossier['code']}-{dossier['id']}"
    return f"clients/{get_valid_filename(nom)}.json"


def en_json(valeur: Any) -> bytes:
    """Amounts as texts with their decimals, instants with their offset."""
    return orjson.dumps(valeur, default=str, option=orjson.OPT_INDENT_2)


class Papiers:
    """The PDFs of an export: each read, checked against its hash, and written; or named."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.ecrits = 0
        self.manquants: list[dict[str, str]] = []

    def ecrire(self, documents: Sequence[int], suivi: Suivi, *, de: int = 70) -> None:
        """Those of these ids, outside any transaction: they may come from far.

        One that is missing or altered does not stop the others: it is named with its reason.
        """
        total = len(documents)
        for debut in range(0, total, LOT):
            lot = Document.objects.in_bulk(documents[debut : debut + LOT])
            for rang, pk in enumerate(documents[debut : debut + LOT], start=debut + 1):
                self._un(lot[pk])
                suivi(de + (99 - de) * rang // total, f"Documents : {rang} sur {total}")

    def _un(self, document: Document) -> None:
        try:
            contenu = lire(document)  # compared with its hash
        except Indisponible as erreur:
            self.nommer(document.cle, erreur.message)
        else:
            self._archive.ajouter(f"documents/{document.cle}", contenu, comprimee=False)
            self.ecrits += 1

    def nommer(self, cle: str, raison: str) -> None:
        self.manquants.append({"fichier": f"documents/{cle}", "raison": raison})


def documents_a_lire(papiers: Papiers, documents: Iterable[Noeud]) -> list[int]:
    """The ids of those already made; those still promised are named at once."""
    faits = []
    for document in documents:
        if document["sha256"]:
            faits.append(document["id"])
        else:
            papiers.nommer(document["cle"], "Ce document n'est pas encore fait.")
    return faits
