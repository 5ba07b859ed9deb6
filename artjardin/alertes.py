"""How people are told that something is down: read by the settings, from the environment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

FORMES = ("ntfy", "slack", "mattermost", "json")


@dataclass(frozen=True)
class Alertes:
    """`delai`: seconds a service is down before it is told; `rappel`: seconds to the next reminder.

    No address in `courriels`: the active patrons are told.
    """

    delai: int = 300
    rappel: int = 6 * 3600
    courriels: list[str] = field(default_factory=list)
    webhook_url: str = field(default="", repr=False)
    webhook_forme: str = "json"
    webhook_toujours: bool = False
    ping_url: str = field(default="", repr=False)

    @property
    def periode(self) -> float:
        """Seconds from one look to the next."""
        return min(60.0, max(2.0, self.delai / 5))


def lire(
    texte: Callable[..., str],
    entier: Callable[[str, int], int],
    booleen: Callable[..., bool],
    liste: Callable[..., list[str]],
) -> Alertes:
    """Raise SystemExit for what could tell nobody."""
    alertes = Alertes(
        delai=entier("ALERTE_DELAI", 300),
        rappel=entier("ALERTE_RAPPEL_HEURES", 6) * 3600,
        courriels=liste("ALERTE_COURRIELS"),
        webhook_url=texte("ALERTE_WEBHOOK_URL"),
        webhook_forme=texte("ALERTE_WEBHOOK_FORME", "json"),
        webhook_toujours=booleen("ALERTE_WEBHOOK_TOUJOURS", defaut=False),
        ping_url=texte("ALERTE_PING_URL"),
    )
    if manques := _manques(alertes):
        raise SystemExit("Configuration refusée :\n- " + "\n- ".join(manques))
    return alertes


def _manques(alertes: Alertes) -> list[str]:
    fautes = []
    if alertes.delai < 1 or alertes.rappel < 1:
        fautes.append("ALERTE_DELAI et ALERTE_RAPPEL_HEURES : un nombre plus grand que zéro.")
    if alertes.webhook_forme not in FORMES:
        fautes.append(f"ALERTE_WEBHOOK_FORME : {', '.join(FORMES)}.")
    for nom, url in (("WEBHOOK", alertes.webhook_url), ("PING", alertes.ping_url)):
        if url and not _est_une_adresse(url):
            fautes.append(f"ALERTE_{nom}_URL : une adresse http:// ou https:// entière.")
    return fautes


def _est_une_adresse(url: str) -> bool:
    try:
        partie = urlsplit(url)
        return bool(partie.scheme in {"http", "https"} and partie.hostname and partie.port != 0)
    except ValueError:
        return False
