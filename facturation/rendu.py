"""HTML templates to PDF/A, with the fonts of the repository and nothing from outside.

WeasyPrint shares fonts and parsed CSS per process. It is not thread-safe, so a lock keeps the
threads of a web process apart; load is spread over worker processes.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any
from unicodedata import category

from django.conf import settings
from django.template.loader import render_to_string
from fontTools.ttLib import TTFont
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from facturation.couleurs import VERT, teintes
from facturation.models import Logo

POLICES: Path = settings.RACINE / "artjardin" / "static" / "artjardin" / "polices"
GABARITS: Path = settings.RACINE / "templates" / "pdf"
PICTOGRAMMES = frozenset({"So", "Sk"})  # with skin tones
LIANTS = frozenset("\N{ZERO WIDTH JOINER}\N{VARIATION SELECTOR-15}\N{VARIATION SELECTOR-16}")
FEUILLES = ("elements.css", "style.css", "pieces.css")
_verrou = Lock()


class SansReseau(URLFetcher):
    """Reads the fonts of the repository and data: URIs; anything else stops the rendering."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=["data", "file"], allow_redirects=False)

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        if not url.startswith(("data:", f"{POLICES.as_uri()}/")) or ".." in url:
            raise FatalURLFetchingError(f"Adresse refusée dans un PDF : {url[:200]}")
        return super().fetch(url, headers)


class SansNavigateur(HTML):
    """A page without the style sheet of browsers: elements.css says what ours needs of it.

    Trying all its rules on each cell took a tenth of the time of a document.
    """

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:  # noqa: FBT001, FBT002 (inherited)
        return []


def html_en_pdf(gabarit: str, contexte: Mapping[str, Any]) -> bytes:
    """Render a template of `templates/` as PDF/A-3b, tagged French, titled by its <title>."""
    html = sans_pictogrammes(en_html(gabarit, contexte))
    with _verrou:
        styles, polices = _style()
        page = SansNavigateur(string=html, base_url=None, url_fetcher=SansReseau())
        return page.write_pdf(stylesheets=styles, font_config=polices, pdf_variant="pdf/a-3b")


def sans_pictogrammes(texte: str) -> str:
    """Without the emoji and symbols that our fonts cannot draw: they would print as empty boxes,
    and a PDF/A has no missing glyph. Letters are never taken out.

    >>> sans_pictogrammes("Haie \N{EVERGREEN TREE}\ufe0f 20 °C, élagage \N{SHAMROCK}")
    'Haie  20 °C, élagage '
    """
    if texte.isascii():
        return texte
    return "".join(c for c in texte if not (_est_pictogramme(c) and ord(c) not in _dessines()))


def _est_pictogramme(caractere: str) -> bool:
    return category(caractere) in PICTOGRAMMES or caractere in LIANTS


@cache
def _dessines() -> frozenset[int]:
    """The code points that the fonts of the repository draw."""
    chemin = POLICES / "SourceSansPro-Regular.ttf"
    with TTFont(chemin, lazy=True) as police:
        return frozenset(police.getBestCmap())


def en_html(gabarit: str, contexte: Mapping[str, Any]) -> str:
    """Write a document in the colour and under the logo that its `emetteur` has frozen.

    Firms frozen before these settings existed have neither: green, and the leaf.
    """
    emetteur = contexte["emetteur"]
    habit = {
        "teintes": teintes(emetteur.get("couleur") or VERT),
        "logo": logo_en_uri(emetteur.get("logo")),
    }
    return render_to_string(gabarit, {**contexte, **habit})


def logo_en_uri(pk: int | None) -> str:
    """The logo as a data: address, "" without one."""
    return "" if pk is None else Logo.uri(pk)


@cache
def _style() -> tuple[list[CSS], FontConfiguration]:
    polices = FontConfiguration()
    styles = [
        CSS(
            string=(GABARITS / feuille).read_text(encoding="utf-8"),
            base_url=f"{POLICES.as_uri()}/",
            url_fetcher=SansReseau(),
            font_config=polices,
        )
        for feuille in FEUILLES
    ]
    return styles, polices
