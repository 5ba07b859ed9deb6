"""Promising emails, in the business transaction."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.db import models
from django.template.loader import render_to_string

from artjardin.erreurs import Invalide
from artjardin.outbox.adresses import est_une_adresse
from artjardin.outbox.discretion import ecrivable
from artjardin.outbox.message import verifier_les_pieces
from artjardin.outbox.models import Courriel, PieceJointe
from artjardin.preparees import inserer, inserer_tous
from artjardin.storage.models import Document
from artjardin.traces.contexte import requete_courante

NOM_DE_CODE = re.compile(r"[a-z0-9_.-]{1,40}")


@dataclass(frozen=True)
class Contenu:
    """What a message says: one subject, plain text and HTML; `codes` are texts drawn as QR codes.

    The HTML shows a code by `<img src="cid:nom">`.
    """

    objet: str
    texte: str
    html: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)


def contenu_du_gabarit(nom: str, *, objet: str, contexte: Mapping[str, Any]) -> Contenu:
    """A message from `courriels/<nom>.txt` and `.html`."""
    return Contenu(
        objet,
        render_to_string(f"courriels/{nom}.txt", dict(contexte)),
        render_to_string(f"courriels/{nom}.html", dict(contexte)),
    )


def promettre(
    *,
    genre: str,
    a: Sequence[str],
    contenu: Contenu,
    client: int | None = None,
    pieces: Sequence[Document] = (),
    sujet: models.Model | None = None,
    bcc: Sequence[str] | None = None,
    en_reponse_a: str = "",
) -> Courriel:
    """Write an email in the caller's transaction; the sweep sends it after the commit.

    `sujet` is what it is about: the history shows it, and messages about the same one make one
    thread. `bcc` gets a blind copy (None: COURRIEL_BCC). Raises Invalide when an attachment belongs
    to another client, or for what is no address.
    """
    verifier_les_pieces(pieces, client=client)
    _verifier_les_adresses(a)
    _verifier_les_codes(contenu.codes)
    domaine = parseaddr(settings.COURRIEL_EXPEDITEUR)[1].partition("@")[2] or "localhost"
    courriel = Courriel(
        type=genre,
        client_ref=client,
        a=list(a),
        bcc=list(settings.COURRIEL_BCC if bcc is None else bcc),
        expediteur=settings.COURRIEL_EXPEDITEUR,
        objet=ecrivable(" ".join(contenu.objet.split()))[:250],
        texte=ecrivable(contenu.texte),
        html=ecrivable(contenu.html),
        codes={nom: ecrivable(texte) for nom, texte in contenu.codes.items()},
        message_id=f"<{uuid.uuid4()}@{domaine}>",
        en_reponse_a=en_reponse_a,
        fil=_fil(en_reponse_a),
        requete=requete_courante(),
        sujet_type=sujet._meta.label_lower if sujet else "",
        sujet_id=sujet.pk if sujet else None,
    )
    inserer(courriel)
    inserer_tous([PieceJointe(courriel=courriel, document=document) for document in pieces])
    return courriel


def promettre_a_chacun(adresses: Iterable[str], **promesse: Any) -> list[Courriel]:
    """The same email to several people of the firm, one message each: a dead address among them
    keeps nobody else from being told. `promesse`: as `promettre`, without `a`.
    """
    return [promettre(a=[adresse], **promesse) for adresse in dict.fromkeys(adresses)]


def _fil(message_id: str) -> list[str]:
    if not message_id:
        return []
    avant = Courriel.objects.filter(message_id=message_id).first()
    return avant.suite_du_fil if avant else [message_id]


def _verifier_les_adresses(adresses: Iterable[str]) -> None:
    """As an EmailField would; accents are letters too (SMTPUTF8), and nothing may leave its line.

    Copies are not looked at: one badly written in the settings must not keep clients' mail back.
    """
    for adresse in adresses:
        if not est_une_adresse(adresse):
            raise Invalide(f"« {adresse} » n'est pas une adresse de courriel.")
        if set(adresse) & {"<", ">", " "} or not adresse.isprintable():
            raise Invalide(f"« {adresse} » ne peut pas s'écrire sur une enveloppe.")


def _verifier_les_codes(codes: Mapping[str, str]) -> None:
    for nom in codes:
        if not NOM_DE_CODE.fullmatch(nom):
            raise Invalide(f"« {nom} » ne peut pas nommer une image.")
