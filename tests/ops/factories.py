"""Incidents, as the watch writes them."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from ops.models import Incident
from ops.veille import registre
from ops.veille.carnet import Fiche


def creer_incident(cle: str = "smtp", *, clos: bool = False, **champs: Any) -> Incident:
    """One that opened ten minutes ago; the other open ones stay."""
    depuis = (timezone.now() - timedelta(minutes=10)).timestamp()
    fiche = Fiche(
        numero=uuid.uuid4().hex,
        cle=cle,
        titre="Relais de courriel",
        gravite="normale",
        ouvert_le=depuis,
        message="ConnectionRefusedError : refusé",
        remede="voyez EMAIL_URL.",
        **champs,
    )
    autres = [
        Fiche(un.numero, un.cle, un.titre, un.gravite, 0.0, un.dernier_message, un.remede)
        for un in Incident.objects.ouverts()
    ]
    for autre in autres:
        autre.ecrite = True
    fiches = [*autres, fiche]
    registre.tenir_les_incidents(fiches, heure=lambda instant: instant, machine="essai")
    if clos:
        fiche.clos_le = depuis + 300
        registre.tenir_les_incidents(fiches, heure=lambda instant: instant, machine="essai")
    return Incident.objects.get(numero=fiche.numero)
