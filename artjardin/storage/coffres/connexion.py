"""The boto3 client, made for one dialect."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from django.conf import settings

from artjardin.storage.dialectes import Dialecte

ATTENTE = 30  # seconds without a byte
ESSAIS = 3


def client_s3(dialecte: Dialecte, *, seau: str) -> Any:
    """Checksums only where asked for by hand; the body's SHA-256 is part of the signature."""
    adressage = "path" if "." in seau else dialecte.adressage
    client = _session().client(
        "s3",
        endpoint_url=settings.S3_ENDPOINT_URL,
        region_name=settings.S3_REGION,
        aws_access_key_id=settings.S3_CLE,
        aws_secret_access_key=settings.S3_SECRET,
        config=Config(
            connect_timeout=5,
            read_timeout=ATTENTE,
            retries={"total_max_attempts": ESSAIS, "mode": "standard"},
            max_pool_connections=16,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": adressage, "payload_signing_enabled": True},
        ),
    )
    if dialecte.controles == "md5":
        client.meta.events.register("before-call.s3", _somme_md5)
    return client


@cache
def _session() -> boto3.session.Session:
    """One for all clients: it keeps the description of the service, slow to read."""
    return boto3.session.Session()


def _somme_md5(params: dict[str, Any], **_: Any) -> None:
    """Content-MD5 where boto3 would send a CRC32, which these servers do not know."""
    controle = params.get("context", {}).get("checksum", {})
    corps = params.get("body")
    if controle.get("request_algorithm") and isinstance(corps, bytes):
        del controle["request_algorithm"]
        somme = hashlib.md5(corps, usedforsecurity=False).digest()
        params["headers"]["Content-MD5"] = b64encode(somme).decode()
