"""Security headers: a strict content policy, relaxed only where unfold and Swagger need it."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

DE_BASE = (
    "default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self'"
)
STRICTE = f"{DE_BASE}; object-src 'none'"
# Alpine, in unfold, makes functions of what the templates say; both it and Swagger set styles
ADMIN = f"{STRICTE}; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'"
DOCS = f"{STRICTE}; style-src 'self' 'unsafe-inline'"
DU_BUREAU = ("/admin/", "/acces/")
AUTRES = {
    "X-Frame-Options": "DENY",  # Django's own comes after what refuses early
    # What no page of ours asks of a browser
    "Permissions-Policy": (
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
    ),
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
}


def entetes_de_securite(
    suite: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """The first middleware: on every answer, refusals included. A view may say stricter."""

    def poser(requete: HttpRequest) -> HttpResponse:
        reponse = suite(requete)
        reponse.headers.setdefault("Content-Security-Policy", _politique(requete.path, reponse))
        for nom, valeur in AUTRES.items():
            reponse.headers.setdefault(nom, valeur)
        if not requete.path.startswith("/static/"):
            reponse.headers.setdefault("Cache-Control", "no-store")
        return reponse

    return poser


def _politique(chemin: str, reponse: HttpResponse) -> str:
    genre = reponse.headers.get("Content-Type", "")
    if genre == "application/pdf":
        return DE_BASE  # browsers show it by an object of their own
    if chemin.startswith(DU_BUREAU):
        return ADMIN
    return DOCS if chemin.startswith("/api/") and genre.startswith("text/html") else STRICTE
