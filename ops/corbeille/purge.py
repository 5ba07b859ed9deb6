"""Purging a batch: its rows are destroyed, children first, or kept without a name."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner
from artjardin.erreurs import Conflit, Invalide
from artjardin.softdelete.models import Lot, Supprimable
from artjardin.softdelete.parcours import Lignes, du_lot, modeles, tenir
from clients.models import Client
from ops.corbeille.traces import effacer_les_traces
from ops.corbeille.tri import JETABLES, trier

REVUE = timedelta(days=365)  # what had to be kept is looked at again every year


class Purge(NamedTuple):
    """Counts by model, and of what names a client elsewhere."""

    detruits: dict[str, int]
    anonymises: dict[str, int]
    traces: dict[str, int]


def mots_de_confirmation(lot: Lot) -> list[str]:
    """What a person types to purge a batch: the name of its root, or its code or number."""
    racines: Any = next(m for m in modeles() if m._meta.label_lower == lot.racine_type).tous
    racine = racines.filter(pk=lot.racine_id).first()
    autres = [getattr(racine, champ, "") for champ in ("code", "designation", "numero")]
    return list(dict.fromkeys(mot for mot in [lot.racine_nom, *autres] if mot))


def exiger_la_confirmation(saisie: str, mots: list[str]) -> None:
    """Raise Invalide unless one of these was typed exactly."""
    if saisie.strip() not in mots:
        message = f"Tapez exactement « {mots[0]} » pour confirmer."
        raise Invalide(message, champs={"confirmation": [message]})


def purger_a_la_main(objet: Supprimable, *, confirmation: str, par: Auteur) -> Purge:
    """Purge the whole batch of `objet` for a person who typed the name of its root.

    Raise Conflit before its time: nobody destroys anything before the 90 days (design G8).
    """
    lot = Lot.objects.get(uuid=str(objet.supprime_lot))
    exiger_la_confirmation(confirmation, mots_de_confirmation(lot))
    return purger(lot, par=par, a=timezone.now())


@transaction.atomic
def purger(lot: Lot, *, par: Auteur, a: datetime) -> Purge:
    """Purge what a batch still holds, in one transaction. Raise Conflit when it may not be."""
    lot = Lot.objects.select_for_update().get(pk=lot.pk)
    _exiger_echu(lot, a)
    lignes = du_lot(lot.uuid)
    tenir(lignes, {})
    tri = trier(lignes, au=timezone.localdate(a))
    adresses = _adresses(lignes)
    detruits = _detruire(tri.detruites)
    anonymises = _anonymiser(tri.gardees)
    clients = lignes.get(Client, [])
    fait = Purge(detruits, anonymises, effacer_les_traces(clients, adresses) if clients else {})
    _clore(lot, fait, a, reste=bool(tri.gardees))
    consigner(lot, "corbeille.purge", par=par, **fait._asdict())
    return fait


def _exiger_echu(lot: Lot, a: datetime) -> None:
    if lot.restaure_le:
        raise Conflit("Ce lot est revenu de la corbeille.", code="pas_supprime")
    if lot.purge_le and not (lot.revoir_le and lot.revoir_le <= a):
        raise Conflit("Ce lot est déjà purgé.", code="purge")
    if lot.purgeable_le > a:
        le = timezone.localtime(lot.purgeable_le)
        raise Conflit(
            f"Rien n'est détruit avant 90 jours : ce lot peut être purgé le {le:%d/%m/%Y}.",
            code="trop_tot",
        )


def _adresses(lignes: Lignes) -> list[str]:
    return [*Client.tous.filter(pk__in=lignes.get(Client, [])).values_list("email", flat=True)]


def _detruire(lignes: Lignes) -> dict[str, int]:
    for modele, ids in lignes.items():  # children first: `trier` orders them so
        for relation in modele._meta.related_objects:
            jetable: Any = relation.related_model
            if jetable in JETABLES:
                jetable.objects.filter(**{f"{relation.field.name}__in": ids}).delete()
        modele.tous.filter(pk__in=ids).detruire()
    return {modele._meta.label_lower: len(ids) for modele, ids in lignes.items()}


def _anonymiser(lignes: Lignes) -> dict[str, int]:
    for modele, ids in lignes.items():
        modele.tous.filter(pk__in=ids).anonymiser()
    return {modele._meta.label_lower: len(ids) for modele, ids in lignes.items()}


def _clore(lot: Lot, fait: Purge, a: datetime, *, reste: bool) -> None:
    lot.racine_nom = lot.motif = ""
    lot.purge_comptes = lot.purge_comptes or fait._asdict()
    lot.purge_le = lot.purge_le or a
    lot.revoir_le = a + REVUE if reste else None
    lot.save()
