"""The dead man's switch: a service elsewhere waits for this request, and tells its absence."""

from __future__ import annotations

import logging

from django.conf import settings

from ops.veille.canaux import NonRemis
from ops.veille.canaux.http import demander

journal = logging.getLogger(__name__)


def donner_signe_de_vie() -> bool:
    """Whether it was heard. It says only that the watch goes round: what is down is told apart."""
    try:
        demander("GET", settings.ALERTES.ping_url)
    except NonRemis as refus:
        journal.warning("signe de vie non entendu : %s", str(refus))
        return False
    return True
