"""What a purge destroys and what it keeps without a name: decided before anything changes."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django.db import models

from artjardin.erreurs import Conflit
from artjardin.softdelete.models import Lot, Supprimable
from artjardin.softdelete.parcours import Lignes, Modele, modeles
from facturation.models import MandatPrelevement
from ops.corbeille.traces import mandats_effacables
from relances.models import PlanDuClient, Suspension

JETABLES: tuple[type[models.Model], ...] = (PlanDuClient, Suspension)  # leave with their client


class Tri(NamedTuple):
    """The rows of a batch by model, children first."""

    detruites: Lignes
    gardees: Lignes


def trier(lignes: Lignes, *, au: date) -> Tri:
    """Kept: what the law keeps, and what something that stays refers to; the rest is destroyed.

    Raise Conflit when another batch, not purged yet, hangs below this one.
    """
    detruites: Lignes = {}
    gardees: Lignes = {}
    for modele in reversed(modeles()):
        ids = lignes.get(modele, [])
        if not ids:
            continue
        tenues = {*modele.tous.filter(pk__in=ids).a_garder(au=au).values_list("pk", flat=True)}
        tenues |= _tenues_d_ailleurs(modele, ids, detruites)
        gardees[modele] = [pk for pk in ids if pk in tenues]
        detruites[modele] = [pk for pk in ids if pk not in tenues]
    return Tri(_pleines(detruites), _pleines(gardees))


def _tenues_d_ailleurs(modele: Modele, ids: list[int], detruites: Lignes) -> set[int]:
    tenues: set[int] = set()
    for relation in modele._meta.related_objects:
        enfant: Any = relation.related_model
        if relation.on_delete is not models.PROTECT or enfant in JETABLES:
            continue
        lien = relation.field.name
        autres = enfant._meta.base_manager.filter(**{f"{lien}__in": ids})
        if enfant is MandatPrelevement:  # one that can still be disputed keeps its client
            autres = autres.exclude(pk__in=mandats_effacables(ids))
        if issubclass(enfant, Supprimable):
            partent = ids if enfant is modele else detruites.get(enfant, [])
            autres = autres.exclude(pk__in=partent)
            _exiger_purges(autres, lignes_du_lot=modele.tous.filter(pk__in=ids))
        tenues |= {*autres.order_by().values_list(lien, flat=True).distinct()}
    return tenues


def _exiger_purges(autres: Any, *, lignes_du_lot: Any) -> None:
    """What was trashed by itself below these rows is purged first."""
    attendent = Lot.objects.en_corbeille().exclude(uuid__in=lignes_du_lot.values("supprime_lot"))
    avant = autres.filter(supprime_lot__in=attendent.values("uuid")).order_by("pk")[:20]
    if noms := [f"« {une} »" for une in avant]:
        message = f"Purgez d'abord {', '.join(noms)}, mis à la corbeille à part."
        raise Conflit(message, code="purge_a_faire_avant")


def _pleines(lignes: Lignes) -> Lignes:
    return {modele: ids for modele, ids in lignes.items() if ids}
