"""The accounts as JSON, and the promise of their PDFs, whose key changes with what they show."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

from artjardin.storage.models import Document
from artjardin.storage.services import promettre_document
from clients.models import Client
from facturation.comptes.balance import Balance
from facturation.comptes.releve import Releve
from facturation.models import Entreprise

PERSONNE = 0  # the client of a document about all of them
DU_RELEVE = ("du", "au", "ouverture", "mouvements", "totaux", "cloture", "avances")


def en_json(compte: Any) -> dict[str, Any]:
    """An account as JSON holds it: amounts as text to the cent, days in ISO form."""
    texte = orjson.dumps(compte, default=str)
    return dict(orjson.loads(texte))


def promettre_le_releve(releve: Releve, client: Client) -> Document:
    """Promise the PDF of an account; the same content gives the same document."""
    donnees = en_json(releve)
    contexte = {champ: donnees[champ] for champ in DU_RELEVE} | {
        "client": client.instantane(),
        "emetteur": Entreprise.la_notre().instantane(),
    }
    return promettre_document(
        client,
        genre="releve_compte",
        nom=f"{client.code}-{client.pk}-{releve.au:%Y%m%d}-{_signer(contexte)}",
        affiche=f"Releve-{client.code}-{releve.du}-{releve.au}",
        le=releve.au,
        client=client.pk,
        contexte=contexte,
    )


def promettre_la_balance(balance: Balance) -> Document:
    """Promise the PDF of an aged balance; the same content gives the same document."""
    firme = Entreprise.la_notre()
    donnees = en_json(balance)
    for ligne in donnees["lignes"]:
        ligne["client"] = ligne.pop("designation")
    contexte = donnees | {"emetteur": firme.instantane()}
    return promettre_document(
        firme,
        genre="balance",
        nom=f"{balance.au:%Y%m%d}-{_signer(contexte)}",
        affiche=f"Balance-agee-{balance.au}",
        le=balance.au,
        client=PERSONNE,
        contexte=contexte,
    )


def _signer(contexte: dict[str, Any]) -> str:
    """Twelve digits of the SHA-256 of a content."""
    texte = orjson.dumps(contexte, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(texte).hexdigest()[:12]
