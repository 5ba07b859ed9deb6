"""Security headers: a strict content policy, relaxed only where unfold and Swagger need it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

STRICTE = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
ADMIN = f"{STRICTE}; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'"
# Swagger UI and the browsable API start themselves from inline code, without any CDN
DOCS = f"{STRICTE}; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'"


def entetes_de_securite(
    suite: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    def poser(requete: HttpRequest) -> HttpResponse:
        reponse = suite(requete)
        reponse.headers.setdefault("Content-Security-Policy", _politique(requete.path, reponse))
        if not requete.path.startswith("/static/"):
            reponse.headers.setdefault("Cache-Control", "no-store")
        return reponse

    return poser


def _politique(chemin: str, reponse: HttpResponse) -> str:
    if chemin.startswith(("/admin/", "/acces/")):
        return ADMIN
    html = reponse.headers.get("Content-Type", "").startswith("text/html")
    return DOCS if chemin.startswith("/api/") and html else STRICTE
