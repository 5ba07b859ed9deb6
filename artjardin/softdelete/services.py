"""Sending to the trash and bringing back, as batches that remember what they took along."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner
from artjardin.erreurs import Conflit
from artjardin.softdelete.models import Supprimable, SupprimableQuerySet


@transaction.atomic
def supprimer(objet: Supprimable, *, par: Auteur, motif: str = "") -> uuid.UUID:
    """Send `objet` and all that hangs below it to the trash as one batch; return the batch.

    Raise Conflit with every reason when the object, or something below, forbids it.
    """
    racine = type(objet).tous.select_for_update().vivants().filter(pk=objet.pk)
    if not racine.exists():
        raise Conflit("Cet élément est déjà dans la corbeille.", code="deja_supprime")
    etages = [(type(objet), [objet.pk]), *_dessous(type(objet), [objet.pk])]
    obstacles = [texte for modele, ids in etages for texte in _obstacles(modele, ids)]
    if obstacles:
        raise Conflit("Suppression refusée : " + " ".join(obstacles), code="suppression_refusee")
    lot = uuid.uuid4()
    marque = {"supprime_le": timezone.now(), "supprime_par": par.user, "supprime_lot": lot}
    comptes: Counter[str] = Counter()
    for modele, ids in etages:  # a model met by two paths is counted once per row
        comptes[modele._meta.label_lower] += _emportes(modele, ids).update(**marque)
    consigner(objet, "corbeille.suppression", par=par, motif=motif, lot=str(lot), emportes=comptes)
    return lot


@transaction.atomic
def restaurer(objet: Supprimable, *, par: Auteur) -> dict[str, int]:
    """Bring back exactly what the batch of `objet` took along; return the counts by model.

    Raise Conflit when it is not in the trash, when what it hangs from is (restore that first),
    or when its place was taken meanwhile (a reused code, for instance); nothing changes then.
    """
    parents = list(_parents(objet))
    actuel = type(objet).tous.select_for_update().supprimes().filter(pk=objet.pk).first()
    if actuel is None:
        raise Conflit("Cet élément n'est pas dans la corbeille.", code="pas_supprime")
    for parent in parents:
        if parent.supprime_le and parent.supprime_lot != actuel.supprime_lot:
            raise Conflit(f"Restaurez d'abord « {parent} ».", code="parent_supprime")
    comptes = {}
    try:
        with transaction.atomic():
            for modele in _modeles():
                lot = modele.tous.filter(supprime_lot=actuel.supprime_lot)
                comptes[modele._meta.label_lower] = lot.update(
                    supprime_le=None, supprime_par=None, supprime_lot=None
                )
    except IntegrityError as erreur:
        raise Conflit(
            "La place est prise : un élément actif porte la même référence.", code="place_prise"
        ) from erreur
    consigner(
        objet, "corbeille.restauration", par=par, lot=str(actuel.supprime_lot), revenus=comptes
    )
    return {nom: compte for nom, compte in comptes.items() if compte}


def _modeles() -> list[type[Supprimable]]:
    return [modele for modele in apps.get_models() if issubclass(modele, Supprimable)]


def _obstacles(modele: type[Supprimable], ids: list[int]) -> list[str]:
    return modele.tous.filter(pk__in=ids).vivants().obstacles()


def _emportes(modele: type[Supprimable], ids: list[int]) -> SupprimableQuerySet:
    return modele.tous.filter(pk__in=ids).vivants()


def _dessous(
    modele: type[Supprimable], ids: list[int]
) -> Iterator[tuple[type[Supprimable], list[int]]]:
    """Level by level, the living rows whose foreign keys lead up to these."""
    for relation in modele._meta.related_objects:
        enfant = relation.related_model
        if not issubclass(enfant, Supprimable) or not isinstance(relation.field, models.ForeignKey):
            continue
        dessous = enfant.tous.vivants().filter(**{f"{relation.field.name}__in": ids})
        pks = list(dessous.emportables().select_for_update().values_list("pk", flat=True))
        retenus = dessous.exclude(pk__in=pks).obstacles_au_parent()
        if retenus:
            raise Conflit("Suppression refusée : " + " ".join(retenus), code="suppression_refusee")
        if pks:
            yield enfant, pks
            yield from _dessous(enfant, pks)


def _parents(objet: Supprimable) -> Iterator[Supprimable]:
    """What it hangs from, locked before it as `supprimer` does: none leaves for the trash now."""
    for champ in objet._meta.concrete_fields:
        if isinstance(champ, models.ForeignKey) and issubclass(champ.related_model, Supprimable):
            parents = champ.related_model.tous.select_for_update(no_key=True)
            yield from parents.filter(pk=getattr(objet, champ.attname))
