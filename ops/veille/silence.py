"""Who watches the watch: the worker notices its silence, and the outbox tells the patrons."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from artjardin.accounts.auteur import systeme
from artjardin.accounts.services import courriels_des_patrons
from artjardin.audit.models import Entree
from artjardin.audit.services import consigner
from artjardin.outbox.services import contenu_du_gabarit, promettre_a_chacun
from artjardin.valkey import valkey
from ops.sante import metier
from ops.sante.examen import eprouver
from ops.veille.battement import dernier
from ops.veille.models import Incident, Ronde

journal = logging.getLogger(__name__)
GENRE, ACTION = "alerte_veille", "veille.muette"
PATIENCE = timedelta(minutes=3)
PAS_PLUS_SOUVENT = timedelta(days=1)
PAR = systeme("veille")
TITRE = "Plus personne ne surveille le produit"


def surveiller_la_veille() -> bool:
    """Whether its silence was told now: after three minutes, then once a day while it lasts.

    Before its first round ever, three minutes are counted from the first time it is missed.
    """
    vu = dernier(valkey) or _manquee_depuis()
    if timezone.now() - vu <= PATIENCE or _deja_dit(vu):
        return False
    pannes = _pannes()  # before the transaction: the probes make theirs read-only
    with transaction.atomic():
        ronde, _ = Ronde.objects.select_for_update(no_key=True).get_or_create(
            pk=1, defaults={"le": vu, "machine": "inconnue"}
        )
        if _deja_dit(vu):
            return False
        _dire_le_silence(ronde, vu, pannes)
    return True


def _manquee_depuis() -> datetime:
    """A row that no round has written: the first one will."""
    ronde, _ = Ronde.objects.get_or_create(
        pk=1, defaults={"le": timezone.now(), "machine": "aucune"}
    )
    return ronde.le


def _deja_dit(vu: datetime) -> bool:
    depuis = max(vu, timezone.now() - PAS_PLUS_SOUVENT)
    return Entree.objects.filter(action=ACTION, le__gt=depuis).exists()


def _dire_le_silence(ronde: Ronde, vu: datetime, pannes: list[str]) -> None:
    le = timezone.localtime(vu)
    quand = f"{le:%d/%m/%Y} à {le:%H:%M}"
    journal.error("la veille ne donne plus signe de vie depuis le %s", quand)
    consigner(ronde, ACTION, par=PAR, depuis=vu.isoformat())
    contexte = {"titre": TITRE, "quand": quand, "pannes": pannes}
    contenu = contenu_du_gabarit(GENRE, objet=TITRE, contexte=contexte)
    promettre_a_chacun(courriels_des_patrons(), genre=GENRE, contenu=contenu, bcc=[])


def _pannes() -> list[str]:
    """What the watch had told and, of the firm's work, what it would tell now."""
    connues = {un.cle: un.titre for un in Incident.objects.ouverts()}
    for sonde in metier.SONDES:
        constat = eprouver(sonde)
        if constat.en_panne:
            connues[sonde.nom] = f"{sonde.titre} : {constat.message}"
    return sorted(connues.values())
