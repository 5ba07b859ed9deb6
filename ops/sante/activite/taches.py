"""The jobs of the schedule: each runs when it should; exports end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from celery.schedules import crontab
from django.utils import timezone

from artjardin.celery import app
from artjardin.passages import EN_COURS, Passage, derniers_passages
from ops.models import Export
from ops.sante.constats import Etat, Releve

TOLERANCE = timedelta(minutes=10)  # beyond the moment when a job was to begin
DUREE = timedelta(hours=6)  # of a job that is still under way: longer, it hangs
EXPORT = timedelta(hours=1)


def planifiees() -> Releve:
    """No job is late on its schedule, and none has been under way for hours.

    Nothing is known of one that has not run since Valkey is what it is.
    """
    fautes = [*_fautes(derniers_passages())]
    return Releve(Etat.PANNE if fautes else Etat.OK, " ; ".join(fautes), len(fautes))


def _fautes(passages: dict[str, Passage]) -> Iterator[str]:
    for nom, entree in app.conf.beat_schedule.items():
        passage = passages.get(nom)
        if passage is None:
            continue
        if passage.resultat == EN_COURS:
            age = timezone.now() - passage.debut
            if age > DUREE:
                yield f"« {nom} » n'en finit pas depuis {age // timedelta(hours=1)} h"
        elif (retard := en_retard(entree["schedule"], passage.debut)) > TOLERANCE:
            yield f"« {nom} » en retard de {retard // timedelta(minutes=1)} min"


def en_retard(planning: crontab, dernier: datetime) -> timedelta:
    """How long ago the run that follows `dernier` was due; zero or less while it is to come."""
    return -planning.remaining_estimate(dernier)


def exports() -> Releve:
    """Asked for more than an hour ago, and neither made nor failed."""
    depuis = timezone.now() - EXPORT
    nombre = Export.objects.en_route().filter(demande_le__lt=depuis).count()
    if not nombre:
        return Releve(Etat.OK, valeur=0)
    return Releve(Etat.PANNE, f"{nombre} export(s) demandé(s) depuis plus d'une heure", nombre)
