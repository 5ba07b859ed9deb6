"""Mail, straight to the relay: neither the database nor a worker is needed."""

from __future__ import annotations

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from django.conf import settings

from artjardin.outbox.smtp import (
    Definitif,
    Enveloppe,
    Incertain,
    Injoignable,
    Passager,
    Relais,
)
from ops.veille.canaux import Coupe, NonRemis, Refuse
from ops.veille.carnet import Message

DUREE = 20.0  # seconds for one message: a round lasts a minute


class Courriel:
    """One connection to the relay for a round; one message at a time, to one address."""

    def __init__(self) -> None:
        self._relais = Relais(duree=DUREE)

    def close(self) -> None:
        self._relais.__exit__(None, None, None)

    def remettre(self, message: Message, *, a: str) -> None:
        """Raise Coupe when there is no use in trying the next one, NonRemis for this one alone."""
        try:
            self._relais.remettre(_enveloppe(message, a), avant_donnees=lambda: None)
        except Definitif as refus:
            raise Refuse(str(refus)) from None
        except (Injoignable, Incertain) as panne:
            raise Coupe(str(panne)) from None
        except Passager as panne:
            raise NonRemis(str(panne)) from None


def _enveloppe(message: Message, adresse: str) -> Enveloppe:
    return Enveloppe(
        expediteur=parseaddr(settings.COURRIEL_EXPEDITEUR)[1],
        a=(adresse,),
        bcc=(),
        message=composer(message, adresse),
        identifiant=message.message_id.strip("<>"),
    )


def composer(message: Message, adresse: str) -> bytes:
    """The same bytes each time, but for the addressee."""
    courriel = EmailMessage(policy=SMTP.clone(utf8=not adresse.isascii()))
    courriel["From"] = settings.COURRIEL_EXPEDITEUR
    courriel["To"] = adresse
    courriel["Subject"] = message.objet
    courriel["Date"] = format_datetime(datetime.fromtimestamp(message.date, UTC))
    courriel["Message-ID"] = message.message_id
    courriel["Auto-Submitted"] = "auto-generated"
    if message.urgent:
        courriel["Importance"] = "high"
    courriel.set_content(message.texte)
    return courriel.as_bytes()
