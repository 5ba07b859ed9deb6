"""Delivery reports (RFC 3464) read with the standard library. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from email.utils import parseaddr
from hashlib import sha256

ECHECS = {"failed", "delayed"}


@dataclass(frozen=True)
class Avis:
    """What a report says of one address. `clef` names it; `message_id` and `envid`, our message."""

    adresse: str
    definitif: bool
    code: str
    diagnostic: str
    clef: str
    message_id: str = ""
    envid: str = ""


def lire_un_rapport(octets: bytes) -> list[Avis]:
    """The failures that a mail reports; none when it is not a delivery report.

    An out-of-office answer, a read receipt, a successful delivery give nothing.
    """
    rapport = message_from_bytes(octets, policy=default)
    statuts = _partie(rapport, "message/delivery-status")
    if rapport.get_content_type() != "multipart/report" or statuts is None:
        return []
    clef = _champ(rapport, "Message-ID") or sha256(octets).hexdigest()
    origine, envid = _origine(rapport), _envid(statuts)
    return [
        Avis(
            adresse=adresse,
            definitif=_est_definitif(bloc),
            code=_champ(bloc, "Status").split(" ")[0],
            diagnostic=_apres_le_type(_champ(bloc, "Diagnostic-Code")),
            clef=clef,
            message_id=origine,
            envid=envid,
        )
        for bloc in _blocs(statuts)
        if (adresse := _adresse(bloc)) and _champ(bloc, "Action").lower() in ECHECS
    ]


def _partie(message: Message, genre: str) -> Message | None:
    return next((p for p in message.walk() if p.get_content_type() == genre), None)


def _blocs(statuts: Message) -> Iterator[Message]:
    """One group of fields for each recipient; the first one speaks of the whole message."""
    contenu = statuts.get_payload()
    yield from (
        (bloc for bloc in contenu if isinstance(bloc, Message)) if isinstance(contenu, list) else ()
    )


def _adresse(bloc: Message) -> str:
    """The address we wrote to, before any forwarding, when the report tells it."""
    for champ in ("Original-Recipient", "Final-Recipient"):
        adresse = parseaddr(_apres_le_type(_champ(bloc, champ)))[1]
        if "@" in adresse:
            return adresse.lower()
    return ""


def _est_definitif(bloc: Message) -> bool:
    """Failed for good, and because of the address: a full mailbox may be emptied (4.x.x, x.2.2)."""
    code = _champ(bloc, "Status").split(" ")[0]
    echoue = _champ(bloc, "Action").lower() == "failed"
    return echoue and code_definitif(code)


def code_definitif(code: str) -> bool:
    """Whether a code says that the address itself does not exist, or no longer (RFC 3463).

    Without an enhanced code, what SMTP says of a mailbox (RFC 5321, 4.2.2).

    >>> code_definitif("5.1.1"), code_definitif("5.7.1"), code_definitif("550")
    (True, False, True)
    """
    return code.startswith(("5.1.", "5.2.1", "5.0.", "5.4.4")) or code in {"550", "551", "553"}


def _origine(rapport: Message) -> str:
    """The Message-ID of what bounced, in the returned headers."""
    for genre in ("message/rfc822", "text/rfc822-headers", "message/rfc822-headers"):
        partie = _partie(rapport, genre)
        if partie is not None and (trouve := _message_id(partie)):
            return trouve
    return ""


def _envid(statuts: Message) -> str:
    """What we had called the message for the relay: the same, and kept if the relay renamed it."""
    premier = next(_blocs(statuts), None)
    return _champ(premier, "Original-Envelope-Id") if premier is not None else ""


def _message_id(partie: Message) -> str:
    contenu = partie.get_payload()
    if isinstance(contenu, list) and contenu and isinstance(contenu[0], Message):
        return _champ(contenu[0], "Message-ID").strip("<>")
    if isinstance(partie, EmailMessage) and partie.get_content_maintype() == "text":
        octets = partie.get_payload(decode=True)
        entetes = message_from_bytes(octets if isinstance(octets, bytes) else b"", policy=default)
        return _champ(entetes, "Message-ID").strip("<>")
    return ""


def _champ(message: Message, nom: str) -> str:
    return " ".join(str(message.get(nom, "")).split())


def _apres_le_type(valeur: str) -> str:
    """What follows `rfc822;` or `smtp;`.

    >>> _apres_le_type("rfc822; anne@example.org")
    'anne@example.org'
    """
    return valeur.partition(";")[2].strip() or valeur
