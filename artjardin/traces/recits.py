"""Errors as the log tells them: where and of what kind, and the message only when it names nobody.

The message of an error holds what somebody typed, or a row of the database: a KeyError its key, an
integrity error the address that is taken. The line of code is shown, and says what was meant.
"""

from __future__ import annotations

import traceback
from types import TracebackType
from typing import Any

import psycopg
from django.core.exceptions import AppRegistryNotReady, FieldError, ImproperlyConfigured
from django.db import Error as ErreurDeBase
from django.template import TemplateDoesNotExist
from structlog.typing import EventDict

from artjardin.erreurs import ErreurMetier
from artjardin.traces.masques import LONGUEUR, epurer

CADRES = 30  # the last ones
MAILLONS = 8
# Their messages name code, or machines
PARLANTES: tuple[type[Exception], ...] = (
    *(AppRegistryNotReady, FieldError, ImproperlyConfigured, TemplateDoesNotExist),
    *(AttributeError, ImportError, MemoryError, NameError, RecursionError),
)
PAQUETS = {
    "billiard",
    "boto3",
    "botocore",
    "celery",
    "kombu",
    "psycopg_pool",
    "redis",
    "s3transfer",
}
PAQUETS |= {"socket", "ssl", "urllib3"}
DONNEES = "22"  # class of SQLSTATE: the message quotes a value that PostgreSQL cannot read


def dire(erreur: BaseException) -> str:
    """One line: the kind of error, and what may be told of it.

    >>> dire(KeyError("Durand")), dire(ConnectionRefusedError(111, "Connection refused"))
    ('KeyError', 'ConnectionRefusedError : Connection refused')
    """
    genre = type(erreur)
    module = "" if genre.__module__ == "builtins" else f"{genre.__module__}."
    detail = epurer(" ".join(_detail(erreur).split()), longueur=500)
    return f"{module}{genre.__qualname__}{' : ' if detail else ''}{detail}"


def _detail(erreur: BaseException) -> str:
    match erreur:
        case ErreurMetier():
            return erreur.code
        case psycopg.Error():
            return _de_psycopg(erreur)
        case ErreurDeBase():
            cause = erreur.__cause__
            return _de_psycopg(cause) if isinstance(cause, psycopg.Error) else ""
        case OSError() if erreur.strerror and type(erreur).__module__ in {"builtins", "socket"}:
            return erreur.strerror
    paquet = type(erreur).__module__.partition(".")[0]
    return str(erreur) if isinstance(erreur, PARLANTES) or paquet in PAQUETS else ""


def _de_psycopg(erreur: psycopg.Error) -> str:
    """The constraint, the server; never the values, which come below the first line."""
    etat, message = erreur.sqlstate or "", erreur.diag.message_primary
    if etat.startswith(DONNEES) or isinstance(erreur, psycopg.DataError):
        return etat
    return f"{etat} {message or str(erreur).partition(chr(10))[0]}"


def recit(erreur: BaseException, trace: TracebackType | None) -> str:
    """The story of an error, causes first, as Python tells it; without any value of a variable."""
    parties: list[str] = []
    courante: BaseException | None = erreur
    while courante is not None and len(parties) < MAILLONS:
        cadres = traceback.extract_tb(trace if courante is erreur else courante.__traceback__)
        parties.append("".join([*traceback.format_list(cadres[-CADRES:]), dire(courante)]))
        cachee = courante.__suppress_context__
        courante = courante.__cause__ or (None if cachee else courante.__context__)
    return epurer("\n\n… d'où :\n".join(reversed(parties)), longueur=4 * LONGUEUR)


def avec_le_recit(_journal: Any, _methode: str, ligne: EventDict) -> EventDict:
    """Processor of structlog: `exc_info` becomes the text `exception`."""
    exc_info = ligne.pop("exc_info", None)
    if isinstance(exc_info, BaseException):
        ligne["exception"] = recit(exc_info, exc_info.__traceback__)
    elif isinstance(exc_info, tuple) and exc_info[1] is not None:
        ligne["exception"] = recit(exc_info[1], exc_info[2])
    return ligne
