"""The stores of archives: a bucket under Object Lock, or a folder that plays its part."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

from django.conf import settings

from artjardin.storage.coffres.connexion import client_s3
from artjardin.storage.coffres.contrat import (
    PANNES,
    AutreContenu,
    Coffre,
    DejaDepose,
    Etat,
    Lecture,
    Objet,
)
from artjardin.storage.coffres.dossier import Dossier
from artjardin.storage.coffres.seau import Seau
from artjardin.storage.dialectes import choisir
from artjardin.storage.fichiers import empreinte

__all__ = [
    "PANNES",
    "AutreContenu",
    "Coffre",
    "DejaDepose",
    "Dossier",
    "Etat",
    "Lecture",
    "Objet",
    "Seau",
    "coffre_des_documents",
    "coffre_des_sauvegardes",
    "deposer_ou_adopter",
    "oublier_les_coffres",
]


@cache
def coffre_des_documents() -> Coffre:
    """Where documents, their index and the anchors of the journal are archived."""
    return _coffre(settings.S3_BUCKET_DOCUMENTS or "documents")


@cache
def coffre_des_sauvegardes() -> Coffre:
    """Where backups go."""
    return _coffre(settings.S3_BUCKET_SAUVEGARDES or "sauvegardes")


def oublier_les_coffres() -> None:
    """Read the settings again at the next call."""
    coffre_des_documents.cache_clear()
    coffre_des_sauvegardes.cache_clear()


def deposer_ou_adopter(
    coffre: Coffre,
    cle: str,
    source: bytes | Path,
    *,
    jusqu_au: datetime | None,
    metadonnees: Mapping[str, str],
    type_mime: str = "application/pdf",
) -> str:
    """Put, or take the same bytes that lie there already and lock them long enough; the version.

    Raise AutreContenu when other bytes lie there: they are left alone.
    """
    try:
        return coffre.deposer(
            cle, source, jusqu_au=jusqu_au, metadonnees=metadonnees, type_mime=type_mime
        )
    except DejaDepose:
        with coffre.ouvrir(cle) as flux:
            etat, trouve = flux.etat, empreinte(flux)
        if trouve != empreinte(source):
            raise AutreContenu(cle) from None
        if jusqu_au and (etat.verrouille_jusqu_au is None or etat.verrouille_jusqu_au < jusqu_au):
            coffre.prolonger(cle, etat.version, jusqu_au)
        return etat.version


def _coffre(nom: str) -> Coffre:
    if not settings.S3_ENDPOINT_URL:
        return Dossier(settings.DONNEES_S3 / nom)
    dialecte = choisir(
        settings.S3_DIALECTE,
        adressage=settings.S3_ADRESSAGE,
        controles=settings.S3_CONTROLES,
        chiffrement=settings.S3_CHIFFREMENT,
    )
    return Seau(client_s3(dialecte, seau=nom), nom, dialecte)
