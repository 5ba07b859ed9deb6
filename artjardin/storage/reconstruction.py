"""Everything back from the archive alone: with the rows, or without any database."""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from artjardin.storage import depots
from artjardin.storage.coffres import PANNES, Coffre, Etat, Objet, coffre_des_documents
from artjardin.storage.fichiers import ecrire_une_fois, empreinte
from artjardin.storage.index import lire_les_index
from artjardin.storage.models import Archive, Document
from artjardin.storage.services.copies import CLE, ECART, metadonnees, retrouver
from artjardin.storage.services.production import a_produire, garder

journal = logging.getLogger(__name__)
COLONNES = ["date", "type", "numero", "client", "nom_client", "cle", "sha256", "taille", "constat"]
BON, ABSENT = "conforme", "absent de l'archive"
FORMULES = tuple("=+-@\t\r")


class Suite(NamedTuple):
    """What became of one document: "présent", "rapporté", or a fault in French."""

    cle: str
    dit: str

    @property
    def est_une_faute(self) -> bool:
        return self.dit not in {"présent", "rapporté", "à produire"}


def reconstruire() -> Iterator[Suite]:
    """Bring back to this machine every document that is not there, or not right.

    A document that was still promised when the database was saved, and was made since, is brought
    back as it went out, when the archive proves it: it will not be drawn again.
    """
    coffre = coffre_des_documents()
    for document in Document.objects.order_by("pk").iterator():
        try:
            yield Suite(document.cle, _rapporter(coffre, document))
        except PANNES as erreur:
            yield Suite(document.cle, f"{type(erreur).__name__} : {erreur}")


def _rapporter(coffre: Coffre, document: Document) -> str:
    if not document.est_produit:
        return _rapporter_le_promis(coffre, document)
    if depots.est_intact(document.cle, document.sha256):
        return "présent"
    contenu = _de_l_archive(coffre, document)
    if contenu is None:
        return "introuvable dans l'archive"
    if depots.ecarter(document.cle):
        journal.error("copie locale altérée, mise de côté : %s", document.cle)
    depots.ecrire(document.cle, contenu)
    return "rapporté"


def _rapporter_le_promis(coffre: Coffre, document: Document) -> str:
    """Its row is frozen with what went out: nothing is drawn again."""
    versions = (un for un in coffre.lister(document.cle) if un.cle == document.cle)
    objets = [un for un in versions if not un.est_marqueur]
    premier = min(objets, key=lambda un: un.modifie_le, default=None)  # the locked one
    if premier is None or premier.modifie_le + ECART < document.cree_le:
        return "à produire"  # promised again since: the object is of a row that was lost
    with coffre.ouvrir(premier.cle, premier.version) as flux:
        contenu, etat = flux.readall(), flux.etat
    if not _est_le_sien(document, etat) or empreinte(contenu) != etat.sha256:
        return "l'objet de cette clef n'est pas le sien, ou est altéré"
    with a_produire(document) as a_nous:
        if a_nous:
            garder(document, contenu)
    return "rapporté"


def _est_le_sien(document: Document, etat: Etat) -> bool:
    """Same client, type, number and day: all that was frozen when both were promised."""
    dits = metadonnees(document)
    return {nom: etat.metadonnees.get(nom) for nom in dits} == dits


def _de_l_archive(coffre: Coffre, document: Document) -> bytes | None:
    archive = Archive.objects.faites().filter(document=document).first()
    if archive:
        try:
            contenu = coffre.lire(archive.cle, archive.version)
        except FileNotFoundError:
            contenu = b""
        if empreinte(contenu) == document.sha256:
            return contenu
    trouve = retrouver(coffre, document)
    return trouve[1] if trouve else None


def reconstruire_sans_base(vers: Path) -> Iterator[Suite]:
    """Write under `vers` every PDF of the archive and an `index.csv`, without any database.

    Of the versions of a key, the one that the index names, else the newest whose hash is the one
    noted when it was put. Files already there are never replaced.
    """
    coffre = coffre_des_documents()
    index = lire_les_index(coffre)
    vers.mkdir(parents=True, exist_ok=True)
    with (vers / "index.csv").open("w", encoding="utf-8-sig", newline="") as sortie:
        lignes = csv.DictWriter(sortie, COLONNES, delimiter=";", extrasaction="ignore")
        lignes.writeheader()
        objets = (objet for objet in coffre.lister("") if CLE.fullmatch(objet.cle))
        for cle, versions in groupby(objets, key=lambda objet: objet.cle):
            ligne = _extraire(coffre, vers, list(versions), index.pop(cle, {}))
            lignes.writerow(_sans_formule({"cle": cle, **ligne}))
            yield Suite(cle, "rapporté" if ligne["constat"] == BON else ligne["constat"])
        for cle, ligne in index.items():
            lignes.writerow(_sans_formule(ligne | {"constat": ABSENT}))
            yield Suite(cle, ABSENT)


class Trouve(NamedTuple):
    """A version of an object that was read."""

    contenu: bytes
    notes: Mapping[str, str]
    sha256: str


def _extraire(
    coffre: Coffre, vers: Path, versions: list[Objet], ligne: dict[str, Any]
) -> dict[str, Any]:
    """The line of the CSV; the file is written when its bytes are right."""
    lus = list(_lire_les_versions(coffre, versions, ligne.get("version", "")))
    bons = [lu for lu in lus if lu.sha256 == ligne.get("sha256")]
    sinceres = [lu for lu in lus if lu.sha256 == lu.notes.get("sha256")]
    if not (bons or sinceres):
        return ligne | {"constat": "altéré" if lus else "illisible ou masqué"}
    choisi = (bons or sinceres)[0]
    fichier = vers / versions[0].cle
    ecrire_une_fois(vers, versions[0].cle, choisi.contenu)
    constat = BON if bons or not ligne else "n'est pas celui de l'index"
    if empreinte(fichier) != choisi.sha256:
        constat = "un autre fichier est déjà là"
    connus = {nom: choisi.notes.get(nom, "") for nom in ("date", "type", "numero", "client")}
    propres = {"sha256": choisi.sha256, "taille": len(choisi.contenu), "constat": constat}
    return {**connus, **ligne, **propres}


def _lire_les_versions(coffre: Coffre, versions: list[Objet], nommee: str) -> Iterator[Trouve]:
    """What can be read: the version that the index names, then the newest first."""
    vivantes = [objet for objet in versions if not objet.est_marqueur]
    vivantes.sort(key=lambda objet: objet.modifie_le, reverse=True)
    vivantes.sort(key=lambda objet: objet.version != nommee)
    for objet in vivantes:
        try:
            with coffre.ouvrir(objet.cle, objet.version) as flux:
                contenu, notes = flux.readall(), flux.etat.metadonnees
        except PANNES:
            journal.exception("illisible : %s %s", objet.cle, objet.version)
        else:
            yield Trouve(contenu, notes, empreinte(contenu))


def _sans_formule(ligne: dict[str, Any]) -> dict[str, Any]:
    """A spreadsheet computes what begins with one of these signs: a name must stay a name."""
    return {
        nom: f"'{valeur}" if isinstance(valeur, str) and valeur[:1] in FORMULES else valeur
        for nom, valeur in ligne.items()
        if nom in COLONNES
    }
