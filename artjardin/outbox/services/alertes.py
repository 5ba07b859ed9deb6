"""Telling what was not delivered, to clients or inside, and a queue that does not move."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from artjardin.accounts.auteur import systeme
from artjardin.accounts.services import courriels_des_patrons
from artjardin.audit.models import Entree
from artjardin.audit.services import consigner
from artjardin.outbox import registre
from artjardin.outbox.models import Courriel
from artjardin.outbox.services.promesses import contenu_du_gabarit, promettre_a_chacun

journal = logging.getLogger(__name__)
GENRE = "alerte_courriels"
INTERVALLE = timedelta(minutes=15)  # between two such mails
RETARD = timedelta(hours=1)
EN_RETARD = "courriel.file_en_retard"
INTERNE = "courriel.interne_non_remis"
PAR = systeme("courriels")
LIGNES = 50  # messages described in one mail; the others are counted


def signaler() -> None:
    """At the end of a sweep: what must be known is told, once."""
    if Courriel.objects.a_signaler().exists():
        _signaler_les_pertes()
    _noter_les_pertes_internes()
    _signaler_le_retard()


def age_de_la_file() -> timedelta:
    """How long the oldest due email has been waiting for its turn; zero when nothing waits."""
    maintenant = timezone.now()
    attente = Courriel.objects.filter(statut=Courriel.Statut.EN_ATTENTE)
    plus_ancien = attente.aggregate(le=Min("prochain_essai_le"))["le"]
    return max(maintenant - plus_ancien, timedelta(0)) if plus_ancien else timedelta(0)


@transaction.atomic
def _signaler_les_pertes() -> None:
    """A mail to each patron for what was lost since the last one; never about itself."""
    patrons = courriels_des_patrons()
    if not (patrons and registre.seul_a_signaler()) or _deja_dit():
        return
    perdus = list(Courriel.objects.a_signaler().order_by("pk"))
    if not perdus:
        return
    Courriel.objects.filter(pk__in=[perdu.pk for perdu in perdus]).update(signale_le=timezone.now())
    nombre = len(perdus)
    titre = f"{nombre} courriels non remis" if nombre > 1 else "Un courriel non remis"
    pertes = [_decrire(perdu) for perdu in perdus[:LIGNES]]
    contexte = {"pertes": pertes, "autres": max(nombre - LIGNES, 0)}
    contenu = contenu_du_gabarit(GENRE, objet=titre, contexte=contexte)
    promettre_a_chacun(patrons, genre=GENRE, contenu=contenu, bcc=[])


def _decrire(perdu: Courriel) -> dict[str, str]:
    """What became of it and why, in the words of the mail."""
    etat, raison = perdu.get_statut_display(), perdu.reponse
    rebond = perdu.rebonds.en_vigueur().first()
    if perdu.statut == Courriel.Statut.EN_ATTENTE:
        etat, raison = "Bloqué", _ce_qui_manque(perdu)
    elif rebond is not None and perdu.statut != Courriel.Statut.ECHEC:
        etat, raison = "Revenu", " ".join([rebond.adresse, rebond.diagnostic or rebond.code])
    return {"objet": perdu.objet, "a": ", ".join(perdu.a), "etat": etat, "raison": raison}


def _ce_qui_manque(bloque: Courriel) -> str:
    pieces = bloque.pieces.filter(document__sha256="").select_related("document")
    manquants = [piece.document for piece in pieces]
    return " ; ".join(f"{un.nom} ({un.erreur or 'pas encore produit'})" for un in manquants)


@transaction.atomic
def _noter_les_pertes_internes() -> None:
    """A mail about a mail would be lost as it was: the log and the journal tell, once for each."""
    internes = Courriel.objects.non_remis().filter(client_ref=None).order_by("pk")
    for perdu in internes.select_for_update(skip_locked=True, no_key=True):
        sort = _decrire(perdu)
        journal.error("courriel interne %s (%s) : %s", perdu.pk, perdu.type, sort["etat"])
        consigner(perdu, INTERNE, par=PAR, a=perdu.a, etat=sort["etat"], raison=sort["raison"])
        perdu.signale_le = timezone.now()
        perdu.save(update_fields=["signale_le"])


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
