"""The reader of docs/roles.md: it lets no route pass in silence."""

import pytest

from tests.artjardin.matrice import FICHIER, Document, ecarts, rediger

SORTS = {"oui": ["oui"] * 4, "non": ["401", "403", "403", "oui"], "405": ["401", *["405"] * 3]}
TEXTE = """Texte.

<!-- sinon -->

| Sinon | Anonyme | Employé | Comptable | Patron |
|---|---|---|---|---|
| API | 401 | 405 | 405 | 405 |
| pages | 405 | 405 | 405 | 405 |

<!-- routes: /api/ -->

| Route | Méthodes | Anonyme | Employé | Comptable | Patron |
|---|---|---|---|---|---|
| `/api/{a,b}/` | GET | oui | oui | oui | oui |

<!-- profils -->

<!-- pages -->

Fin.
"""
MESURES = {
    ("/api/a/", "GET"): SORTS["oui"],
    ("/api/a/", "POST"): SORTS["405"],
    ("/api/b/", "GET"): SORTS["oui"],
}


def fautes(**ecartees):
    return ecarts(MESURES | ecartees.pop("mesures", {}), Document(TEXTE))


def test_what_it_says_is_enough():
    assert fautes() == []


@pytest.mark.parametrize(
    ("mesures", "phrase"),
    [
        ({("/api/c/", "GET"): SORTS["non"]}, "absente, à ajouter : | `/api/c/` | GET | 401 | 403"),
        ({("/api/c/", "GET"): SORTS["405"]}, "sans aucune ligne : /api/c/"),
        ({("/api/a/", "GET"): SORTS["non"]}, "à corriger (dit ['oui', 'oui', 'oui', 'oui']) : | "),
        ({("/api/a/", "POST"): SORTS["oui"]}, "à corriger (dit ['401', '405', '405', '405'])"),
    ],
)
def test_a_route_that_it_does_not_say_so_fails_with_the_line_to_write(mesures, phrase):
    assert any(faute.startswith(phrase) for faute in fautes(mesures=mesures))


def test_a_line_without_a_route_fails():
    mesures = {route: sorts for route, sorts in MESURES.items() if route[0] != "/api/b/"}

    assert ecarts(mesures, Document(TEXTE)) == ["n'existe plus, à retirer : GET /api/b/"]


def test_a_route_said_twice_fails():
    double = TEXTE.replace("`/api/{a,b}/` | GET", "`/api/{a,a}/` | GET")

    with pytest.raises(AssertionError, match="dit deux fois"):
        Document(double).matrice()


def test_a_route_that_no_table_takes_fails():
    with pytest.raises(AssertionError, match="ne prend /ailleurs"):
        rediger({("/ailleurs", "GET"): SORTS["oui"]}, Document(TEXTE))


def test_what_is_written_says_what_was_measured_and_keeps_the_text():
    nouvelles = {
        ("/api/c/", "GET"): SORTS["non"],
        ("/api/c/", "POST"): SORTS["non"],
        ("/api/live", "GET"): SORTS["oui"],
        ("/api/{pk}/d/", "GET"): SORTS["oui"],
    } | {
        (f"/admin/a/m/{page}", methode): ["connexion", "403", "oui", "oui"]
        for page in ("", "add/", "{id}/", "{id}/change/", "{id}/delete/", "{id}/history/")
        for methode in ("GET", "POST")
    }
    texte = rediger(MESURES | nouvelles, Document(TEXTE))

    assert ecarts(MESURES | nouvelles, Document(texte)) == []
    assert "| `/api/c/` | GET POST | 401 | 403 | 403 | oui |" in texte
    assert "| `/api/live` | GET |" in texte
    assert "| `a/m` | profil 1 | profil 2 | profil 3 | profil 3 |" in texte
    assert (texte[:6], texte[-5:]) == ("Texte.", "Fin.\n")
    assert rediger(MESURES | nouvelles, Document(texte)) == texte


def test_the_readable_table_comes_first():
    texte = FICHIER.read_text(encoding="utf-8")

    assert texte.index("| clients |") < texte.index("<!-- routes")
