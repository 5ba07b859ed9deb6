"""What a request says of who makes it: the author of its changes, its address, its id."""

from __future__ import annotations

import uuid
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from artjardin.accounts.auteur import Auteur, personne
from artjardin.accounts.models import User


def auteur_de(request: Request | HttpRequest) -> Auteur:
    """The person, or the machine, that asks."""
    adresse, requete = adresse_de(request), requete_de(request)
    if isinstance(request.user, User):
        return personne(request.user, adresse=adresse, requete=requete)
    return Auteur(nom=str(request.user), adresse=adresse, requete=requete)


def inconnu(request: Request | HttpRequest) -> Auteur:
    """Whoever asks without having shown who they are."""
    return Auteur(
        nom="personne non identifiée", adresse=adresse_de(request), requete=requete_de(request)
    )


def requete_de(request: Request | HttpRequest) -> str:
    """The id that the proxy or the front end gave to this request, else one made here, kept."""
    donne = request.headers.get("X-Request-ID", "")[:64]
    return request.META.setdefault("artjardin.requete", donne or uuid.uuid4().hex)


def adresse_de(request: Request | HttpRequest) -> str | None:
    """The client's address, trusting X-Forwarded-For only past MANDATAIRES proxies of ours.

    What is no address there was not written by our proxy: the one that called us is taken.
    """
    chaine = request.headers.get("X-Forwarded-For", "").split(",")
    if settings.MANDATAIRES and len(chaine) >= settings.MANDATAIRES:
        dite = _adresse(chaine[-settings.MANDATAIRES])
        if dite:
            return dite
    return _adresse(request.META.get("REMOTE_ADDR", ""))


def _adresse(texte: str) -> str | None:
    try:
        return str(ip_address(texte.strip()))
    except ValueError:
        return None
