"""The exact bytes of an email: the same row always gives the same ones (design G5).

Written part by part rather than by the email package, whose folding changes from one Python to
the next and whose boundaries are drawn at random: the `.eml` of the history is what was sent.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from binascii import b2a_base64, b2a_qp
from collections.abc import Iterable, Iterator, Mapping, Sequence
from email.utils import format_datetime, parseaddr
from functools import cache
from urllib.parse import quote

from django.utils import timezone

from artjardin.erreurs import Invalide
from artjardin.outbox.models import Courriel
from artjardin.outbox.smtp import Enveloppe
from artjardin.preparees import lire as lire_les_lignes
from artjardin.qr import qr_png
from artjardin.storage.models import Document
from artjardin.storage.services import lire

LIGNE = 76  # characters of base64
MOT_CODE = 45  # bytes of text in one encoded word (RFC 2047: 75 characters at most)
ATOME = re.compile(r"[\w !#$%&'*+/=?^`{|}~-]*", re.ASCII)
PIECES = """WHERE "id" IN (SELECT document_id FROM outbox_piecejointe WHERE courriel_id = %s)
ORDER BY (SELECT p.id FROM outbox_piecejointe p
WHERE p.courriel_id = %s AND p.document_id = storage_document."id")"""


def rediger(courriel: Courriel) -> Enveloppe:
    """Addresses and bytes, with attachments read and checked. Raises Invalide, Indisponible."""
    documents = pieces_de(courriel)
    verifier_les_pieces(documents, client=courriel.client_ref)
    a = tuple(map(en_ascii, courriel.a))
    entetes = _entetes(courriel, a)
    message = _joindre([*entetes, *_corps(courriel, documents)])
    return Enveloppe(
        expediteur=_partage(courriel.expediteur)[1],
        a=a,
        bcc=tuple(map(en_ascii, courriel.bcc)),
        message=message,
        identifiant=courriel.message_id.strip("<>"),
    )


def pieces_de(courriel: Courriel) -> list[Document]:
    return lire_les_lignes(Document, PIECES, courriel.pk, courriel.pk)


def verifier_les_pieces(documents: Sequence[Document], *, client: int | None) -> None:
    for document in documents:
        if document.client_ref != client:
            raise Invalide(f"La pièce {document.nom} appartient à un autre client.")


def en_ascii(adresse: str) -> str:
    """The address with its domain as DNS knows it; accents before the @ stay.

    >>> en_ascii("anne@château.example")
    'anne@xn--chteau-xta.example'
    """
    if adresse.isascii():
        return adresse
    boite, _, domaine = adresse.rpartition("@")
    try:
        return f"{boite}@{domaine.encode('idna').decode('ascii')}"
    except UnicodeError:
        return adresse


def images(courriel: Courriel) -> dict[str, str]:
    """The QR codes as data: addresses, for a preview that fetches nothing."""
    return {
        nom: f"data:image/png;base64,{b64encode(qr_png(texte)).decode()}"
        for nom, texte in courriel.codes.items()
    }


def _entetes(courriel: Courriel, a: Sequence[str]) -> list[str]:
    date = format_datetime(timezone.localtime(courriel.cree_le))
    entetes = [
        f"Subject: {_texte_encode(courriel.objet)}",
        f"From: {_signature(courriel.expediteur)}",
        "To: " + ",\r\n ".join(a),
        f"Date: {date}",
        f"Message-ID: {courriel.message_id}",
        "Auto-Submitted: auto-generated",
        "MIME-Version: 1.0",
    ]
    if courriel.en_reponse_a:
        chaine = courriel.fil or [courriel.en_reponse_a]
        entetes += [
            f"In-Reply-To: {courriel.en_reponse_a}",
            "References: " + "\r\n ".join(chaine),
        ]
    if courriel.requete:  # none before it was kept: those messages are what they were
        entetes.append(f"X-Requete: {courriel.requete}")
    return entetes


@cache
def _partage(expediteur: str) -> tuple[str, str]:
    """Name and address of a sender; there are few of them."""
    return parseaddr(expediteur)


@cache
def _signature(expediteur: str) -> str:
    nom, adresse = _partage(expediteur)
    if not nom:
        return adresse
    if ATOME.fullmatch(nom):
        return f'"{nom}" <{adresse}>'
    return f"{_mots_codes(nom)}\r\n <{adresse}>"


def _texte_encode(texte: str) -> str:
    return texte if texte.isascii() and "=?" not in texte else _mots_codes(texte)


def _mots_codes(texte: str) -> str:
    """Encoded words, cut between characters.

    >>> _mots_codes("été")
    '=?utf-8?b?w6l0w6k=?='
    """
    mots, mot = [], b""
    for lettre in texte:
        octets = lettre.encode()
        if len(mot) + len(octets) > MOT_CODE:
            mots.append(mot)
            mot = b""
        mot += octets
    codes = (f"=?utf-8?b?{b64encode(mot).decode()}?=" for mot in [*mots, mot])
    return "\r\n ".join(codes)


Lignes = Iterable[str | bytes]


def _corps(courriel: Courriel, documents: Sequence[Document]) -> Lignes:
    """Content-Type and the rest: the text, its HTML with the images it shows, the attachments."""
    racine = hashlib.sha256(courriel.message_id.encode()).hexdigest()[:28]
    corps = _texte(courriel.texte, "plain")
    if courriel.html:
        html = _avec_images(courriel, f"=_r{racine}")
        corps = _multipart("alternative", f"=_a{racine}", [corps, html])
    if documents:
        pieces = (_piece(document) for document in documents)
        corps = _multipart("mixed", f"=_m{racine}", [corps, *pieces])
    return corps


def _avec_images(courriel: Courriel, borne: str) -> Lignes:
    html = _texte(courriel.html, "html")
    if not courriel.codes:
        return html
    dessins = [_image(nom, texte) for nom, texte in _tries(courriel.codes)]
    return _multipart('related; type="text/html"', borne, [html, *dessins])


def _tries(codes: Mapping[str, str]) -> list[tuple[str, str]]:
    return sorted(codes.items())


def _multipart(genre: str, borne: str, parties: Sequence[Lignes]) -> Iterator[str | bytes]:
    yield f'Content-Type: multipart/{genre}; boundary="{borne}"'
    yield ""
    for partie in parties:
        yield f"--{borne}"
        yield from partie
    yield f"--{borne}--"


def _texte(texte: str, genre: str) -> Iterator[str | bytes]:
    yield f'Content-Type: text/{genre}; charset="utf-8"'
    yield "Content-Transfer-Encoding: quoted-printable"
    yield ""
    lignes = texte.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    yield b2a_qp("\r\n".join([*lignes, ""]).encode(), istext=True)


def _image(nom: str, texte: str) -> Iterator[str | bytes]:
    yield "Content-Type: image/png"
    yield "Content-Transfer-Encoding: base64"
    yield f"Content-ID: <{nom}>"
    yield f'Content-Disposition: inline; filename="{nom}.png"'
    yield ""
    yield _base64(qr_png(texte))


def _piece(document: Document) -> Iterator[str | bytes]:
    yield "Content-Type: application/pdf"
    yield "Content-Transfer-Encoding: base64"
    yield f"Content-Disposition: attachment;\r\n {_nom_de_fichier(document.nom)}"
    yield ""
    yield _base64(lire(document))


def _nom_de_fichier(nom: str) -> str:
    """RFC 2231 for a name with accents.

    >>> _nom_de_fichier("FAC-1.pdf"), _nom_de_fichier("été.pdf")
    ('filename="FAC-1.pdf"', "filename*=utf-8''%C3%A9t%C3%A9.pdf")
    """
    simple = nom.isascii() and not set(nom) & {'"', "\\"}
    return f'filename="{nom}"' if simple else f"filename*=utf-8''{quote(nom, safe='')}"


def _base64(octets: bytes) -> bytes:
    texte = b2a_base64(octets, newline=False)
    return b"\r\n".join([texte[rang : rang + LIGNE] for rang in range(0, len(texte), LIGNE)])


def _joindre(lignes: Iterable[str | bytes]) -> bytes:
    morceaux = [ligne.encode() if isinstance(ligne, str) else ligne for ligne in lignes]
    message = b"\r\n".join(morceaux)
    return message if message.endswith(b"\r\n") else message + b"\r\n"
