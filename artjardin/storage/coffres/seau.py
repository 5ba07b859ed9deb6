"""A bucket: checksums sent, encryption asked for, COMPLIANCE retention, nothing replaced."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from botocore.exceptions import BotoCoreError, ClientError

from artjardin.storage.coffres.contrat import DejaDepose, Etat, Lecture, Objet
from artjardin.storage.coffres.morceaux import abandonner_les_restes, deposer_par_morceaux
from artjardin.storage.dialectes import Dialecte
from artjardin.storage.fichiers import empreinte

ABSENTS = {"NoSuchKey", "NoSuchVersion", "NotFound", "404", "MethodNotAllowed", "405"}
INCONNUES = {"InvalidArgument", "400"}  # what servers answer to a version id they never gave
PRISES = {"PreconditionFailed", "412", "ConditionalRequestConflict"}
REFUS = {"AccessDenied", "403", "InvalidAccessKeyId", "SignatureDoesNotMatch"}
SANS_VERROU = "ObjectLockConfigurationNotFoundError"
GROS = 16 * 2**20  # bytes; past that, by parts


class Seau:
    """One bucket, spoken to in the dialect of its provider."""

    def __init__(self, client: Any, bucket: str, dialecte: Dialecte) -> None:
        self.client = client
        self.bucket = bucket
        self.dialecte = dialecte
        self.verrouille = self.date = dialecte.verrou
        verrou = "verrou COMPLIANCE" if dialecte.verrou else "sans verrou d'objet"
        self.description = f"seau {bucket}, dialecte {dialecte.nom}, {verrou}"

    def deposer(
        self,
        cle: str,
        source: bytes | Path,
        *,
        jusqu_au: datetime | None,
        metadonnees: Mapping[str, str],
        type_mime: str = "application/pdf",
    ) -> str:
        self._exiger_libre(cle)
        return self._poser(cle, source, jusqu_au, metadonnees, type_mime, si=self._si_libre())

    def remplacer(
        self,
        cle: str,
        source: bytes | Path,
        *,
        jusqu_au: datetime | None,
        metadonnees: Mapping[str, str],
        type_mime: str = "application/pdf",
    ) -> str:
        return self._poser(cle, source, jusqu_au, metadonnees, type_mime, si={})

    def _poser(
        self,
        cle: str,
        source: bytes | Path,
        jusqu_au: datetime | None,
        metadonnees: Mapping[str, str],
        type_mime: str,
        *,
        si: Mapping[str, str],
    ) -> str:
        notes = {**metadonnees, "sha256": empreinte(source)}
        objet = {"Bucket": self.bucket, "Key": cle}
        demande = objet | self._consignes(notes, jusqu_au, type_mime)
        with _traduites(cle):
            if isinstance(source, bytes) or source.stat().st_size <= GROS:
                octets = source if isinstance(source, bytes) else source.read_bytes()
                recu = self.client.put_object(**demande, **self.controle(octets), **si, Body=octets)
                return _version(recu)
            version = _version(
                deposer_par_morceaux(self.client, demande, source, controle=self.controle, fin=si)
            )
        if jusqu_au and self.verrouille:  # some servers drop the lock of what came by parts
            self.prolonger(cle, version, jusqu_au)
        return version

    def etat(self, cle: str, version: str = "") -> Etat:
        try:
            with _traduites(cle, version):
                vu = self.client.head_object(**self._objet(cle, version))
        except FileNotFoundError:
            self.eprouver()  # a HEAD does not tell an absent object from an absent bucket
            raise
        return self._etat(cle, vu)

    def lire(self, cle: str, version: str = "") -> bytes:
        with self.ouvrir(cle, version) as flux:
            return flux.readall()

    @contextmanager
    def ouvrir(self, cle: str, version: str = "") -> Iterator[Lecture]:
        with _traduites(cle, version):
            recu = self.client.get_object(**self._objet(cle, version))
        corps = recu["Body"]

        def lire(taille: int) -> bytes:
            with _traduites(cle, version):
                return corps.read(taille)

        try:
            yield Lecture(lire, self._etat(cle, recu))
        finally:
            corps.close()

    def lister(self, prefixe: str) -> Iterator[Objet]:
        operation = "list_object_versions" if self.dialecte.versions else "list_objects_v2"
        demande = {"Bucket": self.bucket, "Prefix": prefixe}
        with _traduites(prefixe):
            pages = iter(self.client.get_paginator(operation).paginate(**demande))
        while True:
            with _traduites(prefixe):
                page = next(pages, None)
            if page is None:
                return
            yield from sorted(_lignes(page), key=lambda ligne: (ligne.cle, not ligne.est_courant))

    def prolonger(self, cle: str, version: str, jusqu_au: datetime) -> None:
        date = self.etat(cle, version).verrouille_jusqu_au
        if not self.verrouille or (date is not None and date >= jusqu_au):
            return
        retenue = {"Mode": "COMPLIANCE", "RetainUntilDate": jusqu_au}
        with _traduites(cle, version):
            self.client.put_object_retention(**self._objet(cle, version), Retention=retenue)

    def supprimer(self, cle: str, version: str) -> None:
        with _traduites(cle, version):
            self.client.delete_object(**self._objet(cle, version))

    def eprouver(self) -> datetime:
        try:
            with _traduites(self.bucket):
                recu = self.client.head_bucket(Bucket=self.bucket)
        except FileNotFoundError as erreur:
            raise ConnectionError(f"Le seau {self.bucket} n'existe pas.") from erreur
        entetes = recu["ResponseMetadata"]["HTTPHeaders"]
        try:
            return parsedate_to_datetime(entetes["date"]).astimezone(UTC)
        except (KeyError, ValueError):
            return datetime.now(UTC)

    def defaut_de_verrou(self) -> str:
        if not self.verrouille:
            return ""
        absent = f"le seau {self.bucket} n'a pas de verrou d'objet (Object Lock)"
        try:
            vu = self.client.get_object_lock_configuration(Bucket=self.bucket)
        except ClientError as erreur:
            if erreur.response.get("Error", {}).get("Code") == SANS_VERROU:
                return absent
            raise ConnectionError(str(erreur)) from erreur
        except BotoCoreError as erreur:
            raise ConnectionError(f"{type(erreur).__name__}: {erreur}") from erreur
        actif = vu.get("ObjectLockConfiguration", {}).get("ObjectLockEnabled") == "Enabled"
        return "" if actif else absent

    def menage(self) -> int:
        with _traduites(self.bucket):
            return abandonner_les_restes(self.client, self.bucket)

    def controle(self, octets: bytes) -> dict[str, str]:
        """The checksum that the server compares with what it received."""
        if self.dialecte.controles == "sha256":
            return {"ChecksumSHA256": b64encode(hashlib.sha256(octets).digest()).decode()}
        somme = hashlib.md5(octets, usedforsecurity=False).digest()
        return {"ContentMD5": b64encode(somme).decode()}

    def _consignes(
        self, notes: Mapping[str, str], jusqu_au: datetime | None, type_mime: str
    ) -> dict[str, Any]:
        ascii_seul = {nom: quote(valeur, safe=" /:+@,=") for nom, valeur in notes.items()}
        consignes: dict[str, Any] = {"ContentType": type_mime, "Metadata": ascii_seul}
        if self.dialecte.chiffrement != "aucun":
            consignes["ServerSideEncryption"] = self.dialecte.chiffrement
        if jusqu_au and self.verrouille:
            consignes |= {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": jusqu_au}
        return consignes

    def _si_libre(self) -> dict[str, str]:
        return {"IfNoneMatch": "*"} if self.dialecte.conditionnel else {}

    def _exiger_libre(self, cle: str) -> None:
        """Look first where the server cannot refuse by itself to write over something."""
        if self.dialecte.conditionnel:
            return
        try:
            self.etat(cle)
        except FileNotFoundError:
            return
        raise DejaDepose(cle)

    def _objet(self, cle: str, version: str) -> dict[str, str]:
        lieu = {"Bucket": self.bucket, "Key": cle}
        return lieu | {"VersionId": version} if version else lieu

    def _etat(self, cle: str, vu: Mapping[str, Any]) -> Etat:
        metadonnees = {nom: unquote(valeur) for nom, valeur in vu.get("Metadata", {}).items()}
        return Etat(
            cle=cle,
            taille=vu["ContentLength"],
            sha256=metadonnees.get("sha256", ""),
            metadonnees=metadonnees,
            verrouille_jusqu_au=self._date(cle, vu) if self.verrouille else None,
            version=_version(vu),
            modifie_le=vu["LastModified"],
        )

    def _date(self, cle: str, vu: Mapping[str, Any]) -> datetime | None:
        """Until when, under COMPLIANCE; asked apart of servers that keep it out of the headers."""
        if "ObjectLockMode" in vu:
            retenue = {"Mode": vu["ObjectLockMode"], **vu}
            date = vu.get("ObjectLockRetainUntilDate")
        else:
            try:
                recu = self.client.get_object_retention(**self._objet(cle, _version(vu)))
            except (ClientError, BotoCoreError):
                return None  # no retention: what counts on it says so
            retenue = recu.get("Retention", {})
            date = retenue.get("RetainUntilDate")
        return date if retenue.get("Mode") == "COMPLIANCE" else None


def _version(recu: Mapping[str, Any]) -> str:
    version = recu.get("VersionId") or ""
    return "" if version == "null" else version


def _lignes(page: Mapping[str, Any]) -> Iterator[Objet]:
    for ligne in (*page.get("Versions", ()), *page.get("Contents", ())):
        courant = ligne.get("IsLatest", True)
        nom, date = ligne["Key"], ligne["LastModified"]
        yield Objet(nom, _version(ligne), ligne["Size"], date, est_courant=courant)
    for ligne in page.get("DeleteMarkers", ()):
        nom, date = ligne["Key"], ligne["LastModified"]
        courant = ligne.get("IsLatest", True)
        yield Objet(nom, _version(ligne), 0, date, est_marqueur=True, est_courant=courant)


@contextmanager
def _traduites(cle: str, version: str = "") -> Iterator[None]:
    """The errors of boto3 as those of a file."""
    try:
        yield
    except ClientError as erreur:
        code = str(erreur.response.get("Error", {}).get("Code", ""))
        if code in PRISES:
            raise DejaDepose(cle) from erreur
        if code in ABSENTS or (version and code in INCONNUES):
            raise FileNotFoundError(f"{cle} {version}".strip()) from erreur
        genre = PermissionError if code in REFUS else ConnectionError
        raise genre(str(erreur)) from erreur
    except BotoCoreError as erreur:
        raise ConnectionError(f"{type(erreur).__name__}: {erreur}") from erreur
