"""Damage done on purpose to archived documents, for the tests of the archive."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from artjardin.storage.coffres import coffre_des_documents, oublier_les_coffres
from artjardin.storage.models import Archive
from artjardin.storage.services import archiver_les_documents
from tests.artjardin.factories import creer_pdf
from tests.artjardin.serveurs import client_s3


def creer_archive(**champs):
    """A document, made and archived."""
    document = creer_pdf(**champs)
    archiver_les_documents()
    document.archive.refresh_from_db()
    assert document.archive.est_faite
    return document


def sur_s3(settings, adresse, *, seau):
    """A new locked bucket as the archive."""
    settings.S3_CLE, settings.S3_SECRET = "essai", "essai"
    settings.S3_BUCKET_DOCUMENTS = seau
    client_s3(adresse).create_bucket(Bucket=seau, ObjectLockEnabledForBucket=True)
    brancher(settings, adresse)


def brancher(settings, adresse):
    settings.S3_ENDPOINT_URL = adresse
    oublier_les_coffres()


def local(document) -> Path:
    return settings.DONNEES_DOCUMENTS / document.cle


def distant(document) -> Path:
    """Its object, when a folder plays S3."""
    return coffre_des_documents().racine / document.archive.cle


def retourner_un_octet(fichier: Path, rang: int = 5) -> None:
    octets = bytearray(fichier.read_bytes())
    octets[rang] ^= 1
    fichier.chmod(0o600)
    fichier.write_bytes(octets)


def une_minute_plus_tard():
    """The next sweep, whatever the waiting of each."""
    Archive.objects.update(prochain_essai_le=timezone.now())
    return archiver_les_documents()


def oublier_les_archives():
    """As before the archive existed: no row of it."""
    _sans_declencheurs("DELETE FROM storage_archive")


def oublier_la_production(document):
    """As in a backup older than the making of this document."""
    _sans_declencheurs("DELETE FROM storage_archive WHERE document_id = %s", document.pk)
    promis = "UPDATE storage_document SET sha256 = '', taille = 0, produit_le = NULL WHERE id = %s"
    _sans_declencheurs(promis, document.pk)


def _sans_declencheurs(ordre, *valeurs):
    with connection.cursor() as curseur:
        curseur.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for etat in ("DISABLE", "ENABLE"):
            for table in ("storage_document", "storage_archive"):
                curseur.execute(f"ALTER TABLE {table} {etat} TRIGGER USER")
            if etat == "DISABLE":
                curseur.execute(ordre, valeurs)
