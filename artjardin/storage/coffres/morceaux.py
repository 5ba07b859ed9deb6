"""A big file put by parts: one part in memory, given up whole on any failure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

MORCEAU = 16 * 2**20  # bytes; 10 000 parts at most: 160 GB
OUBLI = timedelta(days=2)

Controle = Callable[[bytes], dict[str, str]]


def deposer_par_morceaux(
    client: Any, demande: Mapping[str, Any], source: Path, *, controle: Controle, fin: Mapping
) -> dict[str, Any]:
    """The answer of the server to the last request. `fin`: what goes with it."""
    objet = {"Bucket": demande["Bucket"], "Key": demande["Key"]}
    algorithme = {"ChecksumAlgorithm": "SHA256"} if "ChecksumSHA256" in controle(b"") else {}
    ouvert = client.create_multipart_upload(**demande, **algorithme)
    envoi = objet | {"UploadId": ouvert["UploadId"]}
    try:
        parties = _envoyer(client, envoi, source, controle, attendu=demande["Metadata"]["sha256"])
        return client.complete_multipart_upload(**envoi, **fin, MultipartUpload={"Parts": parties})
    except BaseException:
        with suppress(ClientError, BotoCoreError):  # what stays is swept by `menage`
            client.abort_multipart_upload(**envoi)
        raise


def _envoyer(
    client: Any, envoi: Mapping[str, Any], source: Path, controle: Controle, *, attendu: str
) -> list[dict[str, Any]]:
    calcul = hashlib.sha256()
    parties: list[dict[str, Any]] = []
    with source.open("rb") as flux:
        while octets := flux.read(MORCEAU):
            calcul.update(octets)
            sommes, rang = controle(octets), len(parties) + 1
            recu = client.upload_part(**envoi, **sommes, PartNumber=rang, Body=octets)
            sommes.pop("ContentMD5", None)
            parties.append({"PartNumber": rang, "ETag": recu["ETag"], **sommes})
    if calcul.hexdigest() != attendu:
        raise OSError(f"{source} a changé pendant l'envoi.")
    return parties


def abandonner_les_restes(client: Any, bucket: str) -> int:
    """Give up the uploads that nobody will finish: their parts are paid for, and useless."""
    limite, nombre = datetime.now(UTC) - OUBLI, 0
    for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
        for envoi in page.get("Uploads", ()):
            if envoi["Initiated"] < limite:
                client.abort_multipart_upload(
                    Bucket=bucket, Key=envoi["Key"], UploadId=envoi["UploadId"]
                )
                nombre += 1
    return nombre
