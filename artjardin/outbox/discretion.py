"""What servers say, made fit to keep: no secret of ours, nothing that a database refuses."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from urllib.parse import unquote, urlsplit

from django.conf import settings

LONGUEUR = 2000
MASQUE = "***"


def clair(texte: str) -> str:
    """One text of at most 2 000 characters, without control characters or our passwords."""
    for secret in _secrets(settings.EMAIL_URL) + _secrets(settings.REBONDS_IMAP_URL):
        texte = texte.replace(secret, MASQUE)
    return ecrivable(" ".join(texte.split()))[:LONGUEUR]


def ecrivable(texte: str) -> str:
    r"""The text as PostgreSQL and UTF-8 can hold it.

    >>> ecrivable("a\0b\ud800c")
    'ab?c'
    """
    return texte.encode("utf-8", "replace").decode().replace("\0", "")


@cache
def _secrets(url: str) -> tuple[str, ...]:
    """The password of an address and its login, as written, decoded and as AUTH sends them."""
    partie = urlsplit(url)
    if not partie.password:
        return ()
    nom, mot = unquote(partie.username or ""), unquote(partie.password)
    codes = [f"\0{nom}\0{mot}", f"{nom}\0{nom}\0{mot}", mot]
    return (url, partie.password, mot, *(b64encode(code.encode()).decode() for code in codes))
