"""The relay of mails: reached, secured, let in; nothing is sent."""

from __future__ import annotations

import smtplib

from artjardin.outbox.garde_temps import GardeTemps
from artjardin.outbox.smtp import connecter
from ops.sante.constats import Etat, Releve

DUREE = 8.0  # seconds for the whole conversation


def joindre() -> Releve:
    """EHLO, STARTTLS and the login as EMAIL_URL asks for them, then QUIT."""
    garde = GardeTemps()
    try:
        with garde.limiter(DUREE):
            smtp = connecter(garde)
            code, dit = smtp.noop()
            smtp.quit()
    finally:
        garde.arreter()
    if code // 100 != 2:  # noqa: PLR2004 - a positive answer (RFC 5321 §4.2.1)
        raise smtplib.SMTPResponseException(code, dit)
    return Releve(Etat.OK)
