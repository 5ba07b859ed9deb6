"""What a request says of who makes it: the author of its changes, its address, its id."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request

from artjardin.accounts.auteur import Auteur, personne
from artjardin.accounts.models import User
from artjardin.traces.requetes import numero_de


def auteur_de(request: Request | HttpRequest) -> Auteur:
    """The person, or the machine, that asks."""
    adresse, requete = adresse_de(request), numero_de(request)
    if isinstance(request.user, User):
        return personne(request.user, adresse=adresse, requete=requete)
    return Auteur(nom=str(request.user), adresse=adresse, requete=requete)


def inconnu(request: Request | HttpRequest) -> Auteur:
    """Whoever asks without having shown who they are."""
    return Auteur(
        nom="personne non identifiée", adresse=adresse_de(request), requete=numero_de(request)
    )


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
