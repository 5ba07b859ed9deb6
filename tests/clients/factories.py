"""Clients for the tests, made by the services."""

from itertools import count

from artjardin.accounts.auteur import systeme
from clients import services

_rang = count(1)


def creer_client(*, par=None, **champs):
    """A private person of Angers; every call makes another one."""
    rang = next(_rang)
    defaut = {
        "civilite": "Mme",
        "nom": "Martin",
        "prenom": f"Jeanne {rang}",
        "email": f"client{rang}@example.org",
        "adresse": f"{rang} rue Bressigny",
        "code_postal": "49100",
        "ville": "Angers",
    }
    return services.creer_client(par=par or systeme("test"), **(defaut | champs))
