"""Passwords that anyone would try first: refused, by a local list, without any network.

NIST SP 800-63B §3.1.1.2 and OWASP ASVS 5: a length, a list of known passwords, no rule of shape.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

LISTE = Path(__file__).with_name("mots_de_passe_connus.txt")
DEGUISEMENTS = str.maketrans("013457@$€!", "oieastasei")
SUITE = 4  # letters or digits in a row on the keyboard or in the alphabet, that count for one
RANGEES = ("azertyuiop", "qwertyuiop", "qsdfghjklm", "asdfghjkl", "wxcvbn", "zxcvbnm",
           "abcdefghijklmnopqrstuvwxyz", "01234567890")  # fmt: skip
RESTE = 8  # signs at least, besides the person's names
DIFFERENTS = 5  # distinct characters at least, once sequences are reduced


class MotDePasseConnu:
    """Refuses what is in the list, even dressed up (accents, capitals, 0 for o) or with a tail of
    digits, what repeats or follows the keyboard, and what is made of the person's names."""

    def validate(self, password: str, user: Any = None) -> None:
        nu = deshabiller(password)
        if nu in connus() or _sans_queue(nu) in connus() or _sans_queue(password) in connus():
            raise ValidationError(
                "Ce mot de passe figure dans les listes de ceux qui ont fuité.", code="connu"
            )
        if len(set(reduire(nu))) < DIFFERENTS:
            raise ValidationError(
                "Ce mot de passe répète trop les mêmes signes, ou suit le clavier.",
                code="trop_regulier",
            )

        if (reste := _sans_les_noms(nu, user)) != nu and len(reste) < RESTE:
            raise ValidationError(
                "Ce mot de passe est fait surtout de votre nom ou de votre adresse.",
                code="personnel",
            )

    def get_help_text(self) -> str:
        return "Ni un mot de passe connu, ni le même signe répété, ni une suite du clavier."


@cache
def connus() -> frozenset[str]:
    """Django's twenty thousand, taken from public leaks, and ours in French; undressed."""
    francais = LISTE.read_text(encoding="utf-8").split()
    return frozenset(map(deshabiller, CommonPasswordValidator().passwords | set(francais)))


def deshabiller(mot: str) -> str:
    """Without capitals, accents, signs or letters written as digits.

    >>> deshabiller("M0t-de-P@sse")
    'motdepasse'
    """
    sans_accent = unicodedata.normalize("NFKD", mot.casefold()).translate(DEGUISEMENTS)
    return "".join(signe for signe in sans_accent if signe.isalnum())


def _sans_les_noms(nu: str, user: Any) -> str:
    """Without the person's first name, name, and the parts of their address."""
    dits = " ".join(str(getattr(user, champ, "")) for champ in ("prenom", "nom", "email"))
    noms = {deshabiller(partie) for partie in re.split(r"[\W_]+", dits)}
    for nom in sorted(noms, key=len, reverse=True):
        nu = nu.replace(nom, "") if len(nom) >= SUITE else nu
    return nu


def reduire(mot: str) -> str:
    """What a person chose: of a row of the keyboard or of the alphabet, its first sign.

    >>> reduire("azertyuiop"), reduire("abcdabcd"), reduire("potager")
    ('a', 'aa', 'potager')
    """
    gardes = ""
    rang = 0
    while rang < len(mot):
        longueur = _suite(mot, rang)
        gardes += mot[rang]
        rang += longueur if longueur >= SUITE else 1
    return gardes


def _suite(mot: str, debut: int) -> int:
    """How many signs from there follow one of the rows, either way."""
    rangees = [sens for rangee in RANGEES for sens in (rangee, rangee[::-1])]
    fin = debut + 1
    while fin < len(mot) and any(mot[debut : fin + 1] in rangee for rangee in rangees):
        fin += 1
    return fin - debut


def _sans_queue(mot: str) -> str:
    """Without digits and signs at both ends: « printemps2026! » is « printemps »."""
    return deshabiller(re.sub(r"^[\W\d_]+|[\W\d_]+$", "", mot))
