"""What a person decides of an email: cancel it, settle an uncertain one, send it again."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner, photo
from artjardin.erreurs import Conflit
from artjardin.outbox.models import Courriel, PieceJointe

Statut = Courriel.Statut
EN_CHEMIN = [Statut.EN_ATTENTE, Statut.EN_COURS, Statut.INCERTAIN]


@transaction.atomic
def annuler(courriel: Courriel, *, par: Auteur) -> Courriel:
    """Cancel a waiting email. Raise Conflit once it has left."""
    courriel = Courriel.objects.select_for_update(no_key=True).get(pk=courriel.pk)
    avant = photo(courriel, ["statut"])
    courriel.passer(Statut.ANNULE)
    courriel.reponse = f"Annulé par {par.nom}."
    courriel.save(update_fields=["statut", "reponse"])
    apres = photo(courriel, ["statut"])
    consigner(courriel, "courriel.annule", par=par, avant=avant, apres=apres)
    return courriel


@transaction.atomic
def constater(courriel: Courriel, *, arrive: bool, par: Auteur) -> Courriel:
    """A person settles an uncertain email after looking: it arrived, or it did not."""
    courriel = Courriel.objects.select_for_update(no_key=True).get(pk=courriel.pk)
    if courriel.statut != Statut.INCERTAIN:
        raise Conflit("Seul un courriel incertain se constate.", code="transition_refusee")
    avant = photo(courriel, ["statut"])
    courriel.passer(Statut.ENVOYE if arrive else Statut.ECHEC)
    courriel.envoye_le = (courriel.remis_le or timezone.now()) if arrive else None
    courriel.reponse = f"{'Arrivé' if arrive else 'Non arrivé'}, constaté par {par.nom}."
    courriel.save(update_fields=["statut", "envoye_le", "reponse"])
    apres = photo(courriel, ["statut"])
    consigner(courriel, "courriel.constate", par=par, avant=avant, apres=apres, arrive=arrive)
    return courriel


@transaction.atomic
def renvoyer(courriel: Courriel, *, par: Auteur) -> Courriel:
    """Send again as a new row linked to the old one, with the same content and attachments.

    Raise Conflit while a copy of it is on its way, or its fate uncertain: a double click sends one;
    and for one that did not leave, when the same message did since, by whatever way.
    """
    ancien = Courriel.objects.select_for_update(no_key=True).get(pk=courriel.pk)
    if ancien.statut not in {Statut.ENVOYE, Statut.ECHEC, Statut.ANNULE}:
        raise Conflit(
            "Ce courriel attend encore ou son sort est incertain : constatez-le d'abord.",
            code="transition_refusee",
        )
    if ancien.renvois.filter(statut__in=EN_CHEMIN).exists():
        raise Conflit("Une copie de ce courriel est déjà en chemin.", code="envoi_en_cours")
    _exiger_pas_reparti(ancien)
    domaine = ancien.message_id.rpartition("@")[2]
    copie = (
        "type", "client_ref", "a", "bcc", "expediteur", "objet", "texte", "html", "codes",
        "sujet_type", "sujet_id",
    )  # fmt: skip
    nouveau = Courriel.objects.create(
        **{champ: getattr(ancien, champ) for champ in copie},
        message_id=f"<{uuid.uuid4()}@{domaine}",
        en_reponse_a=ancien.message_id,
        fil=ancien.suite_du_fil,
        renvoi_de=ancien,
    )
    PieceJointe.objects.bulk_create(
        PieceJointe(courriel=nouveau, document=piece.document) for piece in ancien.pieces.all()
    )
    consigner(nouveau, "courriel.renvoye", par=par, ancien=ancien.pk)
    return nouveau


def _exiger_pas_reparti(ancien: Courriel) -> None:
    """A person who corrected the address and sent the document anew has no more to send."""
    if ancien.statut == Statut.ENVOYE or ancien.sujet_id is None:
        return
    meme = Courriel.objects.filter(
        type=ancien.type, sujet_type=ancien.sujet_type, sujet_id=ancien.sujet_id,
        client_ref=ancien.client_ref, pk__gt=ancien.pk, objet__endswith=ancien.objet,
    )  # fmt: skip
    repartis = meme.filter(statut__in=[*EN_CHEMIN, Statut.ENVOYE])
    if reparti := repartis.exclude(rebonds__definitif=True).order_by("-pk").first():
        le = timezone.localtime(reparti.envoye_le or reparti.cree_le)
        message = f"Ce message est reparti depuis, le {le:%d/%m/%Y à %H:%M} : renvoyez celui-là."
        raise Conflit(message, code="deja_reparti")
