"""The code of a bank transfer: its text, and its drawing read back module by module."""

import re
from decimal import Decimal
from io import BytesIO
from itertools import zip_longest

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from qrcode.base import rs_blocks
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import mask_func, pattern_position

from artjardin.qr import MARGE, POINTS, qr_png
from facturation.epc import OCTETS, epc

IBAN = "FR76 3000 6000 0112 3456 7890 189"
CHAMPS = {"nom": "Art & Jardin", "iban": IBAN, "bic": "AGRIFRPP", "reference": "FAC-2026-0001"}
MONTANTS = st.decimals(min_value="0.01", max_value="999999999.99", places=2)
TEXTES = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def payer(montant="12.30", **champs):
    return epc(montant=Decimal(montant), **CHAMPS | champs)


def test_the_text_has_the_eleven_lines_of_the_standard():
    assert payer().split("\n") == [
        "BCD",
        "002",
        "1",
        "SCT",
        "AGRIFRPP",
        "Art & Jardin",
        "FR7630006000011234567890189",
        "EUR12.30",
        "",
        "",
        "FAC-2026-0001",
    ]


@pytest.mark.parametrize("montant", ["0", "0.00", "-5", "1000000000"])
def test_an_amount_that_no_transfer_carries_has_no_code(montant):
    assert payer(montant) == ""


@pytest.mark.parametrize("absent", ["nom", "iban"])
def test_a_code_needs_a_name_and_an_account(absent):
    assert payer(**{absent: " "}) == ""
    assert payer(bic="") != ""


def test_a_text_too_long_for_version_13_has_no_code():
    assert payer(nom="\N{DECIDUOUS TREE}" * 70, reference="é" * 140) == ""


@given(montant=MONTANTS, nom=TEXTES, reference=TEXTES)
def test_no_field_ever_breaks_the_lines(montant, nom, reference):
    texte = epc(montant=montant, **CHAMPS | {"nom": nom, "reference": reference})
    if not texte:
        return
    lignes = texte.split("\n")
    assert len(lignes) == 11
    assert len(lignes[5]) <= 70
    assert len(lignes[10]) <= 140
    assert len(texte.encode()) <= OCTETS
    assert re.fullmatch(r"EUR\d{1,9}\.\d\d", lignes[7])
    assert Decimal(lignes[7].removeprefix("EUR")) == montant


@pytest.mark.parametrize(
    "champs",
    [
        {},
        {"nom": "Élagage de l'Œuvre", "reference": "FAC-2026-12345"},
        {"nom": "n" * 70, "reference": "r" * 140},
    ],
)
def test_the_drawing_reads_back_as_its_text(champs):
    texte = payer(**champs)
    assert decoder(dessin(qr_png(texte))) == texte


def test_the_drawing_is_small_within_a_white_margin():
    png = qr_png(payer())
    with Image.open(BytesIO(png)) as image:
        assert (image.mode, image.size) == ("1", (49 * POINTS, 49 * POINTS))
        assert image.crop((0, 0, 49 * POINTS, MARGE * POINTS)).getextrema() == (255, 255)
    assert len(png) < 2000


def dessin(png):
    """The modules that a drawing fills, read at their centre."""
    with Image.open(BytesIO(png)) as image:
        cote = image.width // POINTS - 2 * MARGE
        return [
            [not image.getpixel(((x + MARGE) * POINTS + 2, (y + MARGE) * POINTS + 2))
             for x in range(cote)]
            for y in range(cote)
        ]  # fmt: skip


def decoder(modules):
    """The text of a code in byte mode, error correction M, without repair (ISO/IEC 18004)."""
    cote = len(modules)
    version = (cote - 17) // 4
    trajet = [(8, x) for x in (0, 1, 2, 3, 4, 5, 7, 8)] + [(y, 8) for y in (7, 5, 4, 3, 2, 1, 0)]
    forme = en_nombre(modules[y][x] for y, x in trajet) ^ 0b101010000010010
    assert forme >> 13 == ERROR_CORRECT_M
    masque, reserves = mask_func(forme >> 10 & 7), modules_reserves(cote, version)
    bits = [modules[y][x] ^ masque(y, x) for y, x in zigzag(cote) if (y, x) not in reserves]
    mots = [en_nombre(bits[rang : rang + 8]) for rang in range(0, len(bits) - 7, 8)]
    donnees = en_bits(desentrelacer(mots, version))
    assert en_nombre(donnees[:4]) == 4  # bytes
    taille = 8 if version < 10 else 16
    longueur = en_nombre(donnees[4 : 4 + taille])
    utiles = donnees[4 + taille : 4 + taille + 8 * longueur]
    return bytes(en_nombre(utiles[i : i + 8]) for i in range(0, len(utiles), 8)).decode()


def modules_reserves(cote, version):
    """Corners with their format, timing, alignment and version: everything but data."""
    coins = [(0, 0, 9, 9), (0, cote - 8, 9, 8), (cote - 8, 0, 8, 9)]
    lignes = [(6, 0, 1, cote), (0, 6, cote, 1)]
    centres = pattern_position(version)
    bouts = {(6, 6), (6, centres[-1]), (centres[-1], 6)}
    mires = [(y - 2, x - 2, 5, 5) for y in centres for x in centres if (y, x) not in bouts]
    versions = [(0, cote - 11, 6, 3), (cote - 11, 0, 3, 6)] if version >= 7 else []
    return {
        (y + dy, x + dx)
        for y, x, haut, large in [*coins, *lignes, *mires, *versions]
        for dy in range(haut)
        for dx in range(large)
    }


def zigzag(cote):
    """The order of the modules: two columns at a time from the right, up then down."""
    colonnes = [*range(cote - 1, 6, -2), 5, 3, 1]
    for rang, droite in enumerate(colonnes):
        lignes = range(cote) if rang % 2 else range(cote - 1, -1, -1)
        yield from ((y, x) for y in lignes for x in (droite, droite - 1))


def desentrelacer(mots, version):
    """The data of each block, one after the other, from words sent in turn."""
    tailles = [bloc.data_count for bloc in rs_blocks(version, ERROR_CORRECT_M)]
    blocs, suite = [[] for _ in tailles], iter(mots)
    for rangee in zip_longest(*(range(taille) for taille in tailles)):
        for bloc, present in zip(blocs, rangee, strict=True):
            if present is not None:
                bloc.append(next(suite))
    return [mot for bloc in blocs for mot in bloc]


def en_bits(mots):
    return [mot >> rang & 1 for mot in mots for rang in range(7, -1, -1)]


def en_nombre(bits):
    return int("".join("1" if bit else "0" for bit in bits), 2)
