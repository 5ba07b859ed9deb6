"""A trial of each channel, at once and one by one: what a person runs before a bad day."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial

from django.conf import settings
from django.db import DatabaseError

from artjardin.accounts.services import courriels_des_patrons
from ops.veille.a_part import APart, Occupe
from ops.veille.canaux import NonRemis
from ops.veille.canaux.courriel import Courriel
from ops.veille.canaux.http import demander
from ops.veille.canaux.webhook import poster
from ops.veille.carnet import Message
from ops.veille.redaction import NOM, nouveau

BORNE = 5.0  # seconds given to the database, which may be away
CORPS = "Ceci est un essai des alertes : rien n'est en panne. Vous le lisez, ce canal marche."


def essayer() -> list[tuple[str, str]]:
    """Each channel, and why it took nothing; "" when it did."""
    return [(canal, _sort_de_l_essai(envoyer)) for canal, envoyer in _canaux()]


def _canaux() -> Iterator[tuple[str, Callable[[], None]]]:
    alertes, a = settings.ALERTES, time.time()
    message = nouveau(f"{NOM} Essai des alertes", CORPS, a=a, date=a, urgent=False)
    for adresse in _adresses():
        yield f"courriel à {adresse}", partial(_par_courriel, message, adresse)
    if alertes.webhook_url:
        yield f"webhook ({alertes.webhook_forme})", partial(poster, message)
    if alertes.ping_url:
        yield "signe de vie", partial(demander, "GET", alertes.ping_url)


def _adresses() -> list[str]:
    if settings.ALERTES.courriels:
        return list(dict.fromkeys(settings.ALERTES.courriels))
    try:
        patrons = APart().faire(courriels_des_patrons, borne=BORNE)
    except (DatabaseError, Occupe):
        patrons = []
    return patrons or [""]


def _par_courriel(message: Message, adresse: str) -> None:
    if not adresse:
        raise NonRemis("aucune adresse : ni ALERTE_COURRIELS, ni patron connu")
    with closing(Courriel()) as canal:
        canal.remettre(message, a=adresse)


def _sort_de_l_essai(envoyer: Callable[[], None]) -> str:
    try:
        envoyer()
    except NonRemis as refus:
        return str(refus)
    return ""
