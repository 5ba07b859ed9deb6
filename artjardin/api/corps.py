"""Bodies, refused before anything reads them: too big, of unknown length, compressed, cut, slow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse

from artjardin.api.refus import refuser

CORPS_MAX = 2**20  # bytes of what is no file: a devis of five hundred lines takes a fifth of it
FICHIER_MAX = 11 * 2**20  # of a form with its file (ten at most), or of a CSV file
DES_FICHIERS = ("multipart/form-data", "text/csv")
MOTIF = "artjardin.refus"  # in the environment: what the server itself found (guichet)


class Refus(NamedTuple):
    """What is answered, and how long the client should wait (None: it need not try again)."""

    statut: int
    message: str
    attente: timedelta | None = None


UN_MOMENT = timedelta(seconds=2)
REFUS = {
    "corps_incomplet": Refus(400, "La demande est arrivée incomplète : renvoyez-la."),
    "corps_trop_lent": Refus(408, "La demande est arrivée trop lentement : renvoyez-la."),
    "longueur_requise": Refus(411, "La demande doit dire sa longueur (Content-Length)."),
    "trop_grand": Refus(413, "La demande est trop grande."),
    "codage_refuse": Refus(415, "Le corps de la demande ne doit pas être compressé."),
    "trop_de_corps": Refus(503, "Trop d'envois en cours : réessayez.", UN_MOMENT),
}


def corps_mesures(
    suite: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """The middleware: nothing of the body has been read yet."""

    def repondre(requete: HttpRequest) -> HttpResponse:
        code = requete.META.get(MOTIF) or motif_de_refus(requete.META)
        if not code:
            return suite(requete)
        refus = REFUS[code]
        return refuser(requete, refus.statut, code, refus.message, attente=refus.attente)

    return repondre


def motif_de_refus(meta: Mapping[str, Any]) -> str:
    """The code of REFUS that these headers deserve, or ""."""
    longueur = meta.get("CONTENT_LENGTH") or ""
    if not longueur and meta.get("HTTP_TRANSFER_ENCODING"):
        return "longueur_requise"  # Django would take the body for an empty one
    if longueur and not (longueur.isascii() and longueur.isdigit()):
        return "longueur_requise"
    if meta.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() not in {"", "identity"}:
        return "codage_refuse"
    return "trop_grand" if int(longueur or 0) > limite(meta.get("CONTENT_TYPE", "")) else ""


def limite(genre: str) -> int:
    """How many bytes a body of this type may have."""
    fichier = genre.strip().lower().startswith(DES_FICHIERS)
    return FICHIER_MAX if fichier else CORPS_MAX
