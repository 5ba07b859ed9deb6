"""What the outbox keeps: emails, attachments, attempts, bounces, restorations."""

from artjardin.outbox.models.courriels import BAIL, NULLE_PART, Courriel, PieceJointe
from artjardin.outbox.models.rebonds import Rebond, avec_rebond
from artjardin.outbox.models.restaurations import Restauration
from artjardin.outbox.models.tentatives import Tentative

__all__ = [
    "BAIL",
    "NULLE_PART",
    "Courriel",
    "PieceJointe",
    "Rebond",
    "Restauration",
    "Tentative",
    "avec_rebond",
]
