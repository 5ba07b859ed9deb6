"""Typed reading of environment variables, for settings.py alone."""

import os
from collections.abc import Sequence
from pathlib import Path

lues: set[str] = set()


def texte(nom: str, defaut: str = "") -> str:
    """Read a variable, or the file named by NOM_FILE (Docker secrets)."""
    lues.add(nom)
    if chemin := os.environ.get(f"{nom}_FILE"):
        return Path(chemin).read_text(encoding="utf-8").strip()
    return os.environ.get(nom, defaut).strip()


def des_programmes() -> dict[str, str]:
    """What the programs that we start keep of our environment: no secret of ours."""
    return {nom: os.environ[nom] for nom in ("PATH", "HOME", "LANG", "TMPDIR") if nom in os.environ}


def entier(nom: str, defaut: int) -> int:
    valeur = texte(nom, str(defaut))
    if not valeur.lstrip("-").isdigit():
        raise SystemExit(f"{nom} doit être un nombre entier, pas « {valeur} ».")
    return int(valeur)


def choix(nom: str, defaut: str, permis: Sequence[str]) -> str:
    valeur = texte(nom) or defaut
    if valeur not in permis:
        raise SystemExit(f"{nom} doit être {' ou '.join(permis)}, pas « {valeur} ».")
    return valeur


def booleen(nom: str, *, defaut: bool) -> bool:
    return texte(nom, "1" if defaut else "0").lower() in {"1", "true", "oui", "yes"}


def liste(nom: str, defaut: str = "") -> list[str]:
    return [partie.strip() for partie in texte(nom, defaut).split(",") if partie.strip()]
