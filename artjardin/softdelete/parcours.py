"""The tree of what goes to the trash: which rows hang below which, and their locks.

Models come parents first, and rows by id: the order of every lock (client, devis, factures).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import ForeignKey, Q

from artjardin.audit.etats import temoin_de
from artjardin.softdelete.models import Supprimable

Modele = type[Supprimable]
Lignes = dict[Modele, list[int]]


@cache
def modeles() -> tuple[Modele, ...]:
    """Every model of the trash, parents first: apps and their foreign keys only go one way."""
    return tuple(modele for modele in apps.get_models() if issubclass(modele, Supprimable))


@cache
def liens(modele: Modele) -> tuple[tuple[str, Modele], ...]:
    """The foreign keys of a model that lead to the trash: name, and what they lead to."""
    return tuple(
        (champ.name, champ.related_model)
        for champ in modele._meta.concrete_fields
        if isinstance(champ, ForeignKey) and issubclass(champ.related_model, Supprimable)
    )


def prendre(objet: Supprimable) -> tuple[Lignes, list[str]]:
    """The living rows that go along with `objet`, locked, and why some of what stays forbids it."""
    lignes: Lignes = {type(objet): [objet.pk]}
    refus: list[str] = []
    for modele in modeles():
        _descendre(modele, lignes)
        refus += _retenues(modele, lignes)
    return lignes, refus


def retenues(lignes: Lignes) -> list[str]:
    """Why what stays forbids these rows to go: asked at the deletion, and again at a purge."""
    return [phrase for modele in modeles() for phrase in _retenues(modele, lignes)]


def _retenues(modele: Modele, lignes: Lignes) -> Iterator[str]:
    ids = lignes.get(modele, [])
    if critere := _sous(modele, lignes):
        dessous = modele.tous.vivants().filter(critere)
        yield from dessous.exclude(pk__in=ids).obstacles_au_parent()
    yield from _retenues_ailleurs(modele, ids)


def _descendre(modele: Modele, lignes: Lignes) -> None:
    """Take the rows of a model that hang below those taken, its own included, till none is left."""
    while critere := _sous(modele, lignes):
        deja = lignes.get(modele, [])
        dessous = modele.tous.vivants().filter(critere).exclude(pk__in=deja).emportables()
        nouvelles = [*dessous.order_by("pk").select_for_update().values_list("pk", flat=True)]
        if nouvelles:
            lignes[modele] = deja + nouvelles
        if not nouvelles or not any(parent is modele for _, parent in liens(modele)):
            return


def _sous(modele: Modele, lignes: Lignes) -> Q:
    critere = Q()
    for nom, parent in liens(modele):
        if ids := lignes.get(parent):
            critere |= Q(**{f"{nom}__in": ids})
    return critere


def _retenues_ailleurs(modele: Modele, ids: Collection[int]) -> Iterator[str]:
    """What rows that never go to the trash (payments) say of those they hang from."""
    for relation in modele._meta.related_objects if ids else ():
        enfant: Any = relation.related_model
        if not issubclass(enfant, Supprimable):
            autres = enfant._meta.default_manager.filter(**{f"{relation.field.name}__in": ids})
            yield from getattr(autres, "obstacles_au_parent", list)()


def tenir_les_parents(objet: Supprimable) -> None:
    """Lock what it hangs from, before it: none leaves for the trash now."""
    for nom, parent in liens(type(objet)):
        pk = getattr(objet, f"{nom}_id")
        list(parent.tous.select_for_update(no_key=True).filter(pk=pk).values_list("pk"))


def du_lot(lot: Any) -> Lignes:
    """The rows that a batch still holds, by model, parents first."""
    lignes = {
        modele: [*modele.tous.filter(supprime_lot=lot).order_by("pk").values_list("pk", flat=True)]
        for modele in modeles()
    }
    return {modele: ids for modele, ids in lignes.items() if ids}


def objets_de(lignes: Lignes) -> list[Supprimable]:
    """Those that the journal answers for, by their key alone: it tells their states."""
    par_modele: list[tuple[Any, list[int]]] = list(lignes.items())
    return [modele(pk=pk) for modele, ids in par_modele if temoin_de(modele) for pk in ids]


def parents_de(lignes: Lignes) -> dict[Modele, set[int]]:
    """What these rows hang from and that is not among them, by model."""
    dehors: dict[Modele, set[int]] = {}
    for modele, ids in lignes.items():
        for nom, parent in liens(modele):
            leurs = modele.tous.filter(pk__in=ids).exclude(**{nom: None}).order_by()
            pks = set(leurs.values_list(nom, flat=True).distinct())
            dehors.setdefault(parent, set()).update(pks - {*lignes.get(parent, [])})
    return {modele: ids for modele, ids in dehors.items() if ids}


def tenir(lignes: Lignes, parents: dict[Modele, set[int]]) -> None:
    """Lock these rows and what they hang from, in the order of the house."""
    for modele in modeles():
        ids = [*lignes.get(modele, []), *parents.get(modele, ())]
        if ids:
            rangees = modele.tous.filter(pk__in=ids).order_by("pk").select_for_update()
            list(rangees.values_list("pk"))
