"""Archiving documents on an S3 server, against boto3 alone that puts each and reads it back.

Run as a program, it archives or puts the documents of the environment, and prints the seconds it
took. The server is a local one that enforces Object Lock: a real one is farther away, and hides
more of what the product does beside.
"""

import hashlib
import os
import secrets
import sys
import tempfile
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from typing import Any

import django
from django.conf import settings

from bench.banc import Banc
from bench.mesures import Releves, charge_machine, dire

TAILLE = 45_000  # bytes, as a Factur-X of one page
BUCKET = "documents"
QUOI = ("nu", "nu4", "produit")
NOMS = {"nu": "boto3, un par un", "nu4": "boto3, quatre fils", "produit": "produit"}


def mesurer_archives(banc: Banc, *, tours: int, documents: int) -> None:
    """`documents`: how many each measure archives."""
    serveurs: Any = import_module("tests.artjardin.serveurs")  # the one that the tests start
    releves = Releves()
    with tempfile.TemporaryDirectory() as dossier, serveurs.serveur_s3(dossier) as adresse:
        serveurs.client_s3(adresse).create_bucket(Bucket=BUCKET, ObjectLockEnabledForBucket=True)
        os.environ |= _reglages(adresse)
        for tour in range(tours):
            dire(f"  tour {tour + 1} sur {tours}")
            for quoi in QUOI:
                secondes = float(banc.python("-m", "bench.archives", quoi, str(documents)))
                releves.noter(quoi, valeur=documents / secondes)
    for quoi in QUOI:
        dire(f"{NOMS[quoi]:>20} : {releves.mediane(quoi):6.0f} par s ({releves.etendue(quoi)})")
    dire(f"produit / un par un : {releves.rapport(('produit',), ('nu',)):.2f}")
    dire(f"produit / quatre fils : {releves.rapport(('produit',), ('nu4',)):.2f}")
    dire(charge_machine())


def _reglages(adresse: str) -> dict[str, str]:
    return {
        "BANC_S3": adresse,
        "S3_BUCKET_DOCUMENTS": BUCKET,
        "S3_BUCKET_SAUVEGARDES": BUCKET,
        "S3_CLE": "essai",
        "S3_SECRET": "essai",
    }


def main() -> None:
    django.setup()
    settings.S3_ENDPOINT_URL = os.environ["BANC_S3"]  # a bench has no real service
    quoi, nombre = sys.argv[1], int(sys.argv[2])
    contenus = {f"2026/06/banc/{secrets.token_hex(8)}.pdf": _pdf() for _ in range(nombre)}
    secondes = (
        archiver(contenus) if quoi == "produit" else deposer(contenus, 4 if "4" in quoi else 1)
    )
    sys.stdout.write(f"{secondes}\n")


def _pdf() -> bytes:
    return b"%PDF-1.7\n" + secrets.token_bytes(TAILLE)


def deposer(contenus: dict[str, bytes], fils: int) -> float:
    """Bare: put with lock and checksum, get, compare."""
    from artjardin.storage.coffres import coffre_des_documents  # noqa: PLC0415 - once set up

    coffre: Any = coffre_des_documents()
    coffre.eprouver()
    depart = time.monotonic()
    with ThreadPoolExecutor(fils) as voies:
        list(voies.map(lambda paire: _deposer(coffre.client, *paire), contenus.items()))
    return time.monotonic() - depart


def _deposer(client: Any, cle: str, octets: bytes) -> None:
    somme = hashlib.sha256(octets).digest()
    client.put_object(
        Bucket=BUCKET,
        Key=cle,
        Body=octets,
        IfNoneMatch="*",
        ChecksumSHA256=b64encode(somme).decode(),
        ObjectLockMode="COMPLIANCE",
        ObjectLockRetainUntilDate=datetime.now(UTC) + timedelta(days=3650),
    )
    relu = client.get_object(Bucket=BUCKET, Key=cle)["Body"].read()
    if hashlib.sha256(relu).digest() != somme:
        raise SystemExit(f"{cle} : autres octets")


def archiver(contenus: dict[str, bytes]) -> float:
    """The sweep, on documents that were made."""
    from artjardin.storage import depots, services  # noqa: PLC0415
    from artjardin.storage.coffres import coffre_des_documents  # noqa: PLC0415
    from artjardin.storage.models import Archive, Document  # noqa: PLC0415

    maintenant = datetime.now(UTC)
    for cle, octets in contenus.items():
        depots.ecrire(cle, octets)
        document = Document.objects.create(
            cle=cle, nom=cle[-20:], type="banc", objet_type="banc", objet_id=1, client_ref=1,
            le=date(2026, 6, 1), sha256=hashlib.sha256(octets).hexdigest(), taille=len(octets),
            produit_le=maintenant,
        )  # fmt: skip
        Archive.objects.create(document=document)
    coffre_des_documents().eprouver()
    depart = time.monotonic()
    comptes = services.archiver_les_documents(duree=3600)
    secondes = time.monotonic() - depart
    if comptes != {"archives": len(contenus), "echecs": 0}:
        raise SystemExit(f"archivage : {comptes}")
    return secondes


if __name__ == "__main__":
    main()
