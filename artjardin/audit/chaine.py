"""How an entry of the journal is hashed, as SQL: written here once, for the trigger and the check.

The check never calls a function stored in the database: its owner could have replaced it. Pure.
"""

from __future__ import annotations

FORMAT = 1  # of the text below; an older link keeps its own
VERROU = (0x6A6F7572, 1)  # advisory lock, two keys: the space of `exclusif` has only one
COLONNES = [
    "acteur_id", "acteur_nom", "action", "objet_type", "objet_id", "objet_nom",
    "avant", "apres", "details", "requete",
]  # fmt: skip


def texte(entree: str) -> str:
    """The canonical text of the row that SQL calls `entree`, the same whatever the session's
    time zone and formats.

    jsonb orders the keys itself; times are in UTC with their microseconds.
    """
    valeurs = {
        "format": str(FORMAT),
        "id": f"{entree}.id",
        "le": f"""to_char({entree}.le AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')""",
        "adresse": f"text({entree}.adresse)",
    } | {colonne: f"{entree}.{colonne}" for colonne in COLONNES}
    paires = ", ".join(f"'{nom}', {valeur}" for nom, valeur in valeurs.items())
    return f"jsonb_build_object({paires})::text"


def empreinte(entree: str, *, precedent: str) -> str:
    """SQL of the SHA-256, in hexadecimal, of the previous hash and of the row `entree`."""
    return f"encode(sha256(convert_to({precedent} || {texte(entree)}, 'UTF8')), 'hex')"


ENCHAINER = f"""
    PERFORM pg_advisory_xact_lock({VERROU[0]}, {VERROU[1]});
    SELECT rang, sha256 INTO dernier FROM audit_maillon ORDER BY rang DESC LIMIT 1;
    INSERT INTO audit_maillon (rang, entree_id, precedent, sha256, format) VALUES (
        coalesce(dernier.rang, 0) + 1, NEW.id, coalesce(dernier.sha256, ''),
        {empreinte("NEW", precedent="coalesce(dernier.sha256, '')")}, {FORMAT}
    );
    RETURN NULL;
"""  # noqa: S608 - constants only
