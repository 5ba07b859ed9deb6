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

    A database that never sent, or whose mark is lost, is not in doubt.
    """
    if _remise_inconnue() is None:
        return None
    with transaction.atomic():
        registre.executer(registre.VERROU_DE_RESTAURATION)
        dehors = _remise_inconnue()  # again: another worker may have said it meanwhile
        return _ouvrir(dehors, par=PAR) if dehors is not None else None


@transaction.atomic
def declarer_une_restauration(*, par: Auteur) -> Restauration:
    """A person restored a backup together with its mark, or without any. Raise Conflit when a
    restoration is open already."""
    registre.executer(registre.VERROU_DE_RESTAURATION)
    if Restauration.objects.ouvertes().exists():
        raise Conflit("Une restauration est déjà ouverte.", code="restauration_ouverte")
    return _ouvrir(registre.remise_connue(), par=par)


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


def _ouvrir(dehors: int, *, par: Auteur) -> Restauration:
    connue = registre.remise_connue()
    restauration = Restauration.objects.create(repere=dehors, connu=connue)
    douteux = _mettre_en_doute()
    registre.reprendre_les_numeros(apres=dehors)
    journal.error("base restaurée : %s remises qu'elle ne connaît pas", restauration.inconnus)
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
