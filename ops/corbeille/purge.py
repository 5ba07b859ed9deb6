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
from artjardin.softdelete.parcours import (
    Lignes,
    du_lot,
    modeles,
    objets_de,
    parents_de,
    retenues,
    tenir,
)
from artjardin.softdelete.passages import PASSAGES_MIN, passages_manquants
from artjardin.softdelete.services import ce_qui_serait_perdu, exiger_le_motif
from chantiers.models import Chantier, Intervention
from clients.models import Client
from ops.corbeille.traces import annuler_ce_qui_attend, effacer_les_traces, temoignees
from ops.corbeille.tri import JETABLES, trier

PROPRIETAIRES = {Chantier: "client", Intervention: "chantier__client"}
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
    """Raise Invalide unless one of these was typed exactly, whatever the spaces."""
    if " ".join(saisie.split()) not in {" ".join(mot.split()) for mot in mots} - {""}:
        message = f"Tapez exactement « {mots[0]} » pour confirmer."
        raise Invalide(message, champs={"confirmation": [message]})


def purger_a_la_main(
    objet: Supprimable, *, confirmation: str, par: Auteur, renoncer: bool = False, motif: str = ""
) -> Purge:
    """Purge the whole batch of `objet` for a person who typed the name of its root.

    Raise Conflit before its time: nobody destroys anything before the 90 days (design G8).
    `renoncer`, with a reason: what is left to invoice is given up.
    """
    lot = Lot.objects.get(uuid=str(objet.supprime_lot))
    exiger_la_confirmation(confirmation, mots_de_confirmation(lot))
    return purger(lot, par=par, a=timezone.now(), renoncer=renoncer, motif=motif)


@transaction.atomic
def purger(lot: Lot, *, par: Auteur, a: datetime, renoncer: bool = False, motif: str = "") -> Purge:
    """Purge what a batch still holds, in one transaction. Raise Conflit when it may not be:
    too young, an account open, or something left to invoice that nobody gave up.
    """
    lot = Lot.objects.select_for_update().get(pk=lot.pk)
    _exiger_echu(lot, a)
    lignes = du_lot(lot.uuid)
    tenir(lignes, parents_de(lignes))
    exiger_les_comptes_clos(retenues(lignes))
    pertes = pertes_du_lot(lot, lignes)
    exiger_de_renoncer(pertes, renoncer=renoncer, motif=motif)
    tri = trier(lignes, au=timezone.localdate(a))
    touches = [*objets_de(lignes), *temoignees(lignes.get(Client, []))]
    traces = _effacer_ailleurs(lignes.get(Client, []), par=par)  # PROTECT: mandates go before
    fait = Purge(_detruire(tri.detruites), _anonymiser(tri.gardees), traces)
    _clore(lot, fait, a, reste=bool(tri.gardees), renonce=pertes)
    donne: dict[str, Any] = {"renonce": pertes, "motif": motif} if pertes else {}
    consigner(lot, "corbeille.purge", par=par, etats=touches, **fait._asdict(), **donne)
    return fait


def pertes_du_lot(lot: Lot, lignes: Lignes) -> list[str]:
    """What is left to invoice and was not given up when the batch was made."""
    return [perte for perte in ce_qui_serait_perdu(lignes) if perte not in lot.renonce]


def exiger_les_comptes_clos(retenus: list[str]) -> None:
    """Raise Conflit while money is due, either way."""
    if retenus:
        raise Conflit(
            f"Le compte est ouvert : {' '.join(retenus)}",
            champs={"obstacles": retenus},
            code="compte_ouvert",
        )


def exiger_de_renoncer(pertes: list[str], *, renoncer: bool, motif: str) -> None:
    """Raise Conflit while something is left to invoice, unless it is given up for a reason."""
    if pertes and not renoncer:
        raise Conflit(
            f"Il reste à facturer : {' '.join(pertes)} Restaurez, ou renoncez avec un motif.",
            champs={"obstacles": pertes},
            code="reste_a_facturer",
        )
    exiger_le_motif(pertes, motif=motif.strip())


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
    if manquants := passages_manquants(lot):
        raise Conflit(
            f"Ce lot n'a pas vu assez de purges quotidiennes : il en manque {manquants} sur "
            f"{PASSAGES_MIN} (l'horloge seule ne suffit pas).",
            code="passages_manquants",
        )


def _effacer_ailleurs(clients: list[int], *, par: Auteur) -> dict[str, int]:
    adresses = [*Client.tous.filter(pk__in=clients).values_list("email", flat=True)]
    annuler_ce_qui_attend(clients, par=par)
    return effacer_les_traces(clients, adresses) if clients else {}


def _detruire(lignes: Lignes) -> dict[str, int]:
    for modele, ids in lignes.items():  # children first: `trier` orders them so
        for relation in modele._meta.related_objects:
            jetable: Any = relation.related_model
            if jetable in JETABLES:
                jetable.objects.filter(**{f"{relation.field.name}__in": ids}).delete()
        modele.tous.filter(pk__in=ids).detruire()
    return {modele._meta.label_lower: len(ids) for modele, ids in lignes.items()}


def _anonymiser(lignes: Lignes) -> dict[str, int]:
    """What belongs to a living client keeps its words: they are its owner's still."""
    comptes = {}
    for modele, ids in lignes.items():
        rangees = modele.tous.filter(pk__in=ids)
        if proprietaire := PROPRIETAIRES.get(modele):
            rangees = rangees.filter(**{f"{proprietaire}__supprime_le__isnull": False})
        comptes[modele._meta.label_lower] = rangees.count()
        rangees.anonymiser()
    return {nom: nombre for nom, nombre in comptes.items() if nombre}


def _clore(lot: Lot, fait: Purge, a: datetime, *, reste: bool, renonce: list[str]) -> None:
    lot.renonce = [*lot.renonce, *renonce]
    lot.racine_nom = lot.motif = ""
    lot.purge_comptes = lot.purge_comptes or fait._asdict()
    lot.purge_le = lot.purge_le or a
    lot.revoir_le = a + REVUE if reste else None
    lot.save()
