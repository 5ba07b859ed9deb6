"""The nights that a batch spent in the trash, counted by the runs of the purge: no clock is trusted
alone. A run counts once a day, by its place in the journal of runs, when it came to its end."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Max, QuerySet
from django.utils import timezone

from artjardin.audit.models import Entree, Execution
from artjardin.softdelete.models import Lot

TACHE = "corbeille.purge"
PASSAGES_MIN = 60  # runs, on as many days, that a batch sees before it may be purged


def dernier_passage() -> int:
    """The last run that came to its end; 0 when there was none."""
    return _finis().aggregate(dernier=Max("pk"))["dernier"] or 0


def seuil_des_passages() -> int:
    """The batches that saw enough runs are those whose `passage` is smaller than this."""
    jours = set()
    for pk, debut in _finis().order_by("-pk").values_list("pk", "debut").iterator():
        jours.add(timezone.localdate(debut))
        if len(jours) == PASSAGES_MIN:
            return pk
    return 0


def passages_manquants(lot: Lot) -> int:
    """How many days with a run this batch has still to see."""
    debuts = _finis().filter(pk__gt=lot.passage).values_list("debut", flat=True)
    return max(0, PASSAGES_MIN - len({timezone.localdate(debut) for debut in debuts}))


def maintenant_au_moins() -> datetime:
    """Now, or the latest date of the journal when our clock is behind it."""
    derniere = Entree.objects.aggregate(derniere=Max("le"))["derniere"]
    return max(timezone.now(), derniere or timezone.now())


def _finis() -> QuerySet[Execution]:
    return Execution.objects.filter(tache=TACHE, fin__isnull=False)
