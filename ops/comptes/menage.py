"""What opens nothing any more is removed every night: none of it is evidence, the journal is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from artjardin.accounts import verrous
from artjardin.accounts.models import Lien
from artjardin.accounts.models.acces import perimes
from artjardin.api import limites
from artjardin.audit.models import Execution
from artjardin.audit.services import suivre_du_jour

TACHE = "acces.menage"
GARDE = timedelta(days=30)  # after its end, for who asks what became of an access


def ranger() -> Execution:
    """Remove tokens, sessions, devices, links, locks and counters that are over.

    Raise Conflit when it is being done already, or was today. A backup of before brings them back,
    as dead as they were.
    """
    with suivre_du_jour(TACHE) as execution:
        a = timezone.now()
        execution.compteurs = {
            **dict(map(_vider, perimes(au=a, garde=GARDE))),
            "liens": Lien.objects.filter(expire_le__lt=a - GARDE).delete()[0],
            "verrous": verrous.nettoyer(au=a),
            "compteurs": limites.nettoyer(au=a),
        }
    return execution


def _vider(finis: Any) -> tuple[str, int]:
    return f"{finis.model._meta.verbose_name}s", finis.delete()[0]
