"""The documents: issued, drawn as PDF and how fast, archived and since when not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prometheus_client.core import Metric

from artjardin.branchements import DOCUMENT_PRODUCTEURS
from artjardin.storage.models import Archive, Document
from facturation.models import Facture
from ops.mesures.familles import Groupe, compteur, interroger, jauge, repartition

EMIS = compteur("documents_emis", "Documents issued here, by type; not those taken over.", "type")
PRODUITS = compteur("pdf_produits", "PDF made and frozen, by type.", "type")
PROMIS = jauge(
    "pdf_en_attente",
    "PDF promised and not made: waiting for a worker, or given up after ten failures.",
    "etat",
)
AGE = jauge(
    "pdf_plus_ancien_secondes",
    "Age of the oldest PDF that waits to be made, in seconds; 0 when there is none.",
)
DUREE = repartition("pdf_duree", "Time to make one PDF.", 0.1, 0.25, 0.5, 1, 2, 4, 8, 16)
ARCHIVES = jauge("archives", "Second copies of the PDF in the archive, by state.", "etat")
RETARD = jauge(
    "archives_retard_secondes",
    "Since when the oldest PDF without a good second copy was made, in seconds; 0 without any.",
)
PAR_TYPE = """
    SELECT type, count(*) FROM facturation_facture
    WHERE statut = 'emise' AND serie <> %(reprise)s GROUP BY type
    UNION ALL SELECT 'devis', count(*) FROM storage_document WHERE type = 'devis'
"""
PDF = f"""
    SELECT type, count(*) FILTER (WHERE sha256 <> ''),
        count(*) FILTER (WHERE sha256 = '' AND essais < %(max)s),
        count(*) FILTER (WHERE sha256 = '' AND essais >= %(max)s),
        coalesce(extract(epoch FROM now() - min(cree_le) FILTER (WHERE sha256 = '')), 0),
        {DUREE.sql_ms("duree_ms", "duree_ms IS NOT NULL")}
    FROM storage_document GROUP BY type
"""  # noqa: S608 - constants
PAR_ETAT = """
    SELECT a.etat, count(*), coalesce(extract(epoch FROM now() - min(d.produit_le)), 0)
    FROM storage_archive a JOIN storage_document d ON d.id = a.document_id GROUP BY a.etat
"""


def lire_les_emis() -> Iterator[Metric]:
    lus = dict(interroger(PAR_TYPE, {"reprise": Facture.SERIE_REPRISE}))
    yield EMIS({genre: lus.get(genre, 0) for genre in [*map(str, Facture.Type), "devis"]})


def lire_les_pdf() -> Iterator[Metric]:
    lus = interroger(PDF, {"max": Document.ESSAIS_MAX})
    produits = {genre: produits for genre, produits, *_ in lus}
    yield PRODUITS(dict.fromkeys(DOCUMENT_PRODUCTEURS, 0) | produits)
    yield PROMIS({"promis": _somme(lus, 2), "abandonne": _somme(lus, 3)})
    yield AGE(max([0, *(ligne[4] for ligne in lus)]))
    yield DUREE.lue([_somme(lus, colonne) for colonne in range(5, 5 + DUREE.largeur)])


def lire_l_archive() -> Iterator[Metric]:
    lus = {etat: (nombre, age) for etat, nombre, age in interroger(PAR_ETAT)}
    yield ARCHIVES({str(etat): lus.get(etat, (0, 0))[0] for etat in Archive.Etat})
    yield RETARD(max([0, *(age for etat, (_, age) in lus.items() if etat != Archive.Etat.ARCHIVE)]))


def _somme(lignes: list[tuple[Any, ...]], colonne: int) -> Any:
    return sum(ligne[colonne] for ligne in lignes)


GROUPES = [
    Groupe("documents", lire_les_emis, (EMIS,)),
    Groupe("pdf", lire_les_pdf, (PRODUITS, PROMIS, AGE, DUREE)),
    Groupe("archives", lire_l_archive, (ARCHIVES, RETARD)),
]
