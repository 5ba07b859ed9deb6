"""Since when each thing is as it is: shared in Valkey, kept by each process while it is away."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from django.utils import timezone
from redis.exceptions import RedisError

from artjardin.valkey import valkey
from ops.sante.constats import Constat

CLEF = "sante:depuis"
DELAI = 0.3  # seconds given to Valkey
_vus: dict[str, tuple[str, datetime]] = {}


def dater(constats: Sequence[Constat]) -> list[Constat]:
    """The same, each with the moment of its last change of state."""
    sans_valkey = any(c.sonde.nom == "valkey" and c.en_panne for c in constats)
    if not sans_valkey:
        _vus.update(_lus())
    changes = {c.sonde.nom: (str(c.etat), c.le) for c in constats if _a_change(c)}
    _vus.update(changes)
    if changes and not sans_valkey:
        _noter(changes)
    return [constat.vu_depuis(_vus[constat.sonde.nom][1]) for constat in constats]


def _a_change(constat: Constat) -> bool:
    vu = _vus.get(constat.sonde.nom)
    return vu is None or vu[0] != constat.etat


def _lus() -> dict[str, tuple[str, datetime]]:
    """What all processes saw; what is unreadable, or of the future, is not believed."""
    lus: dict[str, tuple[str, datetime]] = {}
    with suppress(RedisError, OSError):
        notes: dict[bytes, bytes] = valkey(DELAI).hgetall(CLEF)  # type: ignore[assignment]
        for nom, note in notes.items():
            with suppress(ValueError, TypeError):
                etat, le = json.loads(note)
                if (moment := datetime.fromisoformat(le)) <= timezone.now():
                    lus[nom.decode()] = (etat, moment)
    return lus


def _noter(changes: dict[str, tuple[str, datetime]]) -> None:
    notes = {nom: json.dumps([etat, le.isoformat()]) for nom, (etat, le) in changes.items()}
    with suppress(RedisError, OSError):
        valkey(DELAI).hset(CLEF, mapping=notes)  # type: ignore[arg-type]
