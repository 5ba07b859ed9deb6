"""The SMTP conversation: one connection for a batch, and what is surely known of each message."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parseaddr
from types import TracebackType
from typing import Self
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from django.conf import settings

from artjardin.embarque import adresses
from artjardin.outbox.discretion import clair
from artjardin.outbox.garde_temps import GardeTemps

DELAI = 30  # seconds, for each answer of the server
DELAI_DONNEES = 120  # seconds, to hand the data over and hear about it
DUREE_MAX = 240  # seconds for the whole conversation of a message, below BAIL
PERDU = (OSError, smtplib.SMTPException)
TROP_GROS = 552  # at MAIL FROM, the one refusal that may be of this message


class Passager(Exception):
    """Surely not accepted, and it may heal: connection refused, 4xx answer."""


class Injoignable(Passager):
    """The relay does not answer, let us in or take our sender: that says nothing of the message."""


class Definitif(Exception):
    """Surely not accepted, and it will not heal: 5xx answer."""


class AdresseRefusee(Definitif):
    """The server refused this recipient for good: it says something about the address."""

    def __init__(self, adresse: str, reponse: str) -> None:
        super().__init__(reponse)
        self.adresse = adresse


class Incertain(Exception):
    """The data was handed over and no answer came back."""


@dataclass(frozen=True)
class Enveloppe:
    expediteur: str
    a: tuple[str, ...]
    bcc: tuple[str, ...]
    message: bytes
    identifiant: str = ""

    @property
    def accentuee(self) -> bool:
        return not "".join([self.expediteur, *self.a]).isascii()


class Relais:
    """A connection to the relay, opened at the first message and again after a loss."""

    def __init__(self, *, duree: float | None = None) -> None:
        """`duree`: seconds for the whole conversation of a message; DUREE_MAX."""
        self._duree = DUREE_MAX if duree is None else duree
        self._smtp: smtplib.SMTP | None = None
        self._garde = GardeTemps()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        genre: type[BaseException] | None,
        erreur: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._garde.arreter()
        self._fermer()

    def remettre(self, enveloppe: Enveloppe, *, avant_donnees: Callable[[], None]) -> str:
        """Hand one message over and return the server's answer.

        `avant_donnees` is called just before the data leaves: past it, silence means Incertain.
        Raises Passager, Definitif or Incertain.
        """
        with self._garde.limiter(self._duree), self._verdict() as remise:
            smtp = self._ouvrir(enveloppe)
            refusees = _destinataires(smtp, enveloppe)
            avant_donnees()
            reponse = _donnees(smtp, enveloppe.message, remise)
        return clair(" ; ".join([reponse, *refusees]))

    @contextmanager
    def _verdict(self) -> Iterator[list[bool]]:
        """Say what a failure surely means; yields the list that marks the data as gone."""
        remise: list[bool] = []
        try:
            yield remise
        except smtplib.SMTPResponseException as erreur:
            self._reprendre(erreur.smtp_code)
            raise _refus(erreur, remise=bool(remise)) from None
        except Definitif:
            self._reprendre(0)
            raise
        except PERDU as erreur:
            self._lacher()
            genre = Incertain if remise else Passager
            raise genre(clair(f"{type(erreur).__name__}: {erreur}")) from None
        except BaseException:
            self._lacher()  # the next message must not find this one's transaction open
            raise

    def _ouvrir(self, enveloppe: Enveloppe) -> smtplib.SMTP:
        """The connection, with the sender announced; one that the relay left idle is made anew."""
        if self._smtp is not None:
            try:
                _expediteur(self._smtp, enveloppe)
            except smtplib.SMTPResponseException as erreur:
                if erreur.smtp_code != 421:  # noqa: PLR2004 - the server hangs up
                    raise
                self._lacher()
            except PERDU:
                self._lacher()
            else:
                return self._smtp
        _expediteur(self._connecter(), enveloppe)
        return self._connecter()

    def _connecter(self) -> smtplib.SMTP:
        """A refused greeting or login says nothing about the message: never Definitif."""
        if self._smtp is None:
            try:
                self._smtp = connecter(self._garde)
            except PERDU as erreur:
                raise Injoignable(_panne(erreur)) from None
        return self._smtp

    def _reprendre(self, code: int) -> None:
        """After a refusal: the same connection for the next message, unless it is spoilt."""
        if self._smtp is None or code == 421:  # noqa: PLR2004 - the server hangs up
            self._lacher()
            return
        try:
            _exiger(*self._smtp.rset())
        except PERDU:
            self._lacher()

    def _lacher(self) -> None:
        """Leave without a word: nothing that comes now may be taken for another answer."""
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    def _fermer(self) -> None:
        if self._smtp is not None:
            try:
                self._smtp.quit()
            except PERDU:
                self._smtp.close()
            self._smtp = None


def connecter(garde: GardeTemps) -> smtplib.SMTP:
    """Open a greeted connection to EMAIL_URL, or to the local sink, under the eye of `garde`.

    `smtp://user:pass@host:port?tls=1` upgrades with STARTTLS, `smtps://` speaks TLS at once.
    """
    port = 0 if settings.EMAIL_URL else adresses.port_smtp(settings.DONNEES)
    url = urlsplit(settings.EMAIL_URL or f"smtp://127.0.0.1:{port}")
    hote, numero = url.hostname or "", url.port or 0
    if url.scheme == "smtps":
        certifie = ssl.create_default_context()
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(timeout=DELAI, context=certifie)
        smtp._host = hote  # type: ignore[attr-defined]  # noqa: SLF001 - the name to certify
    else:
        smtp = smtplib.SMTP(timeout=DELAI)
        smtp._host = hote  # type: ignore[attr-defined]  # noqa: SLF001
    garde.surveiller(smtp)
    try:
        _exiger(*smtp.connect(hote, numero), attendu=220)
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


def _expediteur(smtp: smtplib.SMTP, enveloppe: Enveloppe) -> None:
    options = []
    if smtp.has_extn("dsn"):
        options += ["RET=HDRS", f"ENVID={_xtext(enveloppe.identifiant)}"]
    if enveloppe.accentuee:
        if not smtp.has_extn("smtputf8"):
            raise Definitif("Le relais ne sait pas écrire à une adresse accentuée (SMTPUTF8).")
        options += ["BODY=8BITMIME", "SMTPUTF8"]
    smtp.command_encoding = "utf-8" if enveloppe.accentuee else "ascii"
    code, texte = smtp.docmd("MAIL", _parametres("FROM", enveloppe.expediteur, options))
    if code // 100 == 5 and code != TROP_GROS and _comme_les_autres(enveloppe):  # noqa: PLR2004
        raise Injoignable(clair(f"{code} {_lisible(texte)}"))
    _exiger(code, texte)


def _comme_les_autres(enveloppe: Enveloppe) -> bool:
    """Its sender is that of the settings, in plain letters: refused, it would be for any message.

    One promised under another sender must not keep the queue back.
    """
    nous = parseaddr(settings.COURRIEL_EXPEDITEUR)[1]
    return enveloppe.expediteur == nous and not enveloppe.accentuee


def _destinataires(smtp: smtplib.SMTP, enveloppe: Enveloppe) -> list[str]:
    """The client's addresses, then the copies. Returns the copies that were refused."""
    options = ["NOTIFY=FAILURE,DELAY"] if smtp.has_extn("dsn") else []
    for adresse in enveloppe.a:
        _nommer(smtp, adresse, options)
    refusees = []
    for adresse in enveloppe.bcc:
        try:
            _nommer(smtp, adresse, ["NOTIFY=NEVER"] if options else [])
        except AdresseRefusee as refus:  # it does not keep the client's mail back
            refusees.append(f"copie refusée : {adresse} ({refus})")
        except smtplib.SMTPResponseException as erreur:
            if erreur.smtp_code == 421:  # noqa: PLR2004 - the server hangs up
                raise
            refusees.append(f"copie refusée : {adresse} ({erreur.smtp_code})")
    return refusees


def _nommer(smtp: smtplib.SMTP, adresse: str, options: Sequence[str]) -> None:
    if not adresse.isascii() and smtp.command_encoding == "ascii":
        raise AdresseRefusee(adresse, "adresse accentuée")
    code, texte = smtp.docmd("RCPT", _parametres("TO", adresse, options))
    if code // 100 == 5:  # noqa: PLR2004
        raise AdresseRefusee(adresse, clair(f"{code} {_lisible(texte)}"))
    _exiger(code, texte)


def _parametres(mot: str, adresse: str, options: Sequence[str]) -> str:
    """Raise AdresseRefusee for what could be read as something else than an address."""
    if set(adresse) & {"<", ">", " ", "\r", "\n"}:
        raise AdresseRefusee(adresse, "adresse mal écrite")
    return " ".join([f"{mot}:<{adresse}>", *options])


def _donnees(smtp: smtplib.SMTP, message: bytes, remise: list[bool]) -> str:
    """The message itself; `remise` is marked when its first byte may have left."""
    _exiger(*smtp.docmd("data"), attendu=354)
    remise.append(True)
    if smtp.sock is not None:
        smtp.sock.settimeout(DELAI_DONNEES)
    smtp.send(_pointer(message))
    code, texte = smtp.getreply()
    if smtp.sock is not None:
        smtp.sock.settimeout(DELAI)
    _exiger(code, texte)
    return f"{code} {_lisible(texte)}"


def _pointer(message: bytes) -> bytes:
    """Lines that begin with a dot get another one, and a lone dot ends the message."""
    pointe = message.replace(b"\r\n.", b"\r\n..")
    fin = b".\r\n" if message.endswith(b"\r\n") else b"\r\n.\r\n"
    return (b"." if message.startswith(b".") else b"") + pointe + fin


def _exiger(code: int, texte: bytes, *, attendu: int = 0) -> None:
    if code not in ({attendu} if attendu else {250, 251}):
        raise smtplib.SMTPResponseException(code, texte)


def _refus(erreur: smtplib.SMTPResponseException, *, remise: bool) -> Exception:
    """What an answer surely means. A reply cut short is none: smtplib reads 4 in "4"."""
    genre: type[Exception] = {4: Passager, 5: Definitif}.get(erreur.smtp_code // 100, Passager)
    if remise and not 400 <= erreur.smtp_code < 600:  # noqa: PLR2004
        genre = Incertain
    return genre(clair(f"{erreur.smtp_code} {_lisible(erreur.smtp_error)}"))


def _panne(erreur: Exception) -> str:
    """Why the relay does not let us in; what it says of our login is not repeated."""
    if isinstance(erreur, smtplib.SMTPAuthenticationError):
        return f"Le relais refuse notre identifiant ou notre mot de passe ({erreur.smtp_code})."
    if isinstance(erreur, smtplib.SMTPResponseException):
        return clair(f"{erreur.smtp_code} {_lisible(erreur.smtp_error)}")
    return clair(f"{type(erreur).__name__}: {erreur}")


def _lisible(texte: bytes | str) -> str:
    return texte.decode(errors="replace") if isinstance(texte, bytes) else texte


def _xtext(texte: str) -> str:
    """RFC 3461: what is not a plain character is +XX.

    >>> _xtext("a+b=c")
    'a+2Bb+3Dc'
    """
    return "".join(
        lettre if "!" <= lettre <= "~" and lettre not in "+=" else f"+{ord(lettre):02X}"
        for lettre in texte
    )
