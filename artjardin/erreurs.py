"""Errors of the trade, in French, with a code for machines. Pure."""

from collections.abc import Mapping, Sequence
from datetime import timedelta


class ErreurMetier(Exception):
    """A refusal that a person can understand. `champs` maps a field to its messages."""

    code = "erreur"

    def __init__(
        self, message: str, *, champs: Mapping[str, Sequence[str]] | None = None, code: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.champs = {champ: list(textes) for champ, textes in (champs or {}).items()}
        self.code = code or self.code


class Invalide(ErreurMetier):
    """The input is wrong: HTTP 400."""

    code = "invalide"


class Conflit(ErreurMetier):
    """The state of the data refuses: HTTP 409."""

    code = "conflit"


class Indisponible(ErreurMetier):
    """A service or a document is not ready yet, try again: HTTP 503."""

    code = "indisponible"


class Interdit(ErreurMetier):
    """This person may not, or not yet: HTTP 403."""

    code = "interdit"


class TropDeDemandes(ErreurMetier):
    """Too many in too short a time, try again after `attente`: HTTP 429."""

    code = "trop_de_demandes"

    def __init__(self, message: str, *, attente: timedelta, code: str = "") -> None:
        super().__init__(message, code=code)
        self.attente = attente
