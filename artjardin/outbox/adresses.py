"""Whether an address may be written to: accents are letters too (SMTPUTF8)."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

ACCENT = re.compile(r"[^\W\x00-\x7f]")


def est_une_adresse(adresse: str) -> bool:
    """As an EmailField would say, but for the accents.

    >>> [est_une_adresse(une) for une in ("hélène@été.example", "hélène", "a b@été.example")]
    [True, False, False]
    """
    nom, _, domaine = adresse.rpartition("@")
    try:
        validate_email(f"{ACCENT.sub('e', nom)}@{domaine}")
    except ValidationError:
        return False
    return True
