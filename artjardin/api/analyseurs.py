"""JSON bodies, refused before they can hurt: endless numbers, lists and depth, no Unicode."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

PROFONDEUR_MAX = 32
LONGUEUR_MAX = 2_000  # of one list or object: each of its values may cost a query


class JSONSain(JSONParser):
    """The standard parser, whose result can always be walked, stored and written again."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            donnees = super().parse(stream, media_type, parser_context)
        except ParseError as erreur:
            raise ParseError("Le corps de la demande n'est pas un JSON lisible.") from erreur
        except RecursionError as erreur:
            raise ParseError("JSON trop imbriqué.") from erreur
        _verifier(donnees)
        return donnees


def _verifier(donnees: Any) -> None:
    etage = [donnees]
    for _ in range(PROFONDEUR_MAX):
        for valeur in etage:
            _verifier_valeur(valeur)
        etage = [dessous for valeur in etage for dessous in _contenu(valeur)]
        if not etage:
            return
    raise ParseError("JSON trop imbriqué.")


def _verifier_valeur(valeur: Any) -> None:
    if isinstance(valeur, float) and not isfinite(valeur):
        raise ParseError("Nombre trop grand.")
    if isinstance(valeur, str):
        try:
            valeur.encode()
        except UnicodeEncodeError as erreur:
            raise ParseError("Texte qui n'est pas de l'Unicode.") from erreur


def _contenu(valeur: Any) -> list[Any]:
    if isinstance(valeur, dict | list) and len(valeur) > LONGUEUR_MAX:
        raise ParseError(f"Une liste de plus de {LONGUEUR_MAX} valeurs.")
    if isinstance(valeur, dict):
        return [*valeur.keys(), *valeur.values()]
    return valeur if isinstance(valeur, list) else []
