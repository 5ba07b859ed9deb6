"""Recurring work: expire devis, check numbers and chains."""

import logging

from celery import shared_task
from django.utils import timezone

from artjardin.audit.models import Execution
from artjardin.audit.services import suivre
from artjardin.erreurs import Conflit
from facturation import services
from facturation.controle import controler

journal = logging.getLogger(__name__)

MONTREES = 20  # anomalies written on the row of the run; verifier_chaine says them all


@shared_task
def expirer_les_devis() -> None:
    """Expire what was valid until yesterday, Paris time."""
    try:
        with suivre("devis.expiration") as execution:
            expires = services.expirer_devis(au=timezone.localdate())
            execution.compteurs = {"expires": expires}
    except Conflit as refus:
        journal.info("%s", refus.message)


@shared_task
def controler_les_pieces() -> None:
    """Numbers, chains and totals of every document; a run that finds a fault has failed."""
    try:
        with suivre("pieces.controle") as execution:
            bilan = controler()
            execution.compteurs = bilan.lus | {"anomalies": len(bilan.anomalies)}
            if bilan.anomalies:
                execution.resultat = Execution.Resultat.ECHEC
                execution.erreur = "\n".join(map(str, bilan.anomalies[:MONTREES]))
                journal.error("contrôle des pièces : %s anomalie(s)", len(bilan.anomalies))
    except Conflit as refus:
        journal.info("%s", refus.message)
