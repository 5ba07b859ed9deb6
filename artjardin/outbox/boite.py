"""The mailbox where bounces come, read by IMAP: reports are noted and marked as seen."""

from __future__ import annotations

import imaplib
import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from django.conf import settings

from artjardin.outbox.avis import lire_un_rapport
from artjardin.outbox.models import Rebond
from artjardin.outbox.services import noter_le_rebond

journal = logging.getLogger(__name__)
DELAI = 30  # seconds, for each answer of the server
LOT = 200  # reports read in one go; the others wait for the next time
PANNES = (OSError, imaplib.IMAP4.error)


def relever_les_rebonds() -> int:
    """Note the unseen reports of REBONDS_IMAP_URL; how many bounces were new.

    Other mail is left alone, unseen, read receipts too: people may read that mailbox. An outage is
    only logged, by its name: what servers answer to a login is not repeated.
    """
    if not settings.REBONDS_IMAP_URL:
        return 0
    try:
        with _boite() as boite:
            return sum(_relever(boite, uid) for uid in _non_lus(boite)[:LOT])
    except PANNES as panne:
        journal.error("boîte des rebonds illisible : %s", type(panne).__name__)
        return 0


@contextmanager
def _boite() -> Iterator[imaplib.IMAP4]:
    """`imaps://user:password@host:port/INBOX`; `imap://` upgrades with STARTTLS if offered."""
    url = urlsplit(settings.REBONDS_IMAP_URL)
    contexte = ssl.create_default_context()
    hote = url.hostname or ""
    boite: imaplib.IMAP4
    if url.scheme == "imaps":
        boite = imaplib.IMAP4_SSL(hote, url.port or 993, ssl_context=contexte, timeout=DELAI)
    else:
        boite = imaplib.IMAP4(hote, url.port or 143, timeout=DELAI)
    with boite:
        if url.scheme != "imaps" and "STARTTLS" in boite.capabilities:
            boite.starttls(ssl_context=contexte)
        boite.login(unquote(url.username or ""), unquote(url.password or ""))
        _exiger(boite.select(f'"{unquote(url.path.strip("/")) or "INBOX"}"'))
        yield boite


def _non_lus(boite: imaplib.IMAP4) -> list[str]:
    """Delivery reports, `report-type=delivery-status` with or without quotes, oldest first."""
    critere = ("UNSEEN", "HEADER", "Content-Type", '"delivery-status"')
    trouves = _exiger(boite.uid("SEARCH", *critere))
    return trouves[0].decode().split() if trouves and trouves[0] else []


def _relever(boite: imaplib.IMAP4, uid: str) -> int:
    """Note what one report says, then mark it: killed in between, it is read again for nothing.

    All are marked, so that none keeps its place in the next lot; one that cannot be read is flagged
    for a person.
    """
    parties = _exiger(boite.uid("FETCH", uid, "(BODY.PEEK[])"))
    octets = next((partie[1] for partie in parties if isinstance(partie, tuple)), b"")
    try:
        avis = lire_un_rapport(octets)
    except Exception:  # noqa: BLE001 - a malformed mail must not hide the others
        journal.error("boîte des rebonds : rapport %s illisible, marqué d'un drapeau", uid)
        _exiger(boite.uid("STORE", uid, "+FLAGS", r"(\Seen \Flagged)"))
        return 0
    notes = [noter_le_rebond(un, source=Rebond.Source.IMAP) for un in avis]
    _exiger(boite.uid("STORE", uid, "+FLAGS", r"(\Seen)"))
    return sum(note is not None for note in notes)


def _exiger(reponse: tuple[str, list]) -> list:
    etat, donnees = reponse
    if etat != "OK":
        raise imaplib.IMAP4.error(etat)
    return donnees
