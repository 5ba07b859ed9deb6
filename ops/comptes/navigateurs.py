"""A browser's own description of itself (User-Agent), in the words of the office. Pure."""

from __future__ import annotations

# The first that fits: each browser also says the names of those after it
NAVIGATEURS = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("FxiOS", "Firefox"),
    ("Firefox", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
]
SYSTEMES = [
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Mac OS X", "Mac"),
    ("CrOS", "Chromebook"),
    ("Linux", "Linux"),
]


def en_clair(appareil: str) -> str:
    """The browser and its system; the name that a front end gives to its device, as it is.

    >>> en_clair("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko Firefox/145.0")
    'Firefox sur Windows'
    >>> en_clair("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18 Safari/604.1")
    'Safari sur iPhone'
    >>> en_clair("Mozilla/5.0 (TV)"), en_clair("Téléphone de Hugo"), en_clair("")
    ('navigateur', 'Téléphone de Hugo', 'appareil inconnu')
    """
    if not appareil.startswith("Mozilla/"):
        return appareil or "appareil inconnu"
    navigateur = _premier(NAVIGATEURS, appareil) or "navigateur"
    systeme = _premier(SYSTEMES, appareil)
    return f"{navigateur} sur {systeme}" if systeme else navigateur


def _premier(noms: list[tuple[str, str]], appareil: str) -> str:
    return next((nom for marque, nom in noms if marque in appareil), "")
