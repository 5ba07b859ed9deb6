"""The SMTP conversation: one connection for a batch, and what is surely known of each message."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from django.conf import settings

from artjardin.embarque import adresses

DELAI = 30  # seconds, for each answer of the server


class Passager(Exception):
    """Surely not accepted, and it may heal: connection refused, 4xx answer."""


class Injoignable(Passager):
    """The relay itself does not answer or let us in: that says nothing about the message."""


class Definitif(Exception):
    """Surely not accepted, and it will not heal: 5xx answer."""


class Incertain(Exception):
    """The data was handed over and no answer came back."""


@dataclass(frozen=True)
class Enveloppe:
    expediteur: str
    a: tuple[str, ...]
    bcc: tuple[str, ...]
    message: bytes


class Relais:
    """A connection to the relay, opened at the first message and again after a failure."""

    def __init__(self) -> None:
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        genre: type[BaseException] | None,
        erreur: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._fermer()

    def remettre(self, enveloppe: Enveloppe, *, avant_donnees: Callable[[], None]) -> str:
        """Hand one message over and return the server's answer.

        `avant_donnees` is called just before the data leaves: past it, silence means Incertain.
        Raises Passager, Definitif or Incertain.
        """
        remise = False
        try:
            smtp = self._ouvrir()
            refusees = self._annoncer(smtp, enveloppe)
            avant_donnees()
            remise = True
            code, texte = smtp.data(enveloppe.message)
            _exiger(code, texte)
        except smtplib.SMTPResponseException as erreur:
            self._fermer()
            raise _refus(erreur.smtp_code, erreur.smtp_error) from erreur
        except (OSError, smtplib.SMTPException) as erreur:
            self._fermer()
            genre = Incertain if remise else Passager
            raise genre(f"{type(erreur).__name__}: {erreur}") from erreur
        except BaseException:
            self._fermer()  # the next message must not find this one's transaction open
            raise
        return " ; ".join([f"{code} {texte.decode(errors='replace')}", *refusees])

    def _ouvrir(self) -> smtplib.SMTP:
        """A refused greeting or login says nothing about the message: never Definitif."""
        if self._smtp is None:
            try:
                self._smtp = connecter()
            except (OSError, smtplib.SMTPException) as erreur:
                raise Injoignable(f"{type(erreur).__name__}: {erreur}") from erreur
        return self._smtp

    @staticmethod
    def _annoncer(smtp: smtplib.SMTP, enveloppe: Enveloppe) -> list[str]:
        """Sender and recipients. Returns the copies that were refused."""
        _exiger(
            *smtp.mail(enveloppe.expediteur, ["BODY=8BITMIME"] if smtp.has_extn("8bitmime") else [])
        )
        for adresse in enveloppe.a:
            _exiger(*smtp.rcpt(adresse))
        refusees = []
        for adresse in enveloppe.bcc:
            code, texte = smtp.rcpt(adresse)
            if code == 421:  # noqa: PLR2004 - the server hangs up
                raise smtplib.SMTPResponseException(code, texte)
            if code >= 400:  # noqa: PLR2004 - it does not keep the client's mail back
                refusees.append(f"copie refusée : {adresse} ({code})")
        return refusees

    def _fermer(self) -> None:
        if self._smtp is not None:
            try:
                self._smtp.quit()
            except (OSError, smtplib.SMTPException):
                self._smtp.close()
            self._smtp = None


def connecter() -> smtplib.SMTP:
    """Open a greeted connection to EMAIL_URL, or to the local sink.

    `smtp://user:pass@host:port?tls=1` upgrades with STARTTLS, `smtps://` speaks TLS at once.
    """
    port = 0 if settings.EMAIL_URL else adresses.port_smtp(settings.DONNEES)
    url = urlsplit(settings.EMAIL_URL or f"smtp://127.0.0.1:{port}")
    hote, numero = url.hostname or "", url.port or 0
    if url.scheme == "smtps":
        certifie = ssl.create_default_context()
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(hote, numero, timeout=DELAI, context=certifie)
    else:
        smtp = smtplib.SMTP(hote, numero, timeout=DELAI)
    try:
        _saluer(smtp, url)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _saluer(smtp: smtplib.SMTP, url: SplitResult) -> None:
    if "tls" in parse_qs(url.query):
        smtp.starttls(context=ssl.create_default_context())
    if url.username:
        smtp.login(unquote(url.username), unquote(url.password or ""))
    smtp.ehlo_or_helo_if_needed()


def _exiger(code: int, texte: bytes) -> None:
    if code not in {250, 251}:
        raise smtplib.SMTPResponseException(code, texte)


def _refus(code: int, texte: bytes | str) -> Exception:
    clair = texte.decode(errors="replace") if isinstance(texte, bytes) else texte
    genre = Definitif if 500 <= code < 600 else Passager  # noqa: PLR2004
    return genre(f"{code} {clair}")
