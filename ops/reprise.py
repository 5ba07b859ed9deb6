"""After a backup was put back: what the product must know of its own past."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.db import transaction

from artjardin.accounts.auteur import Auteur, systeme
from artjardin.audit.services import consigner
from artjardin.erreurs import ErreurMetier
from artjardin.outbox.models import Courriel, Restauration
from artjardin.outbox.services import declarer_une_restauration
from artjardin.sauvegardes.manifeste import Manifeste
from artjardin.sauvegardes.models import Sauvegarde
from artjardin.sauvegardes.services import constater_les_copies, rapprocher
from artjardin.sauvegardes.services.exercice import juger
from artjardin.sauvegardes.services.restauration import Source
from artjardin.storage.ancrage import reprendre as reprendre_le_journal
from artjardin.storage.coffres import PANNES
from artjardin.storage.models import Orphelin
from artjardin.storage.orphelins import noter_les_orphelins
from facturation.services.numeros import clients_des_perdus
from ops.comptes.appareils import fermer_tous_les_acces
from ops.corbeille.registre import a_effacer_de_nouveau

journal = logging.getLogger(__name__)
MONTREES = 20


def reprendre(manifeste: Manifeste, *, par: Auteur) -> Iterator[str]:
    """What follows the swap, each step whatever the others do; lines for the person. The base is
    marked as restored already (`marquer`)."""
    yield from _quoi_qu_il_arrive(lambda: _catalogue(par=par))
    yield from _quoi_qu_il_arrive(lambda: _ancres(manifeste, par=par))
    yield from _quoi_qu_il_arrive(_documents)
    yield from _quoi_qu_il_arrive(_effaces)
    if Restauration.objects.ouvertes().exists():
        yield "Les relances attendent : « manage.py apres_restauration » dit ce qu'il faut voir."


@transaction.atomic
def marquer(*, nom: str, lignes: int, par: str) -> None:
    """In a restored database, before it serves: its line of the journal, reminders held, and every
    access closed: what was revoked since the backup would open again."""
    auteur = systeme(par)
    connue = Sauvegarde.objects.filter(nom=nom).first()
    consigner(connue or Sauvegarde(nom=nom), "base.restauree", par=auteur, lignes=lignes)
    fermes = fermer_tous_les_acces()
    consigner(connue or Sauvegarde(nom=nom), "base.acces_fermes", par=auteur, fermes=fermes)
    if Courriel.objects.exists() and not Restauration.objects.ouvertes().exists():
        declarer_une_restauration(par=auteur, repere_du_jour=True)


def _quoi_qu_il_arrive(etape: Callable[[], Iterable[str]]) -> Iterator[str]:
    try:
        yield from etape()
    except Exception as erreur:  # noqa: BLE001 - the next steps are taken, the person is told
        journal.exception("une étape d'après la restauration a échoué")
        yield f"À reprendre à la main : {type(erreur).__name__} : {erreur}"


def noter_l_essai(source: Source, rapport: dict[str, Any], *, par: Auteur) -> None:
    """A trial with the office's key counts as a drill, when the catalogue knows the backup."""
    connue = Sauvegarde.objects.presentes().filter(nom=source.manifeste.nom).first()
    if connue is not None and connue.sha256 == source.manifeste.sha256:
        juger(connue, rapport, par=par)


def _catalogue(*, par: Auteur) -> Iterator[str]:
    try:
        parties = constater_les_copies(par=par)
        retrouvees = rapprocher()
    except PANNES as erreur:
        yield f"Le catalogue des sauvegardes n'a pas pu être rapproché ({erreur})."
        return
    if parties:
        yield f"{len(parties)} sauvegardes supprimées depuis, retirées du catalogue."
    if retrouvees:
        yield f"{len(retrouvees)} sauvegardes plus récentes remises au catalogue."


def _ancres(manifeste: Manifeste, *, par: Auteur) -> Iterator[str]:
    """The journal goes back with the database: said beside its anchors, so that it is no fault."""
    try:
        reprendre_le_journal(sauvegarde=manifeste.nom, par=par)
    except (ErreurMetier, *PANNES) as erreur:
        yield (
            f"La reprise du journal n'est pas ancrée ({erreur}) : plus tard, « manage.py "
            f"verifier_journal --apres-restauration {manifeste.nom} »."
        )


def _documents() -> Iterator[str]:
    """Archived documents that the restored database does not know: issued since the backup."""
    try:
        inconnus = documents_inconnus()
    except PANNES as erreur:
        yield (
            f"L'archive n'a pas pu être comparée ({erreur}) : plus tard, « manage.py "
            "verifier_archives --apres-restauration »."
        )
        return
    if inconnus:
        yield f"{len(inconnus)} pièces archivées depuis cette sauvegarde ne sont pas en base :"
        noms = clients_des_perdus(inconnus[:MONTREES])
        yield from (f"  {perdu.cle}, {noms[perdu.pk]}" for perdu in inconnus[:MONTREES])
        yield "  Saisissez à nouveau ces pièces avant d'en émettre d'autres (exploitation.md)."


def _effaces() -> Iterator[str]:
    """Persons erased since the backup, whom it brought back."""
    try:
        revenus = a_effacer_de_nouveau()
    except PANNES as erreur:
        yield f"Les effacements n'ont pas pu être lus ({erreur}) : voyez vos demandes."
        return
    if revenus:
        yield f"{len(revenus)} clients effacés depuis cette sauvegarde sont revenus :"
        yield from (
            f"  {client.code}, à effacer : /admin/trash/effacement/{client.pk}/"
            for client in revenus
        )


def documents_inconnus() -> list[Orphelin]:
    """The PDFs of the archive that no row names, written down; those whose numbers are taken."""
    return noter_les_orphelins(par=systeme("restauration"))
