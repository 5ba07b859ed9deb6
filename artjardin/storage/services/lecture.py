"""Reading a document: the local file, else the archive, always after comparing the hash."""

from __future__ import annotations

import hashlib
import logging

from django.db import transaction

from artjardin.accounts.auteur import systeme
from artjardin.audit.services import consigner
from artjardin.erreurs import Indisponible
from artjardin.storage import depots
from artjardin.storage.coffres import PANNES, coffre_des_documents
from artjardin.storage.models import Archive, Document
from artjardin.storage.services.copies import retrouver

journal = logging.getLogger(__name__)
PAR = systeme("archives")
INJOIGNABLE = "depot_injoignable"
ALTEREE, ABSENTE, ILLISIBLE = "altérée", "absente", "illisible"


def lire(document: Document) -> bytes:
    """The bytes of a made document, after comparing their SHA-256. Raise Indisponible.

    A bad local copy is replaced from the archive once the current transaction is over.
    """
    if not document.est_produit:
        raise Indisponible("Ce document est en préparation, réessayez dans un instant.")
    contenu, faute = lire_la_copie_locale(document)
    if contenu is not None:
        return contenu
    journal.error("copie locale %s : %s", faute, document.cle)
    contenu = lire_l_archive(document, faute=faute)
    transaction.on_commit(lambda: reparer_la_copie_locale(document, contenu), robust=True)
    return contenu


def lire_la_copie_locale(document: Document) -> tuple[bytes | None, str]:
    """Its bytes if they are right, else what is wrong with them."""
    try:
        contenu = depots.lire(document.cle)
    except FileNotFoundError:
        return None, ABSENTE
    except OSError:
        return None, ILLISIBLE
    juste = hashlib.sha256(contenu).hexdigest() == document.sha256
    return (contenu, "") if juste else (None, ALTEREE)


def lire_l_archive(document: Document, *, faute: str) -> bytes:
    """The right bytes, from the archive. Raise Indisponible, which says what is wrong where."""
    coffre = coffre_des_documents()
    try:
        contenu = _la_bonne_version(document)
        if contenu is None and (trouve := retrouver(coffre, document)):
            contenu = trouve[1]
    except PANNES as erreur:
        journal.error("archive injoignable (%s) : %s", coffre.description, erreur)
        message = f"La copie locale est {faute} et l'archive ne répond pas, réessayez."
        raise Indisponible(message, code=INJOIGNABLE) from erreur
    if contenu is None:
        code = "document_altere" if faute == ALTEREE else "document_absent"
        message = f"{document.cle} : la copie locale est {faute}, l'archive n'en a pas de bonne."
        raise Indisponible(message, code=code)
    return contenu


def reparer_la_copie_locale(document: Document, contenu: bytes) -> bool:
    """Write the file again, the bad one put aside, and note it; False when it is right by now."""
    bonne, faute = lire_la_copie_locale(document)
    if bonne is not None:
        return False
    ecarte = depots.ecarter(document.cle)
    depots.ecrire(document.cle, contenu)
    with transaction.atomic():
        consigner(
            document,
            "archive.reparee",
            par=PAR,
            copie="locale",
            faute=faute,
            ecarte=ecarte.name if ecarte else "",
        )
    journal.warning("copie locale %s, réparée depuis l'archive : %s", faute, document.cle)
    return True


def _la_bonne_version(document: Document) -> bytes | None:
    """What the archive's row points to, when its bytes are right."""
    archive = Archive.objects.filter(document=document).first()
    cle, version = (archive.cle, archive.version) if archive else ("", "")
    try:
        contenu = coffre_des_documents().lire(cle or document.cle, version)
    except FileNotFoundError:
        return None
    return contenu if hashlib.sha256(contenu).hexdigest() == document.sha256 else None
