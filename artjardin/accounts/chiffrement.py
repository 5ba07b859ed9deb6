"""AES-256-GCM under a ring of keys (NIST SP 800-38D). Pure but for the random nonce.

The ring is written `id:clef,id:clef`, keys of 32 bytes in base64; the first one encrypts, each of
them decrypts what it encrypted. A text is bound to what it belongs to: moved elsewhere, it does
not decrypt.
"""

from __future__ import annotations

import re
import secrets
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as PasDuBase64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

OCTETS = 32
NONCE = 12
IDENTIFIANT = re.compile(r"[a-z0-9_-]{1,20}")


class Illisible(ValueError):
    """The text was altered, moved, or encrypted under a key that the ring has not."""


@dataclass(frozen=True)
class Trousseau:
    """Keys by id; the first one is the current one."""

    cles: Mapping[str, bytes]

    @property
    def courante(self) -> str:
        return next(iter(self.cles))

    def chiffrer(self, clair: bytes, *, lie_a: str) -> str:
        """`id.base64url(nonce and ciphertext)`, under the current key, bound to `lie_a`."""
        nonce, nom = secrets.token_bytes(NONCE), self.courante
        chiffre = AESGCM(self.cles[nom]).encrypt(nonce, clair, _donnees(nom, lie_a))
        return f"{nom}.{urlsafe_b64encode(nonce + chiffre).decode()}"

    def dechiffrer(self, chiffre: str, *, lie_a: str) -> bytes:
        """What `chiffrer` was given. Raise Illisible."""
        nom, _, texte = chiffre.partition(".")
        if nom not in self.cles:
            raise Illisible(f"La clef « {nom[:20]} » n'est pas au trousseau.")
        try:
            octets = urlsafe_b64decode(texte)
            clef = AESGCM(self.cles[nom])
            return clef.decrypt(octets[:NONCE], octets[NONCE:], _donnees(nom, lie_a))
        except (InvalidTag, PasDuBase64, ValueError) as erreur:
            raise Illisible("Texte altéré, ou qui n'est pas à sa place.") from erreur

    def est_courant(self, chiffre: str) -> bool:
        """Whether it is under the current key already."""
        return chiffre.partition(".")[0] == self.courante


@cache
def lire_trousseau(texte: str) -> Trousseau:
    """The ring of its written form. Raise ValueError, which says in French what is wrong.

    >>> lire_trousseau("k1:" + nouvelle_clef()).courante
    'k1'
    >>> lire_trousseau("k1:AAAA")
    Traceback (most recent call last):
    ...
    ValueError: la clef « k1 » n'a pas 32 octets en base64
    """
    cles: dict[str, bytes] = {}
    for partie in filter(None, (partie.strip() for partie in texte.split(","))):
        nom, _, valeur = partie.partition(":")
        if not IDENTIFIANT.fullmatch(nom) or nom in cles:
            raise ValueError(f"« {nom[:20]} » ne peut pas nommer une clef, ou en nomme deux")
        cles[nom] = _clef(nom, valeur)
    if not cles:
        raise ValueError("aucune clef")
    return Trousseau(cles)


def nouvelle_clef() -> str:
    """A random key, as the ring writes it."""
    return urlsafe_b64encode(secrets.token_bytes(OCTETS)).decode()


def _clef(nom: str, valeur: str) -> bytes:
    try:
        octets = b64decode(valeur.replace("-", "+").replace("_", "/"), validate=True)
    except PasDuBase64:
        octets = b""
    if len(octets) != OCTETS or len(set(octets)) < 10:  # noqa: PLR2004 - no key made by hand
        raise ValueError(f"la clef « {nom} » n'a pas {OCTETS} octets en base64")
    return octets


def _donnees(nom: str, lie_a: str) -> bytes:
    return f"artjardin|{nom}|{lie_a}".encode()
