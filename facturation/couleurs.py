"""The firm's colour on its documents, always readable. Pure; colours are "#rrggbb"."""

from __future__ import annotations

import re

VERT = "#2c5a3a"  # the firm's own green, where it has chosen nothing
ENCRE, BLANC = "#1f2723", "#ffffff"
LISIBLE = 4.5  # contrast of a text, WCAG 2 AA
SOMBRE = 0.03928  # below it, a channel of sRGB is linear

Rvb = tuple[float, float, float]


def teintes(couleur: str) -> dict[str, str]:
    """What the style sheet draws with, from one colour; the firm's green if it is not one.

    `firme` fills heads of tables and `sur` is the text on it; `encre` is that colour dark enough
    for text on white, `pale` a ground for totals, `feuille` the light leaf of the mark.

    >>> teintes("#2c5a3a")["sur"], teintes("#ffd400")["sur"], teintes("red")["firme"]
    ('#ffffff', '#1f2723', '#2c5a3a')
    """
    firme = couleur.lower() if re.fullmatch(r"#[0-9a-fA-F]{6}", couleur) else VERT
    return {
        "firme": firme,
        "sur": max(BLANC, ENCRE, key=lambda texte: contraste(texte, firme)),
        "encre": _assombrir(firme),
        "pale": _meler(firme, part=0.1),
        "feuille": _meler(firme, part=0.5),
    }


def contraste(une: str, autre: str) -> float:
    """How much two colours differ to the eye, 1 to 21 (WCAG 2).

    >>> round(contraste("#000000", "#ffffff")), round(contraste("#2c5a3a", "#ffffff"), 1)
    (21, 8.0)
    """
    sombre, clair = sorted([_luminance(une), _luminance(autre)])
    return (clair + 0.05) / (sombre + 0.05)


def _luminance(couleur: str) -> float:
    rouge, vert, bleu = (_lineaire(canal / 255) for canal in _canaux(couleur))
    return 0.2126 * rouge + 0.7152 * vert + 0.0722 * bleu


def _lineaire(canal: float) -> float:
    return canal / 12.92 if canal <= SOMBRE else ((canal + 0.055) / 1.055) ** 2.4


def _assombrir(couleur: str) -> str:
    """The same hue, dark enough to be read on white.

    >>> _assombrir("#2c5a3a"), contraste(_assombrir("#ffd400"), BLANC) >= LISIBLE
    ('#2c5a3a', True)
    """
    while contraste(couleur, BLANC) < LISIBLE:
        rouge, vert, bleu = _canaux(couleur)
        couleur = _ecrire((rouge * 0.92, vert * 0.92, bleu * 0.92))
    return couleur


def _meler(couleur: str, *, part: float) -> str:
    """So much of the colour in white.

    >>> _meler("#000000", part=0.1)
    '#e6e6e6'
    """
    rouge, vert, bleu = (canal * part + 255 * (1 - part) for canal in _canaux(couleur))
    return _ecrire((rouge, vert, bleu))


def _canaux(couleur: str) -> Rvb:
    return int(couleur[1:3], 16), int(couleur[3:5], 16), int(couleur[5:7], 16)


def _ecrire(canaux: Rvb) -> str:
    return "#" + "".join(f"{round(canal):02x}" for canal in canaux)
