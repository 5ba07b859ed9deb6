"""The proofs of a recovery file, as CSV: sent, answered by the server, posted, received."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from artjardin.outbox.models import Courriel
from facturation.comptes.tableur import en_csv
from relances.models import Relance

COURRIELS = [
    "Fichier", "Message-ID", "Destinataires", "Objet", "Créé le", "Remis le", "Accepté le",
    "Statut", "Réponse du serveur", "SHA-256 remis", "Essais",
]  # fmt: skip
RELANCES = [
    "Facture", "Niveau", "Jour", "Canal", "Reste dû", "Retard (jours)", "Courriel", "Lettre",
    "SHA-256 de la lettre", "Postée le", "N° de recommandé", "Reçue le", "Annulée le", "Motif",
]  # fmt: skip


def nom_du_courriel(courriel: Courriel) -> str:
    """The name of its exact copy: the day it was handed over, and its number."""
    jour = timezone.localtime(courriel.remis_le or courriel.cree_le)
    return f"{jour:%Y-%m-%d}-courriel-{courriel.pk}.eml"


def courriels(lignes: Iterable[Courriel]) -> bytes:
    """Every mail, even one that did not leave, with its fate."""
    return en_csv(COURRIELS, [_courriel(ligne) for ligne in lignes])


def relances(lignes: Iterable[Relance]) -> bytes:
    """The ledger of this client, cancelled lines too."""
    return en_csv(RELANCES, [_relance(ligne) for ligne in lignes])


def empreintes(pieces: Iterable[Any]) -> bytes:
    """The SHA-256 of every file."""
    return en_csv(["Fichier", "SHA-256"], [[piece.chemin, piece.sha256] for piece in pieces])


def _courriel(courriel: Courriel) -> list[Any]:
    return [
        nom_du_courriel(courriel) if courriel.remis_le else "",
        courriel.message_id,
        ", ".join(courriel.a),
        courriel.objet,
        _instant(courriel.cree_le),
        _instant(courriel.remis_le),
        _instant(courriel.envoye_le),
        courriel.get_statut_display(),
        courriel.reponse,
        courriel.empreinte,
        " ; ".join(f"{_instant(e.fin)} {e.get_resultat_display()}" for e in courriel.essais.all()),
    ]


def _relance(relance: Relance) -> list[Any]:
    lettre, postee = relance.lettre, relance.postee_le is not None
    return [
        relance.facture.numero or "",
        relance.niveau.nom,
        relance.jour,
        relance.get_canal_display(),
        relance.solde,
        str(relance.retard),
        relance.courriel.message_id if relance.courriel else "",
        (lettre.nom if postee else "non postée") if lettre else "",
        lettre.sha256 if lettre and postee else "",
        _instant(relance.postee_le),
        relance.suivi,
        relance.recue_le or "",
        _instant(relance.annulee_le),
        relance.annulation,
    ]


def _instant(quand: datetime | None) -> str:
    return f"{timezone.localtime(quand):%d/%m/%Y %H:%M:%S}" if quand else ""
