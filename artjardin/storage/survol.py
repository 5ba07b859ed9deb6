"""Every object of the archive against every row: one listing and one query, in the same order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from heapq import merge
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from django.db.models import F, Q
from django.db.models.functions import Collate
from django.utils import timezone

from artjardin.storage.coffres import Coffre, Objet
from artjardin.storage.models import Archive, Document, Orphelin
from artjardin.storage.services.copies import CLE

EN_COURS = timedelta(hours=1)  # an object that young may be one that is being archived
INCONNU = "objet inconnu de la base (émis après la sauvegarde qui a été restaurée ?)"
DISPARU = "l'objet a disparu de l'archive"
MASQUE = "masqué dans l'archive par un marqueur de suppression"
SURCHARGE = "recouvert dans l'archive par une autre version"
TAILLE = "l'objet n'a pas la bonne taille"


class Ligne(NamedTuple):
    """What the rows say of a key; `archive` is None when only the key is known."""

    cle: str
    archive: int | None = None
    version: str = ""
    taille: int = 0
    ecartees: tuple[tuple[str, str], ...] = ()


class Constat(NamedTuple):
    """What a key looks like from above. `objet`: what covers the right version."""

    cle: str
    faute: str
    archive: int | None = None
    objet: Objet | None = None


def survoler(coffre: Coffre, lus: dict[str, int]) -> Iterator[Constat]:
    """Missing, overwritten, hidden or unknown objects. Counts the objects seen. Raise OSError."""
    objets = _compter(coffre.lister(""), lus)
    tout: Iterable[Any] = merge(
        objets, _archivees(), _connues(), _orphelines(), key=attrgetter("cle")
    )
    for cle, groupe in groupby(tout, key=attrgetter("cle")):
        trouves = list(groupe)
        vus = [un for un in trouves if isinstance(un, Objet)]
        lignes = [un for un in trouves if isinstance(un, Ligne)]
        yield from _juger(cle, vus, lignes)


def _juger(cle: str, vus: list[Objet], lignes: list[Ligne]) -> Iterator[Constat]:
    if not lignes:
        recents = timezone.now() - EN_COURS
        if any(not vu.est_marqueur and vu.modifie_le < recents for vu in vus):
            yield Constat(cle, INCONNU)
        return
    for ligne in lignes:
        if ligne.archive is not None:
            yield from _comparer(ligne, vus)


def _comparer(ligne: Ligne, vus: list[Objet]) -> Iterator[Constat]:
    bons = [vu for vu in vus if not vu.est_marqueur and vu.version == ligne.version]
    if not bons:
        yield Constat(ligne.cle, DISPARU, ligne.archive)
        return
    if bons[0].taille != ligne.taille:
        yield Constat(ligne.cle, TAILLE, ligne.archive)
    for vu in vus:
        dessus = vu.est_courant and vu.version != ligne.version
        if dessus and (ligne.cle, vu.version) not in ligne.ecartees:
            yield Constat(ligne.cle, MASQUE if vu.est_marqueur else SURCHARGE, ligne.archive, vu)


def _compter(objets: Iterable[Objet], lus: dict[str, int]) -> Iterator[Objet]:
    for objet in objets:
        if CLE.fullmatch(objet.cle):
            lus["objets"] += not objet.est_marqueur
            yield objet


def _archivees() -> Iterator[Ligne]:
    lignes = Archive.objects.faites().order_by(Collate("cle", "C"))
    for pk, cle, version, taille, ecartees in lignes.values_list(
        "pk", "cle", "version", "document__taille", "ecartees"
    ).iterator():
        yield Ligne(cle, pk, version, taille, tuple((e["cle"], e["version"]) for e in ecartees))


def _connues() -> Iterator[Ligne]:
    """Keys of documents whose own object is not, or not yet, the one that counts."""
    autres = Document.objects.exclude(Q(archive__etat="archive") & Q(archive__cle=F("cle")))
    for cle in autres.order_by(Collate("cle", "C")).values_list("cle", flat=True).iterator():
        yield Ligne(cle)


def _orphelines() -> Iterator[Ligne]:
    """Told by their number until they are settled, not as unknown objects."""
    lignes = Orphelin.objects.order_by(Collate("cle", "C"))
    for cle in lignes.values_list("cle", flat=True).iterator():
        yield Ligne(cle)
