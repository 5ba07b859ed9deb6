"""Mails that left, written again and compared with the hash of what was handed over (design G5).

Left out: those erased for a person's right (RGPD), and those with a secret, whose row holds MARQUE
where the link stood (secrets.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.utils import timezone

from artjardin.controles import Anomalie, Bilan
from artjardin.erreurs import Indisponible, Invalide
from artjardin.outbox.message import rediger
from artjardin.outbox.models import NULLE_PART, Courriel
from artjardin.storage.coffres import PANNES

ECHANTILLON = 200  # a night
LOT = 100
FINIS = [Courriel.Statut.ENVOYE, Courriel.Statut.ECHEC, Courriel.Statut.INCERTAIN]


def controler(*, echantillon: int | None = ECHANTILLON) -> Bilan:
    """Write again mails drawn at random, all of them with None. Changes nothing.

    One whose attachment does not come is counted as `courriels_illisibles`: the check of the
    archives tells which.
    """
    anomalies: list[Anomalie] = []
    relus = illisibles = 0
    for courriel in _tirer(echantillon):
        try:
            faute = _faute(courriel)
        except (Indisponible, *PANNES):
            illisibles += 1
            continue
        relus += 1
        if faute:
            anomalies.append(Anomalie(_nom(courriel), faute))
    return Bilan({"courriels_relus": relus, "courriels_illisibles": illisibles}, anomalies)


def _tirer(echantillon: int | None) -> Iterator[Courriel]:
    remis: Any = Courriel.objects.filter(statut__in=FINIS).exclude(empreinte="")
    remis = remis.exclude(type__in=settings.COURRIEL_SECRETS).exclude(a=[NULLE_PART], texte="")
    remis = remis.prefetch_related("essais")
    if echantillon is None:
        return remis.order_by("pk").iterator(chunk_size=LOT)
    tires = remis.order_by("?").values_list("pk", flat=True)[:echantillon]
    return Courriel.objects.filter(pk__in=list(tires)).prefetch_related("essais").iterator(LOT)


def _faute(courriel: Courriel) -> str:
    """Raise Indisponible, or as the store does, when an attachment cannot be read."""
    remises = [essai.empreinte for essai in courriel.essais.all() if essai.empreinte]
    if remises and remises[-1] != courriel.empreinte:
        return "son empreinte n'est pas celle de son dernier essai"
    try:
        message = rediger(courriel).message
    except Invalide as refus:
        return f"il ne peut plus être écrit : {refus.message}"
    if hashlib.sha256(message).hexdigest() != courriel.empreinte:
        return f"ce n'est plus ce qui a été remis au serveur (empreinte {courriel.empreinte[:12]}…)"
    return ""


def _nom(courriel: Courriel) -> str:
    le = f"{timezone.localtime(courriel.remis_le):%d/%m/%Y à %H:%M}" if courriel.remis_le else "?"
    return f"Courriel n° {courriel.pk} ({courriel.type}) remis le {le}"
