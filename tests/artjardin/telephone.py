"""A phone: TOTP written from RFC 6238 and RFC 4226 alone, beside what the product uses."""

import base64
import hashlib
import hmac
import struct
import time
from urllib.parse import parse_qs, unquote, urlsplit


def code(secret: str, *, a: float | None = None, decalage: int = 0) -> str:
    """The six digits that the phone shows at this instant, `decalage` steps away."""
    pas = int((time.time() if a is None else a) // 30) + decalage
    octets = base64.b32decode(secret + "=" * (-len(secret) % 8))
    somme = hmac.new(octets, struct.pack(">Q", pas), hashlib.sha1).digest()
    debut = somme[-1] & 15
    nombre = struct.unpack(">I", somme[debut : debut + 4])[0] & 0x7FFFFFFF
    return f"{nombre % 10**6:06d}"


def faux(secret: str) -> str:
    """A code that is good at no step around."""
    bons = {code(secret, decalage=pas) for pas in range(-3, 4)}
    return next(f"{n:06d}" for n in range(100) if f"{n:06d}" not in bons)


def lire(uri: str) -> dict[str, str]:
    """What the QR code tells the phone."""
    parties = urlsplit(uri)
    champs = {nom: valeurs[0] for nom, valeurs in parse_qs(parties.query).items()}
    return champs | {"genre": parties.netloc, "compte": unquote(parties.path[1:])}
