"""A bounded HTTP request that follows nobody elsewhere and repeats no secret address."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import SplitResult, urlsplit

from artjardin.outbox.garde_temps import GardeTemps
from ops.veille.canaux import NonRemis

DELAI = 5.0  # seconds for each answer
DUREE = 10.0  # for the whole
LU = 2000  # bytes of an answer


def demander(
    methode: str, url: str, *, corps: bytes | None = None, entetes: Mapping[str, str] | None = None
) -> None:
    """Return once the server said yes (2xx). Raise NonRemis; a redirection is no yes."""
    partie = urlsplit(url)
    connexion = _connexion(partie)
    garde = GardeTemps()
    try:
        with garde.limiter(DUREE):
            garde.surveiller(connexion)
            connexion.request(methode, _chemin(partie), corps, dict(entetes or {}))
            reponse = connexion.getresponse()
            reponse.read(LU)
    except (OSError, HTTPException, ValueError) as erreur:
        raise NonRemis(_en_clair(erreur)) from None
    finally:
        garde.arreter()
        connexion.close()
    if not 200 <= reponse.status < 300:  # noqa: PLR2004
        raise NonRemis(f"{partie.hostname} répond {reponse.status}")


def _connexion(partie: SplitResult) -> HTTPConnection:
    hote = partie.hostname or ""
    if partie.scheme == "https":
        certifie = ssl.create_default_context()
        return HTTPSConnection(hote, partie.port, timeout=DELAI, context=certifie)
    return HTTPConnection(hote, partie.port, timeout=DELAI)


def _chemin(partie: SplitResult) -> str:
    return (partie.path or "/") + (f"?{partie.query}" if partie.query else "")


def _en_clair(erreur: Exception) -> str:
    """Its kind, and what the system says of it: never the address, which is a secret."""
    raison = erreur.strerror if isinstance(erreur, OSError) else ""
    return " : ".join(filter(None, [type(erreur).__name__, raison]))
