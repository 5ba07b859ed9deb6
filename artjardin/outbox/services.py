"""Promising emails in the business transaction, sending them outside it."""

from __future__ import annotations

import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.module_loading import import_string

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner
from artjardin.erreurs import Conflit, Indisponible, Invalide
from artjardin.outbox.models import ESSAIS_MAX, Courriel, PieceJointe
from artjardin.outbox.smtp import Definitif, Enveloppe, Incertain, Injoignable, Passager, Relais
from artjardin.preparees import inserer
from artjardin.storage.models import Document
from artjardin.storage.services import lire

journal = logging.getLogger(__name__)
ATTENTE_APRES_GARDE = timedelta(minutes=15)
Statut = Courriel.Statut
ATTENTE_SANS_RELAIS = timedelta(minutes=2)


class PlusTard(Exception):
    """A guard's answer: this message may leave, but not before `quand`."""

    def __init__(self, quand: datetime, raison: str) -> None:
        super().__init__(raison)
        self.quand = quand


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
    to another client.
    """
    _verifier_les_pieces(pieces, client=client)
    domaine = parseaddr(settings.COURRIEL_EXPEDITEUR)[1].partition("@")[2] or "localhost"
    courriel = Courriel(
        type=genre,
        client_ref=client,
        a=list(a),
        bcc=list(settings.COURRIEL_BCC if bcc is None else bcc),
        expediteur=settings.COURRIEL_EXPEDITEUR,
        objet=" ".join(contenu.objet.split())[:250],
        texte=contenu.texte,
        html=contenu.html,
        codes=dict(contenu.codes),
        message_id=f"<{uuid.uuid4()}@{domaine}>",
        en_reponse_a=en_reponse_a,
        sujet_type=sujet._meta.label_lower if sujet else "",
        sujet_id=sujet.pk if sujet else None,
    )
    inserer(courriel)
    for document in pieces:
        inserer(PieceJointe(courriel=courriel, document=document))
    return courriel


def envoyer_les_courriels(*, duree: timedelta = timedelta(seconds=50)) -> Counter[str]:
    """Send what is due, one connection for the batch; any number of workers. Return the counts."""
    comptes: Counter[str] = Counter(reprendre_les_abandonnes())
    fin = time.monotonic() + duree.total_seconds()
    with Relais() as relais:
        while time.monotonic() < fin and (courriel := _prendre()) is not None:
            la = courriel.statut != Statut.EN_COURS or _envoyer(courriel, relais)
            comptes[courriel.statut] += 1
            if not la:
                break
    return comptes


@transaction.atomic
def reprendre_les_abandonnes() -> Counter[str]:
    """Settle what a dead process left: not handed over → waits again, handed over → uncertain."""
    comptes: Counter[str] = Counter()
    abandonnes = Courriel.objects.abandonnes(au=timezone.now())
    for courriel in abandonnes.select_for_update(skip_locked=True):
        courriel.passer(_sort(courriel))
        courriel.reponse = "Le processus d'envoi s'est arrêté avant la réponse du serveur."
        courriel.save(update_fields=["statut", "reponse"])
        comptes[courriel.statut] += 1
    return comptes


def _sort(abandonne: Courriel) -> str:
    if abandonne.remis_le:
        return Statut.INCERTAIN
    epuise = abandonne.tentatives >= ESSAIS_MAX  # it may be what kills its senders
    return Statut.ECHEC if epuise else Statut.EN_ATTENTE


@transaction.atomic
def _prendre() -> Courriel | None:
    """Claim the next due email. Its guard, asked under lock, may cancel it, or fail: it waits."""
    dus = Courriel.objects.a_envoyer(au=timezone.now()).order_by("prochain_essai_le", "id")
    courriel = dus.select_for_update(skip_locked=True, of=("self",)).first()
    if courriel is None:
        return None
    try:
        with transaction.atomic():
            motif = _garde(courriel.type)(courriel)
    except PlusTard as attente:
        courriel.prochain_essai_le, courriel.reponse = attente.quand, str(attente)
    except Exception as erreur:  # noqa: BLE001 - a broken guard must not stop the others
        journal.exception("garde du courriel %s", courriel.pk)
        courriel.prochain_essai_le = timezone.now() + ATTENTE_APRES_GARDE
        courriel.reponse = f"{type(erreur).__name__}: {erreur}"
    else:
        _suivre_la_garde(courriel, motif)
    courriel.save()
    return courriel


def _suivre_la_garde(courriel: Courriel, motif: str) -> None:
    if motif:
        courriel.passer(Statut.ANNULE)
        courriel.reponse = motif
        return
    courriel.passer(Statut.EN_COURS)
    courriel.pris_le = timezone.now()
    courriel.remis_le = None
    courriel.tentatives += 1


def _garde(genre: str) -> Callable[[Courriel], str]:
    chemin = settings.COURRIEL_GARDES.get(genre)
    return import_string(chemin) if chemin else lambda _courriel: ""


def _envoyer(courriel: Courriel, relais: Relais) -> bool:
    """Send one message and note its fate. False when the relay itself is down: stop there."""
    try:
        enveloppe = _enveloppe(courriel)
        courriel.reponse = relais.remettre(
            enveloppe, avant_donnees=lambda: _noter_la_remise(courriel)
        )
    except Incertain as erreur:
        _conclure(courriel, Statut.INCERTAIN, str(erreur))
    except Injoignable as erreur:
        courriel.tentatives -= 1  # the relay was down: the message itself was not tried
        _reporter(courriel, ATTENTE_SANS_RELAIS, str(erreur))
        return False
    except (Passager, Indisponible) as erreur:
        _reessayer(courriel, str(erreur))
    except Exception as erreur:  # noqa: BLE001 - a bad message must not stop the others
        _conclure(
            courriel,
            Statut.ECHEC,
            f"{type(erreur).__name__}: {erreur}"
            if not isinstance(erreur, Definitif)
            else str(erreur),
        )
    else:
        courriel.envoye_le = timezone.now()
        _conclure(courriel, Statut.ENVOYE, courriel.reponse)
    return True


def _noter_la_remise(courriel: Courriel) -> None:
    """Commit, before the data leaves, that it did: a crash past this point is uncertain."""
    courriel.remis_le = timezone.now()
    tenu = Courriel.objects.filter(
        pk=courriel.pk, statut=Statut.EN_COURS, pris_le=courriel.pris_le
    ).update(remis_le=courriel.remis_le)
    if not tenu:
        raise Passager("Bail perdu : un autre processus a repris ce message.")


def _reessayer(courriel: Courriel, reponse: str) -> None:
    if courriel.tentatives >= ESSAIS_MAX:
        _conclure(courriel, Statut.ECHEC, reponse)
        return
    _reporter(courriel, timedelta(minutes=2 ** (courriel.tentatives - 1)), reponse)


def _reporter(courriel: Courriel, attente: timedelta, reponse: str) -> None:
    courriel.prochain_essai_le = timezone.now() + attente
    _conclure(courriel, Statut.EN_ATTENTE, reponse)


def _conclure(courriel: Courriel, vers: str, reponse: str) -> None:
    """Write the fate of a message we hold; what the server accepted counts even past the lease."""
    tenus = Courriel.objects.filter(pk=courriel.pk, pris_le=courriel.pris_le)
    etats_ouverts = [Statut.EN_COURS, *([Statut.INCERTAIN] if vers == Statut.ENVOYE else [])]
    courriel.passer(vers)
    courriel.reponse = reponse
    tenus.filter(statut__in=etats_ouverts).update(
        statut=courriel.statut,
        reponse=courriel.reponse,
        tentatives=courriel.tentatives,
        envoye_le=courriel.envoye_le,
        prochain_essai_le=courriel.prochain_essai_le,
    )


def _enveloppe(courriel: Courriel) -> Enveloppe:
    documents = [piece.document for piece in courriel.pieces.select_related("document")]
    _verifier_les_pieces(documents, client=courriel.client_ref)
    message = EmailMessage(policy=SMTP)
    message["Subject"] = courriel.objet
    nom, adresse = parseaddr(courriel.expediteur)
    message["From"] = formataddr((nom, adresse))
    message["To"] = ", ".join(courriel.a)
    message["Date"] = format_datetime(timezone.localtime(courriel.cree_le))
    message["Message-ID"] = courriel.message_id
    message["Auto-Submitted"] = "auto-generated"
    if courriel.en_reponse_a:
        message["In-Reply-To"] = message["References"] = courriel.en_reponse_a
    message.set_content(courriel.texte, cte="quoted-printable")
    message.add_alternative(courriel.html, subtype="html", cte="quoted-printable")
    for document in documents:
        message.add_attachment(
            lire(document), maintype="application", subtype="pdf", filename=document.nom
        )
    return Enveloppe(adresse, tuple(courriel.a), tuple(courriel.bcc), message.as_bytes())


def _verifier_les_pieces(pieces: Sequence[Document], *, client: int | None) -> None:
    for document in pieces:
        if document.client_ref != client:
            raise Invalide(f"La pièce {document.nom} appartient à un autre client.")


@transaction.atomic
def annuler(courriel: Courriel, *, par: Auteur) -> Courriel:
    """Cancel a waiting email. Raise Conflit once it has left."""
    courriel = Courriel.objects.select_for_update().get(pk=courriel.pk)
    courriel.passer(Statut.ANNULE)
    courriel.reponse = f"Annulé par {par.nom}."
    courriel.save(update_fields=["statut", "reponse"])
    consigner(courriel, "courriel.annule", par=par)
    return courriel


@transaction.atomic
def constater(courriel: Courriel, *, arrive: bool, par: Auteur) -> Courriel:
    """A person settles an uncertain email after looking: it arrived, or it did not."""
    courriel = Courriel.objects.select_for_update().get(pk=courriel.pk)
    if courriel.statut != Statut.INCERTAIN:
        raise Conflit("Seul un courriel incertain se constate.", code="transition_refusee")
    courriel.passer(Statut.ENVOYE if arrive else Statut.ECHEC)
    courriel.envoye_le = courriel.remis_le if arrive else None
    courriel.reponse = f"{'Arrivé' if arrive else 'Non arrivé'}, constaté par {par.nom}."
    courriel.save(update_fields=["statut", "envoye_le", "reponse"])
    consigner(courriel, "courriel.constate", par=par, arrive=arrive)
    return courriel


@transaction.atomic
def renvoyer(courriel: Courriel, *, par: Auteur) -> Courriel:
    """Send again as a new row linked to the old one, with the same content and attachments."""
    ancien = Courriel.objects.select_for_update().get(pk=courriel.pk)
    if ancien.statut not in {Statut.ENVOYE, Statut.ECHEC, Statut.ANNULE}:
        raise Conflit(
            "Ce courriel attend encore ou son sort est incertain : constatez-le d'abord.",
            code="transition_refusee",
        )
    domaine = ancien.message_id.rpartition("@")[2]
    copie = (
        "type", "client_ref", "a", "bcc", "expediteur", "objet", "texte", "html", "codes",
        "sujet_type", "sujet_id",
    )  # fmt: skip
    nouveau = Courriel.objects.create(
        **{champ: getattr(ancien, champ) for champ in copie},
        message_id=f"<{uuid.uuid4()}@{domaine}",
        en_reponse_a=ancien.message_id,
        renvoi_de=ancien,
    )
    PieceJointe.objects.bulk_create(
        PieceJointe(courriel=nouveau, document=piece.document) for piece in ancien.pieces.all()
    )
    consigner(nouveau, "courriel.renvoye", par=par, ancien=ancien.pk)
    return nouveau
