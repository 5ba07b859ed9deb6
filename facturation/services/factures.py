"""Invoices: drafts, sending, disputes, warranty retentions. Issuing is in emission.py."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import IntegrityError, transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner, photo
from artjardin.erreurs import Conflit, Invalide
from artjardin.outbox.models import Courriel
from artjardin.storage.models import Document
from chantiers.models import Chantier
from clients.models import Client
from clients.services import verrouiller
from facturation.documents import promettre_releve
from facturation.models import Devis, Facture, Litige, Retenue
from facturation.services.annonces import promettre_au_client
from facturation.services.annonces_factures import de_l_emission, document_de
from facturation.services.ecriture import Ligne, rediger, reprendre
from facturation.services.envois import DEMANDE, a_adopter, exiger_parti, exiger_une_adresse
from facturation.services.prelevements import est_preleve

FIGES_PAR_L_ORIGINE = {"client", "lignes", "remise_taux", "remise_montant", "exoneration"}
GARANTIE = relativedelta(years=1)  # loi 71-584, art. 2


def preparer_facture(
    *,
    par: Auteur,
    client: Client,
    objet: str,
    lignes: Sequence[Ligne] = (),
    chantier: Chantier | None = None,
    devis: Devis | None = None,
    **champs: Any,
) -> Facture:
    """Write a draft: no number, freely editable. Raise Invalide or Conflit.

    `preleve`: to be debited by the bank; by default, when the client has a mandate.
    """
    champs.setdefault("preleve", est_preleve(client))
    facture = Facture(client=client, chantier=chantier, devis=devis, objet=objet, **champs)
    with transaction.atomic():
        return rediger(facture, lignes, par=par, action="facture.preparee")


@transaction.atomic
def modifier_facture(
    facture: Facture, *, par: Auteur, lignes: Sequence[Ligne] | None = None, **champs: Any
) -> Facture:
    """Change a draft; `lignes`, when given, replace the old ones.

    Raise Conflit once issued, or for what a part of a devis or a credit note takes from its origin.
    """
    touches = champs.keys() | ({"lignes"} if lignes is not None else set())
    derives = figes(facture) & touches
    if derives and not all(_identique(facture, champ, champs.get(champ)) for champ in derives):
        raise Conflit(
            "Ces données viennent du devis ou de la facture d'origine : supprimez ce brouillon "
            "et refaites-le.",
            champs={champ: ["Ne change pas ici."] for champ in sorted(derives)},
            code="facture_derivee",
        )
    if champs.get("client", facture.client) != facture.client:
        champs.setdefault("preleve", est_preleve(champs["client"]))
    return reprendre(facture, lignes, champs, par=par, action="facture.modifiee")


def figes(facture: Facture | None) -> set[str]:
    """What a draft takes from its devis, or from the invoice it credits; none for a new one."""
    if facture is None:
        return set()
    if facture.type in Facture.DU_DEVIS:
        return FIGES_PAR_L_ORIGINE
    if facture.origine is not None:
        libres = {"lignes", "exoneration"} if facture.origine.est_reprise else {"lignes"}
        return FIGES_PAR_L_ORIGINE - libres
    return {"client"} if facture.devis_id else set()


def _identique(facture: Facture, champ: str, valeur: Any) -> bool:
    return champ != "lignes" and getattr(facture, champ) == valeur


@transaction.atomic
def envoyer_facture(facture: Facture, *, par: Auteur) -> Courriel:
    """Promise the mail of an issued invoice with its PDF. Raise Conflit when it cannot be.

    What its issue sent by itself, and has not left yet, is not sent again. A second one, when
    the first arrived or may have, is marked « Duplicata » in its subject.
    """
    facture = verrouiller(facture)
    document = document_de(facture)
    if document is None:
        raise Conflit(
            "Seule une facture émise ici peut être envoyée avec son PDF.", code="pas_de_document"
        )
    exiger_une_adresse(facture.client)
    a = facture.client.email
    courriel = a_adopter(document, genre="facture", a=a)
    if courriel is None:
        duplicata = exiger_parti(document, genre="facture")
        evenement, annonce = de_l_emission(facture, document=document)
        courriel = promettre_au_client(evenement, annonce, duplicata=duplicata)
    consigner(facture, DEMANDE, par=par, courriel=courriel.pk, a=a)
    return courriel


@transaction.atomic
def receptionner_les_travaux(facture: Facture, *, le: date, par: Auteur) -> Retenue:
    """Note the day the works were accepted: what was retained is due a year later.

    Raise Conflit without a retention, Invalide for a date in the future or before the invoice's
    works could exist (a year before its issue).
    """
    facture = verrouiller(facture)
    retenue = Retenue.objects.select_for_update(no_key=True).filter(facture=facture).first()
    if retenue is None:
        raise Conflit("Cette facture n'a pas de retenue de garantie.", code="sans_retenue")
    if le > timezone.localdate() or (facture.date and le < facture.date - GARANTIE):
        message = "La réception est passée, et de moins d'un an avant la facture."
        raise Invalide(message, champs={"le": [message]})
    champs = ["reception_le", "echeance"]
    avant = photo(retenue, champs)
    retenue.reception_le, retenue.echeance = le, le + GARANTIE
    retenue.save(update_fields=champs)
    apres = photo(retenue, champs)
    consigner(facture, "facture.reception", par=par, avant=avant, apres=apres, etats=[retenue])
    return retenue


@transaction.atomic
def ouvrir_litige(facture: Facture, *, motif: str, par: Auteur) -> Litige:
    """Note that the client disputes an issued invoice: it is no longer reminded."""
    facture = verrouiller(facture)
    if facture.statut != Facture.Statut.EMISE or facture.type == Facture.Type.AVOIR:
        raise Conflit("Seule une facture émise est en litige.", code="transition_refusee")
    try:
        with transaction.atomic():
            litige = facture.litiges.create(motif=motif, ouvert_par=par.nom)
    except IntegrityError as erreur:
        raise Conflit(
            "Un litige est déjà ouvert sur cette facture.", code="litige_ouvert"
        ) from erreur
    consigner(facture, "facture.litige_ouvert", par=par, motif=motif, etats=[litige])
    return litige


@transaction.atomic
def clore_litige(facture: Facture, *, par: Auteur) -> Litige:
    """Close the open dispute of an invoice; it is reminded again. Raise Conflit without one."""
    litige = (
        verrouiller(facture).litiges.select_for_update(no_key=True).filter(clos_le=None).first()
    )
    if litige is None:
        raise Conflit("Aucun litige n'est ouvert sur cette facture.", code="sans_litige")
    litige.clos_le, litige.clos_par = timezone.now(), par.nom
    litige.save(update_fields=["clos_le", "clos_par"])
    consigner(facture, "facture.litige_clos", par=par, etats=[litige])
    return litige


@transaction.atomic
def promettre_recapitulatif(facture: Facture, *, le: date) -> Document:
    """The summary that stands for the PDF of an imported invoice; one per day and balance."""
    actuelle: Any = Facture.tous.avec_solde().select_related("client").get(pk=facture.pk)
    nom = f"{facture.numero}-{facture.pk}-{le:%Y%m%d}-{actuelle.solde}"
    return promettre_releve(actuelle.client, le=le, factures=[actuelle], nom=nom)
