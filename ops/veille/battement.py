"""The heartbeat of the watch: in Valkey, and on the row of its last round."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

import redis
from django.utils import timezone

from ops.veille.models import Ronde

journal = logging.getLogger(__name__)
CLEF = "artjardin:veille:battement"


def battre(valkey: Callable[[], redis.Redis]) -> None:
    """Disturbs nothing when it cannot be written."""
    try:
        valkey().set(CLEF, timezone.now().timestamp())
    except redis.RedisError as erreur:
        journal.info("battement de la veille non écrit : %s", erreur)


def dernier(valkey: Callable[[], redis.Redis]) -> datetime | None:
    """The last one known, from either place. Asks the database."""
    vus = [ronde.le for ronde in Ronde.objects.filter(pk=1)]
    try:
        octets = valkey().get(CLEF)
    except redis.RedisError:
        octets = None
    if isinstance(octets, bytes):
        vus.append(datetime.fromtimestamp(float(octets), UTC))
    return max(vus, default=None)
