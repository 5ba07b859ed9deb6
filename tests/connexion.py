"""Logging in as the product does, without typing a password: session open, second factor shown."""

from __future__ import annotations

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY

from artjardin.accounts import facteurs, sessions
from artjardin.accounts.exigence import FRAICHEUR
from artjardin.accounts.models import Facteur, User


def se_connecter(http, user: User, *, verifie: bool = True):
    """Give this test client a session of that person, who has just given a code."""
    http.force_login(user)
    session = http.session
    assert {SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY} <= set(session.keys())
    session[sessions.OUVERTE] = timezone.now().isoformat()
    if verifie:
        session[sessions.CODE] = timezone.now().isoformat()
        if user.doit_avoir_un_facteur:
            session[DEVICE_ID_SESSION_KEY] = facteur_de(user).persistent_id
    session.save()
    return http


def facteur_de(user: User) -> Facteur:
    """The confirmed factor of this person, made when there is none."""
    facteur = Facteur.objects.filter(user=user, confirmed=True).first()
    if facteur is None:
        facteur, _ = facteurs.preparer(user)
        facteur.confirmed, facteur.confirme_le = True, timezone.now()
        facteur.save()
    return facteur


def laisser_vieillir_le_code(http):
    """The code given in this session is too old for a grave act."""
    session = http.session
    session[sessions.CODE] = (timezone.now() - FRAICHEUR).isoformat()
    session.save()
    return http
