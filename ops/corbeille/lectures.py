"""What the pages of the trash show: counts, one row with its batch, what each choice would do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Count, Min
from django.utils import timezone

from artjardin.erreurs import Conflit
from artjardin.softdelete.models import Lot, Supprimable, retention
from artjardin.softdelete.parcours import Lignes, du_lot, liens, parents_de, retenues
from artjardin.softdelete.passages import passages_manquants
from artjardin.softdelete.services import reprises
from ops.corbeille.entites import ENTITES, jetes
from ops.corbeille.purge import exiger_les_comptes_clos, mots_de_confirmation, pertes_du_lot
from ops.corbeille.tri import trier

NOMMES = 20  # names shown of each model


class Part(NamedTuple):
    """Rows of one model: how many, the first names, and why when they are kept."""

    quoi: str
    nombre: int
    noms: list[str]
    pourquoi: str = ""


class Fiche(NamedTuple):
    """One row of the trash: its batch, what restoring brings back, what a purge would do."""

    objet: Supprimable
    lot: Lot
    est_racine: bool
    racine_presente: bool
    revient: list[Part]
    seul_possible: bool
    refus: list[str]
    doublons: list[str]
    detruit: list[Part]
    garde: list[Part]
    refus_de_purge: str
    pertes: list[str]
    confirmation: str
    passages_manquants: int
    est_echu: bool


def statistiques() -> dict[str, Any]:
    """Counts by entity, the oldest of each, and when the next purge takes something."""
    par_entite = {}
    for nom, modele in ENTITES.items():
        compte = jetes(modele).aggregate(nombre=Count("pk"), plus_ancien=Min("supprime_le"))
        par_entite[nom] = compte
    lots = Lot.objects.en_corbeille().aggregate(nombre=Count("pk"), premier=Min("le"))
    return {
        **{nom: compte["nombre"] for nom, compte in par_entite.items()},
        "par_entite": par_entite,
        "total": sum(compte["nombre"] for compte in par_entite.values()),
        "lots": lots["nombre"],
        "plus_ancien": lots["premier"],
        "prochaine_purge": lots["premier"] and lots["premier"] + retention(),
        "retention_jours": retention().days,
    }


def lots_par_uuid(rangees: Iterable[Supprimable]) -> dict[Any, Lot]:
    """The batches of these rows, by one query."""
    return {lot.uuid: lot for lot in Lot.objects.filter(uuid__in={r.supprime_lot for r in rangees})}


def fiche(objet: Supprimable, *, a: datetime | None = None) -> Fiche:
    """All that a person needs to know before restoring or purging."""
    a = a or timezone.now()
    lot = Lot.objects.get(uuid=str(objet.supprime_lot))
    lignes = du_lot(lot.uuid)
    prises, doublons = reprises(lignes)
    detruit, garde, refus_de_purge = _purge(lignes, a)
    manquants = passages_manquants(lot)
    return Fiche(
        objet=objet,
        lot=lot,
        est_racine=(lot.racine_type, lot.racine_id) == (objet._meta.label_lower, objet.pk),
        racine_presente=any(
            lot.racine_id in ids and lot.racine_type == modele._meta.label_lower
            for modele, ids in lignes.items()
        ),
        revient=en_parts(lignes),
        seul_possible=_parents_vivants(objet),
        refus=[*_parents_jetes(lignes), *prises],
        doublons=doublons,
        detruit=detruit,
        garde=garde,
        refus_de_purge=refus_de_purge,
        pertes=pertes_du_lot(lot, lignes),
        confirmation=mots_de_confirmation(lot)[0],
        passages_manquants=manquants,
        est_echu=lot.purgeable_le <= a and not manquants,
    )


def en_parts(lignes: Lignes, *, gardees: bool = False) -> list[Part]:
    """These rows by model, with the first names."""
    parts = []
    for modele, ids in lignes.items():
        premieres = modele.tous.filter(pk__in=ids[:NOMMES]).order_by("pk")
        lues = premieres.select_related(*(nom for nom, _ in liens(modele)))
        quoi = modele._meta.verbose_name if len(ids) == 1 else modele._meta.verbose_name_plural
        pourquoi = premieres.RAISON_DE_GARDER if gardees else ""
        parts.append(Part(str(quoi), len(ids), [str(une) for une in lues], pourquoi))
    return parts


def _purge(lignes: Lignes, a: datetime) -> tuple[list[Part], list[Part], str]:
    try:
        exiger_les_comptes_clos(retenues(lignes))
        tri = trier(lignes, au=timezone.localdate(a))
    except Conflit as refus:
        return [], [], refus.message
    return en_parts(tri.detruites), en_parts(tri.gardees, gardees=True), ""


def _parents_vivants(objet: Supprimable) -> bool:
    parents = parents_de({type(objet): [objet.pk]})
    return not any(
        modele.tous.filter(pk__in=ids).supprimes().exists() for modele, ids in parents.items()
    )


def _parents_jetes(lignes: Lignes) -> list[str]:
    return [
        f"« {parent} » est dans la corbeille : restaurez d'abord."
        for modele, ids in parents_de(lignes).items()
        for parent in modele.tous.filter(pk__in=ids).supprimes()[:NOMMES]
    ]
