"""Invoices: prepared, issued under the lock of their series, sent, disputed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner, photo
from artjardin.erreurs import Conflit, Invalide
from artjardin.outbox.models import Courriel
from artjardin.outbox.services import promettre
from artjardin.storage.models import Document
from artjardin.storage.services import promettre_document
from chantiers.models import Chantier
from clients.models import Client
from clients.services import verrouiller
from facturation.documents import promettre_releve
from facturation.models import Devis, Facture, Litige, TvaFacture
from facturation.models.numerotation import prochain_numero
from facturation.services.ecriture import (
    Ligne,
    ecrire_les_lignes,
    exiger_brouillon,
    figer,
    tenir_les_parties,
    verifier_les_parties,
)

CHAMPS = ["client_id", "chantier_id", "objet", "echeance", "total_ttc"]


@transaction.atomic
def preparer_facture(
    *,
    par: Auteur,
    client: Client,
    objet: str,
    lignes: Sequence[Ligne] = (),
    chantier: Chantier | None = None,
    devis: Devis | None = None,
    echeance: date | None = None,
) -> Facture:
    """Write a draft: no number, freely editable. Raise Invalide or Conflit."""
    verifier_les_parties(client=client, chantier=chantier, tenir=True)
    facture = Facture(client=client, chantier=chantier, devis=devis, objet=objet, echeance=echeance)
    facture.save()
    ecrire_les_lignes(facture, lignes)
    facture.save()
    consigner(facture, "facture.preparee", par=par, apres=photo(facture, CHAMPS))
    return facture


@transaction.atomic
def modifier_facture(
    facture: Facture, *, par: Auteur, lignes: Sequence[Ligne] | None = None, **champs: Any
) -> Facture:
    """Change a draft; `lignes`, when given, replace the old ones. Raise Conflit once issued."""
    tenir_les_parties(champs)
    facture = _verrouiller(facture)
    exiger_brouillon(facture)
    avant = photo(facture, CHAMPS)
    for champ, valeur in champs.items():
        setattr(facture, champ, valeur)
    verifier_les_parties(client=facture.client, chantier=facture.chantier)
    if lignes is not None:
        ecrire_les_lignes(facture, lignes)
    facture.save()
    consigner(facture, "facture.modifiee", par=par, avant=avant, apres=photo(facture, CHAMPS))
    return facture


@transaction.atomic
def emettre_facture(
    facture: Facture, *, par: Auteur, le: date | None = None, envoyer: bool = False
) -> Facture:
    """Number, freeze and promise the PDF, all or nothing; with `envoyer`, promise the mail too.

    `le` is the issue date (today in Paris by default). Raise Conflit when already issued, empty,
    dated before the last of the series, its client in the trash, or without an address to send
    to; Invalide for a date in the future or a due date before it.
    """
    facture = _verrouiller(facture)
    exiger_brouillon(facture)
    verifier_les_parties(client=facture.client, chantier=facture.chantier)
    le = le or timezone.localdate()
    _verifier_la_date(facture, le=le)
    totaux = figer(facture)
    TvaFacture.objects.bulk_create(
        TvaFacture(facture=facture, taux=tva.taux, base=tva.base, montant=tva.montant)
        for tva in totaux.par_taux
    )
    serie = Facture.SERIES[facture.type]
    facture.emettre(numero=prochain_numero(serie, le=le), serie=serie, le=le)
    facture.save()
    _promettre_le_pdf(facture)
    consigner(facture, "facture.emise", par=par, apres=photo(facture, [*CHAMPS, "numero", "date"]))
    if envoyer:
        _promettre_le_courriel(facture, par=par)
    return facture


@transaction.atomic
def envoyer_facture(facture: Facture, *, par: Auteur) -> Courriel:
    """Promise the mail of an issued invoice with its PDF. Raise Conflit when it cannot be."""
    return _promettre_le_courriel(_verrouiller(facture), par=par)


@transaction.atomic
def ouvrir_litige(facture: Facture, *, motif: str, par: Auteur) -> Litige:
    """Note that the client disputes an issued invoice: it is no longer reminded."""
    facture = _verrouiller(facture)
    if facture.statut != Facture.Statut.EMISE:
        raise Conflit("Un brouillon ne peut pas être en litige.", code="transition_refusee")
    try:
        with transaction.atomic():
            litige = facture.litiges.create(motif=motif, ouvert_par=par.nom)
    except IntegrityError as erreur:
        raise Conflit(
            "Un litige est déjà ouvert sur cette facture.", code="litige_ouvert"
        ) from erreur
    consigner(facture, "facture.litige_ouvert", par=par, motif=motif)
    return litige


@transaction.atomic
def clore_litige(facture: Facture, *, par: Auteur) -> Litige:
    """Close the open dispute of an invoice; it is reminded again. Raise Conflit without one."""
    litige = (
        _verrouiller(facture).litiges.select_for_update(no_key=True).filter(clos_le=None).first()
    )
    if litige is None:
        raise Conflit("Aucun litige n'est ouvert sur cette facture.", code="sans_litige")
    litige.clos_le, litige.clos_par = timezone.now(), par.nom
    litige.save(update_fields=["clos_le", "clos_par"])
    consigner(facture, "facture.litige_clos", par=par)
    return litige


@transaction.atomic
def promettre_recapitulatif(facture: Facture, *, le: date) -> Document:
    """The summary that stands for the PDF of an imported invoice; one per day and balance."""
    actuelle: Any = Facture.tous.avec_solde().select_related("client").get(pk=facture.pk)
    nom = f"{facture.numero}-{facture.pk}-{le:%Y%m%d}-{actuelle.solde}"
    return promettre_releve(actuelle.client, le=le, factures=[actuelle], nom=nom)


def document_de(facture: Facture) -> Document | None:
    """The PDF of an issued invoice, made or still promised; None for an imported one."""
    return Document.objects.de(facture).filter(type="facture").first()


def _verrouiller(facture: Facture) -> Facture:
    """Lock the row; the caller works on this fresh copy, never on its stale one."""
    return verrouiller(facture)


def _verifier_la_date(facture: Facture, *, le: date) -> None:
    if le > timezone.localdate():
        message = "La date d'émission ne peut pas être dans le futur."
        raise Invalide(message, champs={"date": [message]})
    if facture.echeance and facture.echeance < le:
        message = "L'échéance ne peut pas précéder la date d'émission."
        raise Invalide(message, champs={"echeance": [message]})


def _promettre_le_pdf(facture: Facture) -> Document:
    return promettre_document(
        facture,
        genre="facture",
        nom=str(facture.numero),
        le=facture.date,  # type: ignore[arg-type]
        client=facture.client_id,
    )


def _promettre_le_courriel(facture: Facture, *, par: Auteur) -> Courriel:
    document = document_de(facture)
    if document is None:
        raise Conflit(
            "Seule une facture émise ici peut être envoyée avec son PDF.", code="pas_de_document"
        )
    if not facture.client.email:
        raise Conflit("Ce client n'a pas d'adresse e-mail.", code="sans_email")
    courriel = promettre(
        genre="facture",
        a=[facture.client.email],
        objet=f"{facture} – {facture.emetteur['nom']}",
        gabarit="facture",
        contexte={
            "facture": facture,
            "entreprise": facture.emetteur,
            "client": facture.destinataire,
        },
        client=facture.client_id,
        pieces=[document],
    )
    consigner(facture, "facture.envoyee", par=par, courriel=courriel.pk, a=facture.client.email)
    return courriel
