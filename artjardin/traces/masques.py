"""What no line of the log may hold: the secrets of this installation, what reaches a person."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any
from urllib.parse import unquote, urlsplit

from structlog.typing import EventDict

CACHE = "•••"
LONGUEUR = 4000  # of an event; a story of an error may be four times as long
COURT = 6  # a shorter secret would mask ordinary words
# Whatever they hold, by the name under which it is given
CLEFS = re.compile(
    r"(?i)(adresse|authori[sz]ation|bic|code|cookie|courriel|e_?mail|iban|jeton|mot_?de_?passe|nom|"
    r"passw(or)?d|portable|prenom|raison_sociale|secret|telephone|token)s?"
)
# Written by us alone, of words of the code: nothing is looked for there
SURES = {"chemin", "level", "logger", "methode", "requete", "tache", "tache_id", "timestamp", "vue"}
# What PostgreSQL adds below the first line of an error quotes the row, or the statement
SUITE_SQL = re.compile(r"(?ms)\s*^\s*(?:DETAIL|HINT|CONTEXT|QUERY|STATEMENT|LINE \d+):.*")
MOTIFS = [
    (re.compile(r"(://)[^\s/@]*:[^\s/@]*@"), rf"\1{CACHE}@"),  # of an address with its password
    (re.compile(r"(/(?:acces|reglement)/)[^\s/?#\"'<>]+"), rf"\1{CACHE}"),
    (re.compile(r"([?&][\w.-]+=)[^\s&#\"'<>]+"), rf"\1{CACHE}"),  # the values of a query string
    (re.compile(r"(?i)\b(bearer|basic|token)\s+[\w.~+/=-]{8,}"), rf"\1 {CACHE}"),
    (re.compile(r"AGE-SECRET-KEY-\w+"), CACHE),
    (re.compile(r"\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*"), CACHE),  # a JWT
    (re.compile(r"\bajk_[\w-]+"), CACHE),
    # A random text of ours (accounts/jetons.py); a hash, of small letters only, is none
    (re.compile(r"(?<![\w-])(?=[\w-]*[A-Z])(?=[\w-]*[a-z])(?=[\w-]*\d)[\w-]{40,}"), CACHE),
    (re.compile(r"[^\s@<>()\[\]{}\"'`,;:=/«»|]{1,64}@[\w-]+(?:\.[\w-]+)+"), CACHE),
    (re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"), CACHE),  # IBAN
    (
        re.compile(r"(?<![\w.+-])(?:(?:\+|00)33 ?(?:\(0\) ?)?|0)[1-9](?:[ .-]?\d\d){4}(?![\w-])"),
        CACHE,
    ),
]


def masquer(_journal: Any, _methode: str, ligne: EventDict) -> EventDict:
    """Processor of structlog: every value of the line, whatever its depth."""
    return {clef: dit if clef in SURES else _valeur(clef, dit) for clef, dit in ligne.items()}


def _valeur(clef: str, dit: Any) -> Any:
    """JSON of it; what is neither a number nor a text is only named by its type."""
    match dit:
        case None | bool() | int() | float():
            return dit
        case str():
            return CACHE if CLEFS.fullmatch(clef) else epurer(dit)
        case Mapping():
            return {str(nom): _valeur(str(nom), partie) for nom, partie in dit.items()}
        case list() | tuple() | set() | frozenset():
            return [_valeur(clef, partie) for partie in dit]
        case _:
            return f"<{type(dit).__name__}>"


def epurer(texte: str, *, longueur: int = LONGUEUR) -> str:
    """The text without what may not be written.

    >>> epurer("refus de jean@exemple.fr, 06 12 34 56 78 : /acces/12-3.abc/?suite=x")
    'refus de •••, ••• : /acces/•••/?suite=•••'
    """
    texte = SUITE_SQL.sub("", texte[: 4 * longueur])
    if secrets := _secrets():
        texte = secrets.sub(CACHE, texte)
    for motif, rempli in MOTIFS:
        texte = motif.sub(rempli, texte)
    return texte if len(texte) <= longueur else f"{texte[:longueur]}…"


@cache
def _secrets() -> re.Pattern[str] | None:
    """Those of the configuration, the longest first; None without any."""
    connus = sorted({secret for secret in _configures() if len(secret) >= COURT}, key=len)
    return re.compile("|".join(map(re.escape, reversed(connus)))) if connus else None


def _configures() -> Iterator[str]:
    from artjardin import settings  # noqa: PLC0415 - they configure the log while they load

    yield from (settings.SECRET_KEY, settings.S3_SECRET, settings.REBONDS_SECRET)
    yield settings.JETON_SURVEILLANCE
    yield from (settings.SAUVEGARDE_CLE_EXERCICE, *settings.SECRET_KEY_FALLBACKS)
    yield from (clef.partition(":")[2] for clef in settings.CLES_CHIFFREMENT.split(","))
    for url in (
        settings.DATABASE_URL,
        settings.REDIS_URL,
        settings.EMAIL_URL,
        settings.REBONDS_IMAP_URL,
        settings.SAUVEGARDE_BASE_EXERCICE,
    ):
        yield from _mots_de_passe(url)


def _mots_de_passe(url: str) -> Iterator[str]:
    """As written, decoded, and as a mail server is told it."""
    partie = urlsplit(url)
    if partie.password:
        nom, mot = unquote(partie.username or ""), unquote(partie.password)
        yield from (partie.password, mot)
        for code in (mot, f"\0{nom}\0{mot}", f"{nom}\0{nom}\0{mot}"):
            yield b64encode(code.encode()).decode()
