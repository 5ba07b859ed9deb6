"""People, what opens the product to them, and what keeps others out."""

from artjardin.accounts.models.acces import Appareil, CleApi, Jeton, Session
from artjardin.accounts.models.facteurs import CodeSecours, Facteur, Verrou
from artjardin.accounts.models.liens import Lien
from artjardin.accounts.models.personnes import Role, User, UserManager

__all__ = [
    "Appareil",
    "CleApi",
    "CodeSecours",
    "Facteur",
    "Jeton",
    "Lien",
    "Role",
    "Session",
    "User",
    "UserManager",
    "Verrou",
]
