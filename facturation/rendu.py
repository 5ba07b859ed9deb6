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

from django.conf import settings
from django.template.loader import render_to_string
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

POLICES: Path = settings.RACINE / "artjardin" / "static" / "artjardin" / "polices"
STYLE: Path = settings.RACINE / "templates" / "pdf" / "style.css"
_verrou = Lock()


class SansReseau(URLFetcher):
    """Reads the fonts of the repository and data: URIs; anything else stops the rendering."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=["data", "file"], allow_redirects=False)

    def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
        if not url.startswith(("data:", f"{POLICES.as_uri()}/")) or ".." in url:
            raise FatalURLFetchingError(f"Adresse refusée dans un PDF : {url[:200]}")
        return super().fetch(url, headers)


def html_en_pdf(gabarit: str, contexte: Mapping[str, Any]) -> bytes:
    """Render a template of `templates/` as PDF/A-3b, tagged French, titled by its <title>."""
    html = render_to_string(gabarit, dict(contexte))
    with _verrou:
        style, polices = _style()
        return HTML(string=html, base_url=None, url_fetcher=SansReseau()).write_pdf(
            stylesheets=[style], font_config=polices, pdf_variant="pdf/a-3b"
        )


@cache
def _style() -> tuple[CSS, FontConfiguration]:
    polices = FontConfiguration()
    css = STYLE.read_text(encoding="utf-8")
    style = CSS(
        string=css,
        base_url=f"{POLICES.as_uri()}/",
        url_fetcher=SansReseau(),
        font_config=polices,
    )
    return style, polices
