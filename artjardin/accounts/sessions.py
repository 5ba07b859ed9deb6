"""The session engine of the office: the database never holds what the cookie holds.

Settings name it as SESSION_ENGINE. A session ends when idle for SESSION_INACTIVITE, and in any case
after SESSION_DUREE.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as EnBase
from django.http import HttpRequest
from django.utils import timezone

from artjardin.accounts.models import Session, User

CODE, OUVERTE, APPAREIL, ADRESSE = "code_le", "ouverte_le", "appareil", "adresse"
PRECISION = timedelta(minutes=1)  # of `vu_le`


def hacher(clef: str) -> str:
    return hashlib.sha256(clef.encode()).hexdigest()


class SessionStore(EnBase):
    """Django's own, which looks rows up by the hash of the key."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _get_session_from_db(self) -> Session | None:
        clef = self.session_key
        trouvee = Session.objects.vivantes().filter(session_key=hacher(clef or "")).first()
        if trouvee is None:
            self._session_key = None
            return None
        maintenant = timezone.now()
        if trouvee.vu_le < maintenant - PRECISION:
            Session.objects.filter(pk=trouvee.pk).update(vu_le=maintenant)
        return trouvee

    def exists(self, session_key: str) -> bool:
        return super().exists(hacher(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        clef = self._get_or_create_session_key()  # type: ignore[attr-defined]
        ouverte = data.get(OUVERTE)
        maintenant = timezone.now()
        return Session(
            session_key=hacher(clef),
            session_data=self.encode(data),
            expire_date=self.get_expiry_date(),
            user_id=data.get(SESSION_KEY),
            appareil=data.get(APPAREIL, ""),
            adresse=data.get(ADRESSE),
            cree_le=datetime.fromisoformat(ouverte) if ouverte else maintenant,
            vu_le=maintenant,
        )

    def delete(self, session_key: str | None = None) -> None:
        clef = session_key or self.session_key
        if clef is not None:
            Session.objects.filter(session_key=hacher(clef)).delete()


def commencer(requete: HttpRequest, *, appareil: str, adresse: str | None) -> None:
    """Note in the session that opens when, from what device and from where."""
    requete.session[OUVERTE] = timezone.now().isoformat()
    requete.session[APPAREIL] = appareil[:200]
    requete.session[ADRESSE] = adresse


def noter_le_code(requete: HttpRequest) -> None:
    """A fresh code was given in this session."""
    requete.session[CODE] = timezone.now().isoformat()


def fermer_toutes(user: User, *, sauf: str | None = None) -> int:
    """End the sessions of a person, but the one whose key is `sauf`; return how many."""
    autres = Session.objects.filter(user=user)
    if sauf:
        autres = autres.exclude(session_key=hacher(sauf))
    return autres.delete()[0]
