"""The drawing of QR codes, held against the library that draws any of them."""

from io import BytesIO

import pytest
import qrcode
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import MODE_8BIT_BYTE, QRData

from artjardin.qr import MARGE, MASQUE, POINTS, modules, qr_png


def modules_de_reference(texte):
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, mask_pattern=MASQUE, border=0)
    code.add_data(QRData(texte.encode(), mode=MODE_8BIT_BYTE))
    code.make()
    return ["".join("1" if noir else "0" for noir in ligne) for ligne in code.modules]


@pytest.mark.parametrize(
    "taille", [1, 14, 15, 26, 27, 106, 122, 123, 180, 181, 213, 214, 331, 332, 700, 2331]
)
def test_every_size_has_the_modules_of_the_library(taille):
    texte = ("BCD e 12" * 400)[:taille]

    assert modules(texte) == modules_de_reference(texte)


@settings(max_examples=40, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=90))
def test_any_text_has_the_modules_of_the_library(texte):
    assert modules(texte) == modules_de_reference(texte)


def test_the_image_shows_the_modules_within_a_white_margin():
    lignes = modules("Bonjour")

    with Image.open(BytesIO(qr_png("Bonjour"))) as image:
        image.load()
        cote = (len(lignes) + 2 * MARGE) * POINTS
        assert (image.mode, image.size) == ("1", (cote, cote))
        for y in range(cote):
            for x in range(cote):
                colonne, ligne = x // POINTS - MARGE, y // POINTS - MARGE
                dedans = min(colonne, ligne) >= 0 and max(colonne, ligne) < len(lignes)
                noir = dedans and lignes[ligne][colonne] == "1"
                assert bool(image.getpixel((x, y))) is not noir


def test_the_same_text_gives_the_same_bytes():
    assert qr_png("Bonjour") == qr_png("Bonjour")
    assert qr_png("Bonjour") != qr_png("Bonsoir")


def test_a_text_too_long_is_refused():
    with pytest.raises(ValueError, match="trop long"):
        qr_png("x" * 2332)
