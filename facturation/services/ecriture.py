"""Writing drafts and freezing them: what devis and factures share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError

from artjardin.erreurs import Conflit, Invalide
from chantiers.models import Chantier
from clients.models import Client
from facturation.models import Devis, Entreprise, Facture
from facturation.models.lignes import MONTANT_MAX
from facturation.montants import Totaux, totaliser

Ligne = Mapping[str, Any]


def verifier_les_parties(*, client: Client, chantier: Chantier | None, tenir: bool = False) -> None:
    """Raise Invalide when the site belongs to another client, Conflit when one is in the trash.

    With `tenir` both rows are locked, so that a new document never hangs below the trash.
    """
    if chantier is not None and chantier.client_id != client.pk:
        message = "Ce chantier est celui d'un autre client."
        raise Invalide(message, champs={"chantier": [message]})
    _exiger_vivant("client", client, tenir=tenir)
    _exiger_vivant("chantier", chantier, tenir=tenir)


def tenir_les_parties(champs: Mapping[str, Any]) -> None:
    """Lock the client, then the site, that `champs` give to a document, before the document itself.

    That is the order of a deletion: neither leaves for the trash now. Raise Conflit when it has.
    """
    for champ in ("client", "chantier"):
        _exiger_vivant(champ, champs.get(champ), tenir=True)


def _exiger_vivant(champ: str, partie: Client | Chantier | None, *, tenir: bool) -> None:
    if partie is not None and not _est_vivant(partie, tenir=tenir):
        raise Conflit(f"« {partie} » est dans la corbeille.", code=f"{champ}_supprime")


def _est_vivant(partie: Client | Chantier, *, tenir: bool) -> bool:
    """As the database says now, not as it was when `partie` was read."""
    vivants = type(partie).objects.filter(pk=partie.pk).values_list("pk")
    lus = vivants.select_for_update(no_key=True) if tenir else vivants
    return lus.first() is not None


def ecrire_les_lignes(document: Devis | Facture, lignes: Sequence[Ligne]) -> None:
    """Replace the lines of a draft, in order. Raise Invalide, by line and field."""
    document.lignes.all().delete()
    modele: Any = document.lignes.model
    lien = "devis" if isinstance(document, Devis) else "facture"
    erreurs: dict[str, list[str]] = {}
    nouvelles = []
    for rang, donnees in enumerate(lignes):
        ligne = modele(**{lien: document}, rang=rang + 1, **donnees)
        try:
            ligne.clean_fields(exclude=["total_ht"])
            ligne.clean()
        except ValidationError as erreur:
            erreurs |= {f"lignes.{rang}.{c}": t for c, t in erreur.message_dict.items()}
        else:
            ligne.chiffrer()
            nouvelles.append(ligne)
    if erreurs:
        raise Invalide("Des lignes sont à corriger.", champs=erreurs)
    modele.objects.bulk_create(nouvelles)
    chiffrer(document)


def chiffrer(document: Devis | Facture) -> Totaux:
    """Put the totals of the lines on the document (unsaved). Raise Invalide when too large."""
    totaux = totaliser(document.lignes.all())
    if totaux.ttc >= MONTANT_MAX:
        message = "Le total dépasse ce qu'un document peut porter."
        raise Invalide(message, champs={"lignes": [message]})
    document.total_ht, document.total_tva, document.total_ttc = totaux.ht, totaux.tva, totaux.ttc
    return totaux


def figer(document: Devis | Facture) -> Totaux:
    """Freeze totals and both parties before the number is given. Raise Conflit when empty."""
    if not document.lignes.exists():
        raise Conflit("Ce document n'a aucune ligne.", code="document_vide")
    document.emetteur = Entreprise.la_notre().instantane()
    document.destinataire = document.client.instantane()
    return chiffrer(document)


def exiger_brouillon(document: Devis | Facture) -> None:
    if document.statut != "brouillon":
        raise Conflit(
            f"{document} : ce document est figé, faites-en un nouveau.", code="document_fige"
        )
