"""What the watch remembers from one look to the next, and across restarts. Data only."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from hashlib import sha256
from typing import Any, TypeVar

from ops.veille.automate import Suivi

T = TypeVar("T")


class Illisible(Exception):
    """These bytes are no notebook, or not whole."""


@dataclass
class Message:
    """One thing to say, in the queue of each channel that has not taken it yet. `date`: of the
    wall clock when it was written; `cree_le`: of the one that never goes back."""

    message_id: str
    objet: str
    texte: str
    cree_le: float
    date: float
    urgent: bool = True
    secouru: bool = False  # handed to the second channel, mail being down


@dataclass
class Fiche:
    """An incident, as its row will have it; `ecrite`: the row is so."""

    numero: str
    cle: str
    titre: str
    gravite: str
    ouvert_le: float
    message: str
    remede: str
    rappels: int = 0
    instable: bool = False
    clos_le: float = 0.0
    ecrite: bool = False


@dataclass
class Carnet:
    """`ordre` grows at each writing: of two copies, the higher one is the fresher.

    `files`: what each channel has still to say, oldest first. `patrons`: who is told by default,
    remembered for when the database is away.
    """

    ordre: int = 0
    instant: float = 0.0
    suivis: dict[str, Suivi] = field(default_factory=dict)
    fiches: dict[str, Fiche] = field(default_factory=dict)
    files: dict[str, list[Message]] = field(default_factory=dict)
    patrons: list[str] = field(default_factory=list)


def ecrire(carnet: Carnet) -> bytes:
    corps = json.dumps(asdict(carnet), ensure_ascii=False)
    return f"{_empreinte(corps)}\n{corps}\n".encode()


def lire(octets: bytes) -> Carnet:
    """Raise Illisible for what is cut short or altered. A field of another version is let go."""
    try:
        empreinte, corps, _ = octets.decode().split("\n")
        if empreinte != _empreinte(corps):
            raise Illisible("son empreinte n'est pas la bonne")
        dit = json.loads(corps)
        return Carnet(
            ordre=int(dit["ordre"]),
            instant=float(dit["instant"]),
            suivis={cle: _objet(Suivi, un) for cle, un in dit["suivis"].items()},
            fiches={cle: _objet(Fiche, une) for cle, une in dit["fiches"].items()},
            files={nom: [_objet(Message, un) for un in f] for nom, f in dit["files"].items()},
            patrons=[str(adresse) for adresse in dit["patrons"]],
        )
    except (ValueError, KeyError, TypeError, AttributeError) as erreur:
        raise Illisible(f"{type(erreur).__name__}") from erreur


def _objet(classe: type[T], dit: dict[str, Any]) -> T:
    connus = {champ.name for champ in fields(classe)}  # type: ignore[arg-type]
    return classe(**{nom: valeur for nom, valeur in dit.items() if nom in connus})


def _empreinte(corps: str) -> str:
    return sha256(corps.encode()).hexdigest()
