"""Reading exports again, as somebody without this software would."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path

from artjardin.accounts.auteur import personne
from ops.exports import services
from ops.exports.cellules import tel_quel
from ops.exports.fichiers import fichier
from ops.exports.production import produire
from ops.models import Export


def faire(export: Export) -> Export:
    """Make an export, as the worker does."""
    produire(export.pk)
    export.refresh_from_db()
    return export


def tout(user) -> Export:
    return faire(services.exporter_tout(par=personne(user)))


class Lu:
    """A ZIP read from the disk; every file compared with the manifest first."""

    def __init__(self, chemin: Path) -> None:
        self.octets = chemin.read_bytes()
        with zipfile.ZipFile(io.BytesIO(self.octets)) as archive:
            assert archive.testzip() is None
            self.fichiers = {nom: archive.read(nom) for nom in archive.namelist()}
            assert len(self.fichiers) == len(archive.infolist()), "deux fichiers du même nom"
        self.manifeste = json.loads(self.fichiers.pop("manifest.json"))
        decrits = {une["nom"]: une for une in self.manifeste["fichiers"]}
        assert set(decrits) == set(self.fichiers)
        for nom, contenu in self.fichiers.items():
            assert decrits[nom]["taille"] == len(contenu)
            assert decrits[nom]["sha256"] == hashlib.sha256(contenu).hexdigest()

    def table(self, nom: str) -> list[dict[str, str]]:
        return lire_csv(self.fichiers[f"tables/{nom}.csv"])

    def json(self, nom: str):
        return json.loads(self.fichiers[nom])

    def texte(self, nom: str) -> str:
        return self.fichiers[nom].decode()


def lu(export: Export) -> Lu:
    return Lu(fichier(export.pk))


def lire_csv(octets: bytes) -> list[dict[str, str]]:
    """The rows of a CSV, with the texts as they were."""
    assert octets.startswith(b"\xef\xbb\xbf")
    lignes = csv.reader(io.StringIO(octets.decode("utf-8-sig"), newline=""), delimiter=";")
    entete, *reste = lignes
    return [dict(zip(entete, map(tel_quel, ligne), strict=True)) for ligne in reste]
