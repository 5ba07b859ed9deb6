"""Who acts, and from where: handed explicitly to every service that changes something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from artjardin.accounts.models import User


@dataclass(frozen=True)
class Auteur:
    """A person (user) or a job of the system (user is None), frozen as text in the journal."""

    nom: str
    user: User | None = None
    adresse: str | None = None
    requete: str = ""


def systeme(nom: str) -> Auteur:
    """The author of what a scheduled job or a command does, e.g. `systeme("relances")`."""
    return Auteur(nom=f"système ({nom})")


def personne(user: User, *, adresse: str | None = None, requete: str = "") -> Auteur:
    return Auteur(nom=str(user), user=user, adresse=adresse, requete=requete)
