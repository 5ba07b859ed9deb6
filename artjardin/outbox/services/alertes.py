"""Telling the patrons: what clients will not receive, and a queue that does not move."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from artjardin.accounts.auteur import systeme
from artjardin.accounts.models import Role, User
from artjardin.audit.models import Entree
from artjardin.audit.services import consigner
from artjardin.outbox import registre
from artjardin.outbox.models import Courriel
from artjardin.outbox.services.promesses import contenu_du_gabarit, promettre

journal = logging.getLogger(__name__)
GENRE = "alerte_courriels"
INTERVALLE = timedelta(minutes=15)  # between two such mails
RETARD = timedelta(hours=1)
EN_RETARD = "courriel.file_en_retard"
PAR = systeme("courriels")
LIGNES = 50  # messages described in one mail; the others are counted


def signaler() -> None:
    """At the end of a sweep: what must be known is told, once."""
    if Courriel.objects.a_signaler().exists():
        _signaler_les_pertes()
    _signaler_le_retard()


def age_de_la_file() -> timedelta:
    """How long the oldest due email has been waiting for its turn; zero when nothing waits."""
    maintenant = timezone.now()
    attente = Courriel.objects.filter(statut=Courriel.Statut.EN_ATTENTE)
    plus_ancien = attente.aggregate(le=Min("prochain_essai_le"))["le"]
    return max(maintenant - plus_ancien, timedelta(0)) if plus_ancien else timedelta(0)


@transaction.atomic
def _signaler_les_pertes() -> None:
    """One mail to all the patrons for what was lost since the last one; never about itself."""
    patrons = User.objects.filter(is_active=True, groups__name=Role.PATRON).order_by("pk")
    adresses = list(patrons.values_list("email", flat=True))
    if not (adresses and registre.seul_a_signaler()) or _deja_dit():
        return
    perdus = list(Courriel.objects.a_signaler().order_by("pk"))
    if not perdus:
        return
    Courriel.objects.filter(pk__in=[perdu.pk for perdu in perdus]).update(signale_le=timezone.now())
    nombre = len(perdus)
    titre = f"{nombre} courriels non remis" if nombre > 1 else "Un courriel non remis"
    contexte = {"courriels": perdus[:LIGNES], "autres": max(nombre - LIGNES, 0)}
    contenu = contenu_du_gabarit(GENRE, objet=titre, contexte=contexte)
    promettre(genre=GENRE, a=adresses, contenu=contenu, bcc=[])


def _deja_dit() -> bool:
    depuis = timezone.now() - INTERVALLE
    return Courriel.objects.filter(type=GENRE, cree_le__gt=depuis).exists()


@transaction.atomic
def _signaler_le_retard() -> None:
    """A mail would wait too: an error in the log and a line in the journal, once an hour."""
    if (age := age_de_la_file()) < RETARD or not registre.seul_a_signaler():
        return
    depuis = timezone.now() - RETARD
    if Entree.objects.filter(action=EN_RETARD, le__gt=depuis).exists():
        return
    attente = Courriel.objects.filter(statut=Courriel.Statut.EN_ATTENTE)
    premier = attente.earliest("prochain_essai_le", "pk")
    minutes = age // timedelta(minutes=1)
    journal.error("courriels : le plus ancien attend depuis %s minutes", minutes)
    consigner(premier, EN_RETARD, par=PAR, minutes=minutes, raison=premier.reponse)
