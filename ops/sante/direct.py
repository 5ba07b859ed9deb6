"""What is answered beside Django, by the event loop: a product that is stuck still says so.

No thread of Django, no session, no database: /live touches nothing, the others give the last look.
"""

from __future__ import annotations

from typing import NamedTuple

from django.conf import settings

from artjardin.api.entetes import AUTRES, STRICTE
from ops.mesures.exposition import TYPE as TYPE_DES_MESURES
from ops.mesures.exposition import exposer
from ops.sante import registre
from ops.sante.acces import est_le_jeton
from ops.sante.bilan import DETAIL, PRET, Bilan
from ops.sante.rendu import TYPE

LIVE, READY, DETAILLE, MESURES = "/live", "/ready", "/health/detailed", "/metrics"
CHERCHES = (READY, DETAILLE, MESURES)  # those that may have to be looked for
LECTURES = {"GET", "HEAD"}
ENTETES = [
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", STRICTE),
    ("X-Content-Type-Options", "nosniff"),
    *AUTRES.items(),
]


class Demande(NamedTuple):
    """What is read of a request. `securisee`: it came by HTTPS, as far as we may believe."""

    methode: str
    chemin: str
    autorisation: str
    session: bool
    accepte: str
    securisee: bool


class Reponse(NamedTuple):
    statut: int
    entetes: list[tuple[str, str]]
    corps: bytes


def concerne(demande: Demande) -> bool:
    """Whether it is answered here: a person, a key or a page goes to Django."""
    if demande.methode not in LECTURES:
        return False
    if demande.chemin in {LIVE, READY}:
        return True
    if demande.chemin == MESURES:
        return _en_surete(demande) and est_le_jeton(demande.autorisation)
    return demande.chemin == DETAILLE and _sans_django(demande)


def premier_regard() -> None:
    """As a process starts: who asks first waits for no module to be read, and what is slow then is
    told from what fell silent."""
    registre.preparer()
    DETAIL.lire()


def immediate(demande: Demande) -> Reponse | None:
    """The answer when nothing must be looked at again."""
    if demande.chemin == LIVE:
        return _texte(b"ok")
    if demande.chemin == MESURES:
        return None
    retenu = PRET if demande.chemin == READY else DETAIL
    bilan = retenu.frais()
    return None if bilan is None else _rendre(demande, bilan)


def repondre(demande: Demande) -> Reponse:
    """The answer, after a look if it is time: some 2 s at most, 4 s for metrics."""
    if demande.chemin == MESURES:
        return Reponse(200, [("Content-Type", TYPE_DES_MESURES), *ENTETES], exposer())
    retenu = PRET if demande.chemin == READY else DETAIL
    return immediate(demande) or _rendre(demande, retenu.lire())


def _sans_django(demande: Demande) -> bool:
    if not _en_surete(demande):
        return False
    if "text/html" in demande.accepte or demande.session:
        return False
    return not demande.autorisation or est_le_jeton(demande.autorisation)


def _en_surete(demande: Demande) -> bool:
    """The token must not travel in clear."""
    return demande.securisee or not settings.SECURE_SSL_REDIRECT


def _rendre(demande: Demande, bilan: Bilan) -> Reponse:
    if demande.chemin == READY:
        return _json(bilan.statut, bilan.pret, "application/json")
    corps = bilan.complet if demande.autorisation else bilan.resume
    return _json(bilan.statut, corps, TYPE)


def _texte(corps: bytes) -> Reponse:
    return Reponse(200, [("Content-Type", "text/plain; charset=utf-8"), *ENTETES], corps)


def _json(statut: int, corps: bytes, genre: str) -> Reponse:
    return Reponse(statut, [("Content-Type", genre), *ENTETES], corps)
