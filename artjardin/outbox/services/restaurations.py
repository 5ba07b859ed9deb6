"""The day a backup is restored: what it still had to send may have left, so none of it leaves."""

from __future__ import annotations

import logging
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur, systeme
from artjardin.accounts.models import Role, User
from artjardin.audit.services import consigner
from artjardin.erreurs import Conflit
from artjardin.outbox import registre, repere
from artjardin.outbox.models import Courriel, Restauration, Tentative
from artjardin.outbox.services.promesses import contenu_du_gabarit, promettre_a_chacun

journal = logging.getLogger(__name__)
Statut = Courriel.Statut
GENRE = "base_restauree"
RAISON = "La base a été restaurée : ce message est peut-être déjà parti."
PAR = systeme("courriels")


def constater_une_restauration() -> Restauration | None:
    """Before anything leaves: is this database older than what left? If so, say it, once.

    A database that never sent, or whose mark is lost, is not in doubt. A mark found again after a
    restoration was declared without any completes it.
    """
    if _remise_inconnue() is None:
        return None
    with transaction.atomic():
        registre.executer(registre.VERROU_DE_RESTAURATION)
        dehors = _remise_inconnue()  # again: another worker may have said it meanwhile
        return _completer(dehors) or _ouvrir(dehors, par=PAR) if dehors is not None else None


@transaction.atomic
def declarer_une_restauration(*, par: Auteur, repere_du_jour: bool = False) -> Restauration:
    """A backup was restored. Raise Conflit when a restoration is open already.

    A mark above what the database knows tells how many hand-overs it misses. One that is not may
    have come back with the backup, and tells nothing, unless the caller knows that it is of today
    (`repere_du_jour`): then nothing left since.
    """
    registre.executer(registre.VERROU_DE_RESTAURATION)
    if Restauration.objects.ouvertes().exists():
        raise Conflit("Une restauration est déjà ouverte.", code="restauration_ouverte")
    base, connue = registre.premier_courriel(), registre.remise_connue()
    dehors = repere.lire(base) if base else 0
    sure = dehors > connue or (repere_du_jour and dehors == connue)
    return _ouvrir(dehors if sure else None, par=par)


@transaction.atomic
def lever_la_restauration(*, par: Auteur) -> list[Restauration]:
    """A person has looked at what left since the backup: reminders go on. Raise Conflit when no
    restoration is open."""
    ouvertes = list(Restauration.objects.ouvertes().select_for_update(no_key=True).order_by("pk"))
    if not ouvertes:
        raise Conflit("Aucune restauration n'est à lever.", code="pas_de_restauration")
    for restauration in ouvertes:
        restauration.levee_le, restauration.levee_par = timezone.now(), par.nom[:200]
        restauration.save(update_fields=["levee_le", "levee_par"])
        consigner(restauration, "courriels.restauration_levee", par=par)
    return ouvertes


def marquer_les_remises() -> None:
    """At the end of a sweep: the mark is what the database knows, and it is on the disk."""
    base, connue = registre.premier_courriel(), registre.remise_connue()
    if base and connue >= repere.lire(base):
        repere.avancer(base, connue, sur_le_disque=True)


def _remise_inconnue() -> int | None:
    """The number of a hand-over that happened and that this database does not know.

    The mark is read before the database: what leaves meanwhile is in both.
    """
    base = registre.premier_courriel()
    dehors = repere.lire(base) if base else 0
    return dehors if dehors and dehors > registre.remise_connue() else None


def _completer(dehors: int) -> Restauration | None:
    """Say how many to the restoration that did not know, if one is open. What it held back stays
    so, and what was promised since is of this database."""
    sans_repere = Restauration.objects.ouvertes().filter(repere=None)
    restauration = sans_repere.select_for_update(no_key=True).order_by("pk").last()
    if restauration is None:
        return None
    restauration.repere = dehors
    restauration.save(update_fields=["repere"])
    registre.reprendre_les_numeros(apres=dehors)
    consigner(restauration, "courriels.repere_retrouve", par=PAR, repere=dehors)
    return restauration


def _ouvrir(dehors: int | None, *, par: Auteur) -> Restauration:
    connue = registre.remise_connue()
    restauration = Restauration.objects.create(repere=dehors, connu=connue)
    douteux = _mettre_en_doute()
    registre.reprendre_les_numeros(apres=connue if dehors is None else dehors)
    combien = "nombre inconnu de" if dehors is None else restauration.inconnus
    journal.error("base restaurée : %s remises qu'elle ne connaît pas", combien)
    consigner(
        restauration,
        "courriels.base_restauree",
        par=par,
        repere=dehors,
        connu=connue,
        incertains=[courriel.pk for courriel in douteux],
    )
    _prevenir(restauration, douteux)
    return restauration


def _mettre_en_doute() -> list[Courriel]:
    """Every mail to a client that still had to leave waits for a person."""
    en_chemin = Courriel.objects.filter(
        statut__in=[Statut.EN_ATTENTE, Statut.EN_COURS], client_ref__isnull=False
    )
    douteux = list(en_chemin.select_for_update(no_key=True).order_by("pk"))
    for courriel in douteux:
        if courriel.statut == Statut.EN_ATTENTE:
            courriel.passer(Statut.EN_COURS)
        courriel.passer(Statut.INCERTAIN)
        courriel.reponse = RAISON
    Courriel.objects.bulk_update(douteux, ["statut", "reponse"], batch_size=500)
    Tentative.objects.bulk_create([_essai(courriel) for courriel in douteux], batch_size=500)
    return douteux


def _essai(courriel: Courriel) -> Tentative:
    maintenant = timezone.now()
    return Tentative(
        courriel=courriel,
        debut=courriel.pris_le or maintenant,
        fin=maintenant,
        resultat=Tentative.Resultat.INCERTAIN,
        reponse=RAISON,
        empreinte=courriel.empreinte,
    )


def _prevenir(restauration: Restauration, douteux: Collection[Courriel]) -> None:
    """The patrons, each by a mail of its own: what happened, and what to look at."""
    patrons = User.objects.filter(is_active=True, groups__name=Role.PATRON).order_by("pk")
    contenu = contenu_du_gabarit(
        GENRE,
        objet="La base a été restaurée : les relances attendent",
        contexte={"inconnus": restauration.inconnus, "douteux": len(douteux)},
    )
    adresses = patrons.values_list("email", flat=True)
    promettre_a_chacun(adresses, genre=GENRE, contenu=contenu, bcc=[])
