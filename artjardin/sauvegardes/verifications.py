"""What the configuration should say before a bad day (manage.py check --deploy)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004

SANS_S3 = "artjardin.W001"
SANS_EXERCICE = "artjardin.W002"


@register(Tags.security, deploy=True)
def hors_site(**_options: Any) -> list[CheckMessage]:
    """Real services without a bucket keep documents and backups on this machine only."""
    if settings.EMBARQUE or settings.S3_ENDPOINT_URL:
        return []
    return [
        Warning(
            "Sans S3_ENDPOINT_URL, l'archive et les sauvegardes restent sur cette machine.",
            hint="Donnez un seau avec Object Lock ailleurs : docs/exploitation.md, Archive.",
            id=SANS_S3,
        )
    ]


@register(Tags.security, deploy=True)
def exercice(**_options: Any) -> list[CheckMessage]:
    """Without a key of its own, the drill waits for a person and no backup is verified."""
    if settings.EMBARQUE or settings.SAUVEGARDE_CLE_EXERCICE:
        return []
    return [
        Warning(
            "Sans SAUVEGARDE_CLE_EXERCICE, aucune sauvegarde n'est vérifiée d'elle-même.",
            hint="age-keygen, ou « manage.py restaurer --essai » chaque jour par une personne.",
            id=SANS_EXERCICE,
        )
    ]
