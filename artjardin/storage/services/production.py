"""Documents promised in the business transaction, then made once."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from math import ceil
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.text import get_valid_filename

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner, exclusif
from artjardin.erreurs import Conflit
from artjardin.pannes import en_francais
from artjardin.preparees import inserer
from artjardin.storage import depots
from artjardin.storage.depots import PANNES
from artjardin.storage.models import Archive, Document

journal = logging.getLogger(__name__)


def promettre_document(
    objet: models.Model,
    *,
    genre: str,
    nom: str,
    affiche: str = "",
    le: date,
    client: int,
    contexte: Mapping[str, Any] | None = None,
) -> Document:
    """Note, in the business transaction, that this PDF is to be made from frozen data.

    The key is `AAAA/MM/genre/nom.pdf`; the same key twice gives the same document. `affiche` is
    the file name a reader sees, `nom` by default.
    """
    fichier = f"{get_valid_filename(nom)}.pdf"
    promis = Document(
        cle=f"{le:%Y/%m}/{genre}/{fichier}",
        type=genre,
        objet_type=objet._meta.label_lower,
        objet_id=objet.pk,
        client_ref=client,
        le=le,
        nom=f"{get_valid_filename(affiche)}.pdf" if affiche else fichier,
        contexte=dict(contexte or {}),
    )
    if inserer(promis, sauf_si="cle"):
        return promis
    document = Document.objects.get(cle=promis.cle)
    if (document.objet_id, document.client_ref) != (objet.pk, client):
        raise Conflit(f"La clef {document.cle} est celle d'un autre document.", code="clef_prise")
    return document


def produire(document: Document) -> Document:
    """Make a promised PDF, once, outside any transaction, and freeze its row.

    While another process makes it, it is given back as it is: promised. Errors are kept on the
    row and raised.
    """
    with a_produire(document) as a_nous:
        if a_nous:
            _faire(document)
    return document


@contextmanager
def a_produire(document: Document) -> Iterator[bool]:
    """Hold a document, fresh; whether it is ours to make: promised, and made nowhere else."""
    with exclusif(f"document.{document.pk}") as obtenu:
        document.refresh_from_db()
        yield obtenu and not document.est_produit


def garder(document: Document, contenu: bytes, *, duree_ms: int | None = None) -> None:
    """Store the bytes of a document that `a_produire` holds, and freeze its row. Raise OSError.

    `duree_ms`: the time it took to draw them.

    What lies under its key is never its file: nobody was given one yet. It was left by a run that
    was killed, or by what a restored backup forgot, and is put aside.
    """
    if not Document.objects.filter(pk=document.pk, sha256="").exists():  # nor without our session
        raise OSError(f"{document.cle} n'est plus à produire.")
    if ecarte := depots.ecarter(document.cle):
        journal.warning("%s portait un autre fichier, mis de côté : %s", document.cle, ecarte.name)
    depots.ecrire(document.cle, contenu)
    if depots.lire(document.cle) != contenu:
        raise OSError(f"{document.cle} : le disque ne rend pas ce qui lui a été donné.")
    with transaction.atomic():
        Document.objects.filter(pk=document.pk, sha256="").update(
            sha256=hashlib.sha256(contenu).hexdigest(),
            taille=len(contenu),
            produit_le=timezone.now(),
            duree_ms=duree_ms,
            erreur="",
        )
        inserer(Archive(document=document), sauf_si="document_id")
    document.refresh_from_db()


def _faire(document: Document) -> None:
    try:
        debut = time.monotonic()
        contenu = _producteur(document.type)(document)
        garder(document, contenu, duree_ms=ceil(1000 * (time.monotonic() - debut)))
    except Exception as erreur:
        compte = 0 if isinstance(erreur, PANNES) else 1  # an outage says nothing about the document
        Document.objects.filter(pk=document.pk, sha256="").update(
            essais=models.F("essais") + compte, erreur=en_francais(erreur)
        )
        raise


def produire_les_promis(*, limite: int = 500) -> dict[str, int]:
    """Make what is still promised; one failure stops nobody else. Return the counts.

    One process at a time: another one that asks meanwhile goes on without waiting.
    """
    comptes = {"produits": 0, "echecs": 0}
    with exclusif("storage.production") as a_nous:
        return _produire(limite, comptes) if a_nous else comptes


def _produire(limite: int, comptes: dict[str, int]) -> dict[str, int]:
    for document in Document.objects.a_produire().order_by("essais", "-id")[:limite]:
        try:
            produit = produire(document).est_produit
        except Exception:  # noqa: BLE001 - one bad document stops nobody else
            journal.exception("document %s non produit", document.cle)
            comptes["echecs"] += 1
        else:
            comptes["produits"] += produit
    return comptes


def reessayer(document: Document, *, par: Auteur) -> Document:
    """Try again to make a document that was given up. Raise Conflit when it was not."""
    with transaction.atomic():
        document = Document.objects.select_for_update(no_key=True).get(pk=document.pk)
        if not document.est_abandonne:
            raise Conflit("Ce document n'a pas été abandonné.", code="document_non_abandonne")
        avant = {"essais": document.essais, "erreur": document.erreur}
        document.essais = 0
        document.save(update_fields=["essais"])
        consigner(document, "document.a_reessayer", par=par, avant=avant, apres={"essais": 0})
    return document


def _producteur(genre: str) -> Callable[[Document], bytes]:
    return import_string(settings.DOCUMENT_PRODUCTEURS[genre])
