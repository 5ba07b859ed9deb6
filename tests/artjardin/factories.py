"""Emails and stored documents for the tests of the kernel."""

from datetime import date
from itertools import count

from artjardin.accounts.models import User
from artjardin.outbox.services import contenu_du_gabarit, promettre
from artjardin.storage.models import Document
from artjardin.storage.services import produire, promettre_document

CLIENT = 7  # the kernel knows clients by number only
_rang = count(1)


def pdf(document: Document) -> bytes:
    """What DOCUMENT_PRODUCTEURS points to in these tests."""
    return f"%PDF-1.7 {document.nom}".encode()


def pdf_impossible(document: Document) -> bytes:
    raise ValueError(f"{document.nom} ne se dessine pas")


def promettre_pdf(*, objet=None, client=CLIENT, genre="essai", nom=None, **champs) -> Document:
    """A promised document of some object; every call names another one."""
    return promettre_document(
        objet or User(pk=1),
        genre=genre,
        nom=nom or f"piece-{next(_rang)}",
        le=champs.pop("le", date(2026, 6, 1)),
        client=client,
        **champs,
    )


def creer_pdf(**champs) -> Document:
    return produire(promettre_pdf(**champs))


def promettre_courriel(**champs):
    """An email to client 7; every call writes to another address."""
    defaut = {
        "genre": "essai",
        "a": [f"jeanne{next(_rang)}@example.org"],
        "client": CLIENT,
    }
    contenu = contenu_du_gabarit(
        "essai",
        objet=champs.pop("objet", "Votre facture"),
        contexte=champs.pop("contexte", {"nom": "Jeanne"}),
    )
    return promettre(**({"contenu": contenu} | defaut | champs))
