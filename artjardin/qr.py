"""QR codes as PNG images, drawn some twenty times faster than by a general library. Pure.

What depends on the size alone (the fixed patterns, the road of the bits, the rows of the error
correction) is worked out once per version by `qrcode`; what is left for one text is a few
operations on whole strings and integers.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from itertools import chain, zip_longest
from operator import itemgetter
from typing import Any, NamedTuple

import qrcode
from qrcode.base import gexp, glog, rs_blocks
from qrcode.constants import ERROR_CORRECT_M
from qrcode.image.svg import SvgPathImage
from qrcode.util import mask_func

MASQUE = 2  # any can be read (ISO 18004); choosing the best of eight takes six times longer
MARGE = 4  # white modules around the code
POINTS = 5  # pixels of a module: some 250 dpi at the size of the documents
DERNIERE = 40  # version of the largest code: 2 331 bytes
LONGUEUR_COURTE = 9  # last version whose length takes one byte
OCTETS = 4  # mode indicator: bytes
BOURRAGE = (0xEC, 0x11)
LARGEURS = str.maketrans({"0": "1" * POINTS, "1": "0" * POINTS})  # white is 1 in a PNG


def qr_png(texte: str) -> bytes:
    """The QR code of a text as a black and white PNG with its white margin, error correction M.

    The same text always gives the same bytes. Raise ValueError past 2 331 bytes.

    >>> qr_png("Bonjour")[:4]
    b'\x89PNG'
    """
    return _png(modules(texte))


def qr_svg(texte: str) -> str:
    """The QR code of a text as an SVG of one path, for a page; drawn by `qrcode`.

    >>> qr_svg("Bonjour")[:4]
    '<svg'
    """
    image = qrcode.make(texte, image_factory=SvgPathImage, border=MARGE)
    return str(image.to_string(encoding="unicode"))


def modules(texte: str) -> list[str]:
    """The rows of the code without its margin, one character a module, "1" for black."""
    octets = texte.encode()
    plan = _plan(_version(len(octets)))
    mots = _entrelacer(_mots(octets, plan), plan)
    flux = int.from_bytes(mots, "big") << plan.reste
    tout = plan.fixes + format(flux ^ plan.masque, f"0{plan.bits}b")
    places = "".join(plan.ranger(tout))
    cote = plan.cote
    return [places[rang : rang + cote] for rang in range(0, len(places), cote)]


class Plan(NamedTuple):
    """What a version fixes: the black and white of its patterns, the road and mask of its data."""

    cote: int
    longueur: int  # bits of the length field
    blocs: tuple[tuple[int, int], ...]  # (data words, correction words) of each block
    bits: int
    reste: int  # bits left over after the last word
    masque: int
    fixes: str
    ranger: Callable[[str], tuple[str, ...]]

    @property
    def capacite(self) -> int:
        return sum(donnees for donnees, _ in self.blocs)


def _version(taille: int) -> int:
    for version in range(1, DERNIERE + 1):
        entete = 2 if version <= LONGUEUR_COURTE else 3  # mode and length, rounded up
        if taille + entete <= sum(bloc.data_count for bloc in rs_blocks(version, ERROR_CORRECT_M)):
            return version
    raise ValueError("Ce texte est trop long pour un code QR.")


@cache
def _plan(version: int) -> Plan:
    grille = _patrons(version)
    cote = len(grille)
    route = [(y, x) for y, x in _route(cote) if grille[y][x] is None]
    masque = "".join("1" if mask_func(MASQUE)(y, x) else "0" for y, x in route)
    fixes = [(y, x) for y in range(cote) for x in range(cote) if grille[y][x] is not None]
    rangs = {place: rang for rang, place in enumerate([*fixes, *route])}
    blocs = tuple(
        (bloc.data_count, bloc.total_count - bloc.data_count)
        for bloc in rs_blocks(version, ERROR_CORRECT_M)
    )
    return Plan(
        cote=cote,
        longueur=8 if version <= LONGUEUR_COURTE else 16,
        blocs=blocs,
        bits=len(route),
        reste=len(route) - 8 * sum(map(sum, blocs)),
        masque=int(masque, 2),
        fixes="".join("1" if grille[y][x] else "0" for y, x in fixes),
        ranger=itemgetter(*(rangs[y, x] for y in range(cote) for x in range(cote))),
    )


def _patrons(version: int) -> list[list[bool | None]]:
    """The fixed patterns, with None where data goes."""
    code: Any = qrcode.QRCode(version, ERROR_CORRECT_M, mask_pattern=MASQUE)
    code.map_data = lambda *_: None
    code.makeImpl(False, MASQUE)  # noqa: FBT003 - its signature
    return code.modules


def _route(cote: int) -> Iterator[tuple[int, int]]:
    """The order of the bits: two columns at a time from the right, up then down."""
    for rang, droite in enumerate([*range(cote - 1, 6, -2), 5, 3, 1]):
        lignes = range(cote) if rang % 2 else range(cote - 1, -1, -1)
        yield from ((y, x) for y in lignes for x in (droite, droite - 1))


def _mots(octets: bytes, plan: Plan) -> bytes:
    """Mode, length, the bytes, the end, then padding up to the capacity."""
    entete = OCTETS << plan.longueur | len(octets)
    corps = int.from_bytes(octets, "big")
    utile = (4 + plan.longueur + 7) // 8 + len(octets)
    flux = (entete << 8 * len(octets) | corps) << 4
    manque = plan.capacite - utile
    return flux.to_bytes(utile, "big") + bytes(BOURRAGE * (manque // 2 + 1))[:manque]


def _entrelacer(mots: bytes, plan: Plan) -> bytes:
    """One word of each block in turn, then one correction word of each in turn."""
    donnees, corrections, debut = [], [], 0
    for taille, correction in plan.blocs:
        bloc = mots[debut : debut + taille]
        debut += taille
        donnees.append(bloc)
        corrections.append(_correction(bloc, correction))
    tours = chain.from_iterable(zip_longest(*donnees))
    suite = chain.from_iterable(zip(*corrections, strict=True))
    return bytes(mot for mot in tours if mot is not None) + bytes(suite)


def _correction(bloc: bytes, taille: int) -> bytes:
    """Reed-Solomon words of a block: the remainder of a division, a byte at a time."""
    table, haut, garde = _restes(taille), 8 * (taille - 1), (1 << 8 * taille) - 1
    reste = 0
    for mot in bloc:
        reste = (reste << 8 & garde) ^ table[reste >> haut ^ mot]
    return reste.to_bytes(taille, "big")


@cache
def _restes(taille: int) -> list[int]:
    """What each leading byte takes away: its product by the generator of `taille` words."""
    generateur = [1]
    for rang in range(taille):
        decale = [0, *(_produit(gexp(rang), mot) for mot in generateur)]
        generateur = [a ^ b for a, b in zip([*generateur, 0], decale, strict=True)]
    return [
        int.from_bytes(bytes(_produit(mot, coefficient) for coefficient in generateur[1:]), "big")
        for mot in range(256)
    ]


def _produit(a: int, b: int) -> int:
    return gexp(glog(a) + glog(b)) if a and b else 0


def _png(lignes: list[str]) -> bytes:
    """One bit a pixel; the rows of a module after its first one say "as above" (filter 2)."""
    vide, cote = "0" * MARGE, (len(lignes) + 2 * MARGE) * POINTS
    large = (cote + 7) // 8
    pareilles = (POINTS - 1) * (b"\2" + bytes(large))
    blanche = b"\0" + b"\xff" * large + pareilles
    noires = [b"\0" + _rangee(f"{vide}{ligne}{vide}", large) + pareilles for ligne in lignes]
    image = b"".join([MARGE * blanche, *noires, MARGE * blanche])
    entete = struct.pack(">IIBBBBB", cote, cote, 1, 0, 0, 0, 0)
    morceaux = [(b"IHDR", entete), (b"IDAT", zlib.compress(image)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_morceau(*morceau) for morceau in morceaux)


def _rangee(ligne: str, large: int) -> bytes:
    return int(ligne.translate(LARGEURS).ljust(8 * large, "1"), 2).to_bytes(large, "big")


def _morceau(genre: bytes, contenu: bytes) -> bytes:
    corps = genre + contenu
    return struct.pack(">I", len(contenu)) + corps + struct.pack(">I", zlib.crc32(corps))
