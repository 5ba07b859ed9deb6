"""Sending to the trash and bringing back, as batches that remember what they took along."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner
from artjardin.branchements import CORBEILLE_PERTES
from artjardin.erreurs import Conflit, Invalide
from artjardin.softdelete.models import Lot, Supprimable
from artjardin.softdelete.parcours import (
    Lignes,
    du_lot,
    modeles,
    objets_de,
    parents_de,
    prendre,
    tenir,
    tenir_les_parents,
)
from artjardin.softdelete.passages import dernier_passage, maintenant_au_moins

LIBRE = {"supprime_le": None, "supprime_par": None, "supprime_lot": None}


@transaction.atomic
def supprimer(
    objet: Supprimable, *, par: Auteur, motif: str = "", renoncer: bool = False
) -> uuid.UUID:
    """Send `objet` and all that hangs below it to the trash as one batch; return the batch.

    Raise Conflit with every reason when the object, or something below, forbids it; with
    `renoncer` and a reason, what is left to invoice is given up. Raise Invalide without the reason.
    """
    motif = motif.strip()[:300]
    lignes, pertes = _emporter(objet, renoncer=renoncer)
    exiger_le_motif(pertes, motif=motif)
    comptes = {modele._meta.label_lower: len(ids) for modele, ids in lignes.items()}
    lot = Lot.objects.create(
        racine_type=objet._meta.label_lower,
        racine_id=objet.pk,
        racine_nom=str(objet)[:300],
        motif=motif,
        par=par.user,
        par_nom=par.nom[:200],
        comptes=comptes,
        le=maintenant_au_moins(),
        passage=dernier_passage(),
        renonce=pertes,
    )
    for modele, ids in lignes.items():
        modele.tous.filter(pk__in=ids).update(
            supprime_le=lot.le, supprime_par=par.user, supprime_lot=lot.uuid
        )
    action = "corbeille.suppression"
    donne: dict[str, Any] = {"renonce": pertes} if pertes else {}
    donne |= {"motif": motif, "lot": str(lot.uuid), "emportes": comptes}
    consigner(objet, action, par=par, etats=objets_de(lignes), **donne)
    return lot.uuid


def ce_qui_serait_perdu(lignes: Lignes) -> list[str]:
    """What is left to invoice of these rows and never could be again, in nameless French words."""
    demander: Callable[[Lignes], list[str]] = import_string(CORBEILLE_PERTES)
    return demander(lignes)


def exiger_le_motif(pertes: Sequence[str], *, motif: str) -> None:
    """Raise Invalide when something is given up without saying why."""
    if pertes and not motif:
        message = "Renoncer à facturer demande un motif."
        raise Invalide(message, champs={"motif": [message]})


def ce_qui_partirait(objet: Supprimable) -> tuple[Lignes, list[str]]:
    """What `supprimer` would take along, by model, and every reason why it would refuse."""
    with transaction.atomic():
        lignes, refus = _peser(objet)
        transaction.set_rollback(True)  # the locks were for the count only
    return lignes, refus


def _emporter(objet: Supprimable, *, renoncer: bool) -> tuple[Lignes, list[str]]:
    tenir_les_parents(objet)
    racine = type(objet).tous.select_for_update().vivants().filter(pk=objet.pk)
    if not racine.values_list("pk"):
        raise Conflit("Cet élément est déjà dans la corbeille.", code="deja_supprime")
    lignes, refus = _peser(objet)
    pertes = ce_qui_serait_perdu(lignes)
    obstacles = refus if renoncer else refus + pertes
    if obstacles:
        message = f"Suppression refusée : {' '.join(obstacles)}"
        code = "suppression_refusee" if refus else "reste_a_facturer"
        raise Conflit(message, champs={"obstacles": obstacles}, code=code)
    return lignes, pertes


def _peser(objet: Supprimable) -> tuple[Lignes, list[str]]:
    lignes, refus = prendre(objet)
    refus += type(objet).tous.filter(pk=objet.pk).obstacles_seuls()
    for modele, ids in lignes.items():
        refus += modele.tous.filter(pk__in=ids).obstacles()
    return lignes, list(dict.fromkeys(refus))


@transaction.atomic
def restaurer(
    objet: Supprimable, *, par: Auteur, seul: bool = False, malgre_les_doublons: bool = False
) -> dict[str, int]:
    """Bring back exactly what the batch of `objet` took along; return the counts by model.

    With `seul`, only that row. Raise Conflit when it is not in the trash or was purged, when what
    it hangs from is in the trash (restore that first), or when its place was taken meanwhile (a
    reused code; a reused address unless `malgre_les_doublons`); nothing changes then.
    """
    lot = _tenir_le_lot(objet)
    lignes = {type(objet): [objet.pk]} if seul else du_lot(lot.uuid)
    parents = parents_de(lignes)
    tenir(lignes, parents)
    _exiger_dans(lot, objet)
    _exiger_les_parents(parents)
    _exiger_la_place(lignes, malgre_les_doublons=malgre_les_doublons)
    comptes = _ramener(lignes)
    if not seul or not du_lot(lot.uuid):
        lot.restaure_le = timezone.now()
        lot.save(update_fields=["restaure_le"])
    donne: dict[str, Any] = {"lot": str(lot.uuid), "revenus": comptes}
    consigner(objet, "corbeille.restauration", par=par, etats=objets_de(lignes), **donne)
    return comptes


def _tenir_le_lot(objet: Supprimable) -> Lot:
    """The batch of a row, locked first: a restore and a purge of it wait for each other."""
    siens = type(objet).tous.filter(pk=objet.pk).values("supprime_lot")
    lot = Lot.objects.select_for_update().filter(uuid__in=siens).first()
    if lot is None:
        raise Conflit("Cet élément n'est pas dans la corbeille.", code="pas_supprime")
    if lot.purge_le:
        raise Conflit("Cet élément a été purgé : il ne revient pas.", code="purge")
    return lot


def _exiger_dans(lot: Lot, objet: Supprimable) -> None:
    if not type(objet).tous.filter(pk=objet.pk, supprime_lot=lot.uuid).exists():
        raise Conflit("Cet élément n'est plus dans la corbeille.", code="pas_supprime")


def _exiger_les_parents(parents: dict[type[Supprimable], set[int]]) -> None:
    jetes = [
        f"« {parent} »"
        for modele, ids in parents.items()
        for parent in modele.tous.filter(pk__in=ids).supprimes().order_by("pk")[:20]
    ]
    if jetes:
        raise Conflit(f"Restaurez d'abord {', '.join(jetes)}.", code="parent_supprime")


def _exiger_la_place(lignes: Lignes, *, malgre_les_doublons: bool) -> None:
    prises, doublons = reprises(lignes)
    if prises:
        raise Conflit(" ".join(prises), champs={"places": prises}, code="place_prise")
    if doublons and not malgre_les_doublons:
        message = f"{' '.join(doublons)} Confirmez pour restaurer quand même."
        raise Conflit(message, champs={"doublons": doublons}, code="doublon")


def reprises(lignes: Lignes) -> tuple[list[str], list[str]]:
    """What the living took of these rows meanwhile: what forbids a return, what only warns."""
    prises: list[str] = []
    doublons: list[str] = []
    for modele, ids in lignes.items():
        rangees = modele.tous.filter(pk__in=ids)
        prises += rangees.places_prises()
        doublons += rangees.ressemblances_vivantes()
    return prises, doublons


def _ramener(lignes: Lignes) -> dict[str, int]:
    try:
        with transaction.atomic():
            return {
                modele._meta.label_lower: modele.tous.filter(pk__in=ids).update(**LIBRE)
                for modele, ids in lignes.items()
            }
    except IntegrityError as erreur:  # the database has the last word
        nom = getattr(getattr(erreur.__cause__, "diag", None), "constraint_name", "")
        raise Conflit(f"La place est prise : {_phrase(nom)}", code="place_prise") from erreur


def _phrase(contrainte: str) -> str:
    connues: Sequence[models.BaseConstraint] = [c for m in modeles() for c in m._meta.constraints]
    phrases = (str(c.get_violation_error_message()) for c in connues if c.name == contrainte)
    return next(phrases, "un élément actif porte la même référence.")
