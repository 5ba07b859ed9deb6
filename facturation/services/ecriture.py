"""Writing drafts and freezing them: what devis and factures share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner, photo
from artjardin.erreurs import Conflit, Invalide
from artjardin.preparees import lire
from chantiers.models import Chantier
from clients.models import Client
from clients.services import valider, verrouiller
from facturation import mentions
from facturation.models import Devis, Entreprise, Facture, Mention
from facturation.models.lignes import MONTANT_MAX
from facturation.montants import Totaux

Ligne = Mapping[str, Any]
Un = TypeVar("Un", Devis, Facture)
PARTIES = ("client", "chantier")


def rediger(document: Un, lignes: Sequence[Ligne], *, par: Auteur, action: str) -> Un:
    """Write a new draft and its lines. Raise Invalide, by field, or Conflit."""
    if _origine(document) is None:
        verifier_les_parties(client=document.client, chantier=document.chantier, tenir=True)
    valider(document)
    document.save()
    ecrire_les_lignes(document, lignes)
    document.save()
    consigner(document, action, par=par, apres=photo(document, _champs(document)))
    return document


def reprendre(
    document: Un,
    lignes: Sequence[Ligne] | None,
    champs: Mapping[str, Any],
    *,
    par: Auteur,
    action: str,
) -> Un:
    """Change a draft under its lock; `lignes`, when given, replace the old ones.

    Raise Invalide, by field, or Conflit once it is frozen.
    """
    if _origine(document) is None:
        tenir_les_parties(champs)
    document = verrouiller(document)
    exiger_brouillon(document)
    avant = photo(document, _champs(document))
    for champ, valeur in champs.items():
        setattr(document, champ, valeur)
    if _origine(document) is None:
        verifier_les_parties(client=document.client, chantier=document.chantier)
    valider(document)
    if lignes is not None:
        ecrire_les_lignes(document, lignes)
    else:
        chiffrer(document)
    document.save()
    apres = photo(document, _champs(document))
    consigner(document, action, par=par, avant=avant, apres=apres)
    return document


def verifier_les_parties(*, client: Client, chantier: Chantier | None, tenir: bool = False) -> None:
    """Raise Invalide when the site belongs to another client, Conflit when one is in the trash.

    With `tenir` both rows are locked, so that a new document never hangs below the trash; without,
    both were read after the lock of their document.
    """
    if chantier is not None and chantier.client_id != client.pk:
        message = "Ce chantier est celui d'un autre client."
        raise Invalide(message, champs={"chantier": [message]})
    _exiger_vivant("client", client, tenir=tenir)
    _exiger_vivant("chantier", chantier, tenir=tenir)


def tenir_les_parties_de(document: Devis | Facture) -> None:
    """Lock the client, then the site, of a document about to be copied, before the document."""
    tenir_les_parties({champ: getattr(document, champ) for champ in PARTIES})


def tenir_les_parties(champs: Mapping[str, Any]) -> None:
    """Lock the client, then the site, that `champs` give to a document, before the document itself.

    That is the order of a deletion: neither leaves for the trash now. Raise Conflit when it has.
    """
    for champ in PARTIES:
        _exiger_vivant(champ, champs.get(champ), tenir=True)


def _exiger_vivant(champ: str, partie: Client | Chantier | None, *, tenir: bool) -> None:
    if partie is None:
        return
    vivant = _tenir_vivant(partie) if tenir else partie.supprime_le is None
    if not vivant:
        raise Conflit(f"« {partie} » est dans la corbeille.", code=f"{champ}_supprime")


def _tenir_vivant(partie: Client | Chantier) -> bool:
    """Locked, as the database says now, not as it was when `partie` was read."""
    vivants = type(partie).objects.select_for_update(no_key=True).filter(pk=partie.pk)
    return vivants.values_list("pk").first() is not None


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


def chiffrer(document: Devis | Facture, lignes: Sequence[Any] | None = None) -> Totaux:
    """Put the totals of the lines on the document (unsaved); those given are not read again.

    Raise Invalide when they are too large, or smaller than the discount.
    """
    try:
        totaux = document.totaux(lignes)
    except ValueError as erreur:
        message = "La remise dépasse le total des lignes."
        raise Invalide(message, champs={"remise_montant": [message]}) from erreur
    if totaux.ttc >= MONTANT_MAX:
        message = "Le total dépasse ce qu'un document peut porter."
        raise Invalide(message, champs={"lignes": [message]})
    document.porter(totaux)
    return totaux


def figer_les_parties(document: Devis | Facture, *, firme: Entreprise) -> None:
    """Freeze the firm, the client and the place of the works on the document (unsaved).

    A credit note whose client or site is in the trash bears the parties of its invoice.
    """
    document.emetteur = firme.instantane()
    origine = _origine(document)
    if origine is not None and parties_en_corbeille(document):
        document.destinataire, document.lieu = origine.destinataire, origine.lieu
        return
    document.destinataire = document.client.instantane()
    document.lieu = document.chantier.instantane() if document.chantier else {}


def parties_en_corbeille(document: Devis | Facture) -> bool:
    """Whether the client or the site of a document is in the trash, as it was read."""
    chantier = document.chantier
    return bool(document.client.supprime_le or (chantier and chantier.supprime_le))


def _origine(document: Devis | Facture) -> Facture | None:
    """The invoice that a credit note corrects: the only correction the law knows, so the trash
    does not forbid it."""
    return document.origine if isinstance(document, Facture) else None


def est_consommateur(client: Client, *, firme: Entreprise) -> bool:
    """Whether consumer law governs a document (droit-francais.md §4 for the syndic)."""
    if client.type == Client.Type.SYNDIC:
        return firme.syndic_consommateur
    return client.type == Client.Type.PARTICULIER


def porter_les_mentions(
    document: Devis | Facture,
    contenu: Mapping[str, Any],
    lignes: Sequence[Any],
    *,
    codes: Callable[..., list[str]],
    firme: Entreprise,
) -> list[mentions.Absence]:
    """Write the mentions that `codes` chooses (unsaved); return what the law finds missing."""
    consommateur = est_consommateur(document.client, firme=firme)
    drapeaux = mentions.Drapeaux(
        decennale=any(ligne.decennale for ligne in lignes), sap=any(ligne.sap for ligne in lignes)
    )
    choisis = codes(contenu, drapeaux, consommateur=consommateur)
    actives = lire(Mention, "WHERE active AND code = ANY(%s)", choisis)
    textes = {mention.code: mention.rediger(document.emetteur) for mention in actives}
    document.mentions = mentions.rediger(choisis, textes)
    return mentions.absences(contenu, drapeaux, consommateur=consommateur)


def exiger_complet(manques: Sequence[tuple[str, str, str]]) -> None:
    """Raise Conflit with the list of what is missing, `(rule, field, sentence)` each."""
    if not manques:
        return
    champs: dict[str, list[str]] = {}
    for _, champ, message in manques:
        champs.setdefault(champ, []).append(message)
    phrases = dict.fromkeys(
        message if regle in message else f"{message} [{regle}]" for regle, _, message in manques
    )
    raise Conflit(" ".join(phrases), champs=champs, code="document_incomplet")


def exiger_des_lignes(document: Devis | Facture) -> None:
    if not document.lignes.exists():
        raise Conflit("Ce document n'a aucune ligne.", code="document_vide")


def exiger_brouillon(document: Devis | Facture) -> None:
    if document.statut != "brouillon":
        raise Conflit(
            f"{document} : ce document est figé, faites-en un nouveau.", code="document_fige"
        )


def _champs(document: models.Model) -> list[str]:
    """What the journal keeps of a draft: everything that a person can write, and the total."""
    ecrits = [c.attname for c in document._meta.concrete_fields if c.editable and not c.primary_key]
    return [*ecrits, "total_ttc"]
