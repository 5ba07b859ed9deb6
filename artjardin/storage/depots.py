"""Where bytes lie: write-once files on this machine, or S3 with Object Lock."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import uuid
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.utils import timezone

PANNES = (OSError, BotoCoreError, ClientError)  # the place is out of reach or full


class Depot(Protocol):
    """A place that keeps what it was given once, and never replaces it."""

    def ecrire(self, cle: str, contenu: bytes) -> None:
        """Store; when the key exists already, keep what is there (read it to adopt it)."""

    def lire(self, cle: str) -> bytes:
        """Raise FileNotFoundError when nothing lies under this key, OSError for other troubles."""


class Dossier:
    """Write-once files: complete or absent, fsynced, read-only. Not legal WORM storage."""

    def __init__(self, racine: Path) -> None:
        self.racine = racine

    def ecrire(self, cle: str, contenu: bytes) -> None:
        fichier = self.racine / cle
        fichier.parent.mkdir(parents=True, exist_ok=True)
        provisoire = fichier.with_name(f".{uuid.uuid4()}.tmp")
        try:
            descripteur = os.open(provisoire, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
            with os.fdopen(descripteur, "wb") as flux:
                flux.write(contenu)
                flux.flush()
                os.fsync(flux.fileno())
            with contextlib.suppress(FileExistsError):  # link is atomic and never replaces
                fichier.hardlink_to(provisoire)
        finally:
            provisoire.unlink(missing_ok=True)
        dossier = os.open(fichier.parent, os.O_RDONLY)
        try:
            os.fsync(dossier)
        finally:
            os.close(dossier)

    def lire(self, cle: str) -> bytes:
        return (self.racine / cle).read_bytes()


class S3:
    """A bucket with Object Lock: checksums sent, COMPLIANCE retention, no overwriting."""

    def __init__(self, client: Any, bucket: str) -> None:
        self.client = client
        self.bucket = bucket

    def ecrire(self, cle: str, contenu: bytes) -> None:
        jusqu_au = timezone.now() + relativedelta(years=settings.S3_RETENTION_ANNEES)
        try:
            self.client.put_object(
                Bucket=self.bucket,
                Key=cle,
                Body=contenu,
                IfNoneMatch="*",
                ContentType="application/pdf",
                ChecksumSHA256=base64.b64encode(hashlib.sha256(contenu).digest()).decode(),
                ObjectLockMode="COMPLIANCE",
                ObjectLockRetainUntilDate=jusqu_au,
            )
        except ClientError as erreur:
            if erreur.response["ResponseMetadata"]["HTTPStatusCode"] not in {409, 412}:
                raise

    def lire(self, cle: str) -> bytes:
        try:
            return self.client.get_object(Bucket=self.bucket, Key=cle)["Body"].read()
        except self.client.exceptions.NoSuchKey as erreur:
            raise FileNotFoundError(cle) from erreur
        except (BotoCoreError, ClientError) as erreur:
            raise ConnectionError(str(erreur)) from erreur


@cache
def depot() -> Depot:
    """The place of documents: S3 when configured, else the data folder."""
    if not settings.S3_ENDPOINT_URL:
        return Dossier(settings.DONNEES_DOCUMENTS)
    client = boto3.client(
        "s3",
        endpoint_url=settings.S3_ENDPOINT_URL,
        region_name=settings.S3_REGION,
        aws_access_key_id=settings.S3_CLE,
        aws_secret_access_key=settings.S3_SECRET,
        config=Config(connect_timeout=5, read_timeout=30, retries={"max_attempts": 3}),
    )
    return S3(client, settings.S3_BUCKET_DOCUMENTS)
