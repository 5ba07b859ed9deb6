"""What a restored database is checked for: rows, migrations, sequences, chains, PDFs."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from psycopg.conninfo import make_conninfo

from artjardin.embarque.service import RACINE
from artjardin.erreurs import Indisponible
from artjardin.sauvegardes.instantane import compter, migrations_de, sequences_de
from artjardin.sauvegardes.manifeste import Manifeste, ecarts, en_retard
from artjardin.storage.coffres import PANNES, coffre_des_documents

ECHANTILLON = 20  # PDFs read again
PATIENCE = 3600  # seconds for the chains of a big database
TIRAGE = """
    SELECT cle, sha256, cle, '' FROM storage_document WHERE sha256 <> '' AND produit_le < %s
    ORDER BY random() LIMIT %s
"""
TIRAGE_ARCHIVE = """
    SELECT d.cle, d.sha256, coalesce(nullif(a.cle, ''), d.cle), coalesce(a.version, '')
    FROM storage_document d LEFT JOIN storage_archive a ON a.document_id = d.id
    WHERE d.sha256 <> '' AND d.produit_le < %s ORDER BY random() LIMIT %s
"""


def examiner(
    vers: Mapping[str, str],
    manifeste: Manifeste,
    *,
    origine: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The report on a restored database: {"lus", "anomalies", "defauts"}; it changes nothing but
    the migrations that this code has and the backup had not, once its rows are counted.

    `anomalies`: it is not what was backed up. `defauts`: it is, with faults that the database it
    was taken from (`origine`) has too, or documents of the archive that are not right. Raise
    Indisponible when the checks cannot be made.
    """
    with psycopg.connect(**vers, connect_timeout=10) as connexion:  # type: ignore[arg-type]
        anomalies = _ecarts(connexion, manifeste)
        pieces = _tirer(connexion, manifeste)
    defauts = [faute for piece in pieces if (faute := _relire(*piece))]
    lus = {"tables": len(manifeste.tables), "lignes": manifeste.lignes, "pdf": len(pieces)}
    controles = controler(vers, migrer=True)
    fautes = controles["anomalies"]
    connues = set(controler(origine)["anomalies"]) if fautes and origine else set()
    return {
        "lus": lus | controles["lus"],
        "anomalies": anomalies + [faute for faute in fautes if faute not in connues],
        "defauts": defauts + [faute for faute in fautes if faute in connues],
    }


def controler(vers: Mapping[str, str], *, migrer: bool = False) -> dict[str, Any]:
    """The product's own checks on another database, migrated first if asked: {lus, anomalies}."""
    if not settings.BASE_CONTROLES:
        return {"lus": {}, "anomalies": []}
    return executer(vers, controler=True, migrer=migrer)


def executer(vers: Mapping[str, str], **demande: Any) -> dict[str, Any]:
    """What `ops.controler_une_base` answers, in a process whose database is that one. Raise
    Indisponible."""
    demande = demande | {"url": make_conninfo(**vers)}
    fait = subprocess.run(
        [sys.executable, "-m", "ops.controler_une_base"],
        input=json.dumps(demande),
        capture_output=True,
        text=True,
        cwd=RACINE,
        check=False,
        timeout=PATIENCE,
    )
    if fait.returncode:
        mots = fait.stderr.strip()[-1500:]
        raise Indisponible(f"La base restaurée n'a pas pu être contrôlée : {mots}")
    return dict(json.loads(fait.stdout.splitlines()[-1]))


def _ecarts(connexion: psycopg.Connection, manifeste: Manifeste) -> list[str]:
    lignes = ecarts(manifeste.tables, compter(connexion))
    suites = en_retard(manifeste.sequences, sequences_de(connexion))
    fautes = [
        f"table {nom} : {a} lignes sauvegardées, {b} restaurées" for nom, (a, b) in lignes.items()
    ]
    fautes += [f"séquence {nom} : {a} sauvegardée, {b} restaurée" for nom, (a, b) in suites.items()]
    if migrations_de(connexion) != manifeste.migrations:
        fautes.append("les migrations ne sont pas celles de la sauvegarde")
    return fautes


def _tirer(connexion: psycopg.Connection, manifeste: Manifeste) -> list[tuple[str, ...]]:
    """A sample of the documents that existed: key, SHA-256, key and version in the archive, as the
    restored rows say."""
    if not manifeste.tables.get("storage_document"):
        return []
    requete = TIRAGE_ARCHIVE if "storage_archive" in manifeste.tables else TIRAGE
    return connexion.execute(requete, [manifeste.instant, ECHANTILLON]).fetchall()


def _relire(cle: str, sha256: str, cle_d_archive: str, version: str) -> str:
    """The fault of one document, or "": its archive first, which is the copy of a bad day."""
    try:
        octets = _octets(cle, cle_d_archive, version)
    except FileNotFoundError:
        return f"document {cle} : introuvable"
    except PANNES as erreur:
        return f"document {cle} : illisible ({type(erreur).__name__})"
    return "" if hashlib.sha256(octets).hexdigest() == sha256 else f"document {cle} : altéré"


def _octets(cle: str, cle_d_archive: str, version: str) -> bytes:
    try:
        return coffre_des_documents().lire(cle_d_archive, version)
    except FileNotFoundError:  # made a moment ago, not archived yet
        return (Path(settings.DONNEES_DOCUMENTS) / cle).read_bytes()
