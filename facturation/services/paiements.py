"""Payments: entered once, never erased, corrected by an opposite entry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.argent import ZERO, en_euros
from artjardin.audit.services import consigner
from artjardin.erreurs import Conflit, Invalide
from clients.models import Client
from facturation.contenu import contenu_imputation, contenu_paiement
from facturation.models import Entreprise, Facture, Imputation, Paiement
from facturation.models.numerotation import Place, prochaine_place
from facturation.services.annonces_factures import annoncer_le_paiement
from facturation.services.entrees import (
    Part,
    exiger_des_centimes,
    exiger_du_credit,
    exiger_les_sept_jours,
    exiger_payable,
    exiger_peu_d_especes,
    exigible,
    verifier_l_entree,
)
from facturation.services.verrous import verrouiller_le_compte

Mode = Paiement.Mode


def encaisser(
    facture: Facture,
    *,
    montant: Decimal,
    mode: str,
    le: date,
    par: Auteur,
    reference: str = "",
    garder_le_surplus: bool = False,
) -> Paiement:
    """Enter money received on an issued invoice, whole or partial, in euros.

    What exceeds the balance is refused, unless `garder_le_surplus` keeps it as credit of the
    client. Same refusals as `recevoir_paiement`.
    """
    return recevoir_paiement(
        facture.client,
        montant=montant,
        mode=mode,
        le=le,
        par=par,
        reference=reference,
        parts=[(facture, montant)],
        garder_le_surplus=garder_le_surplus,
    )


@transaction.atomic
def recevoir_paiement(
    client: Client,
    *,
    montant: Decimal,
    mode: str,
    le: date,
    par: Auteur,
    reference: str = "",
    parts: Sequence[Part] = (),
    garder_le_surplus: bool = False,
) -> Paiement:
    """Enter money received from a client, in euros, on several invoices or on none yet.

    The client is thanked for what it settles to the cent, as the table says.
    Raise Invalide (amount not positive or not in cents, parts larger than it, date in the future or
    before an invoice, more than 1 000 € in cash) or Conflit (draft, another client's invoice, more
    than a balance unless kept, a consumer's seven days).
    """
    client, factures = verrouiller_le_compte(client.pk, [facture.pk for facture, _ in parts])
    dues = {facture.pk: facture for facture in factures}
    verifier_l_entree(montant=montant, mode=mode, le=le, parts=parts)
    fraiches = [(exigible(dues.get(f.pk), f, client, le=le), part) for f, part in parts]
    if mode == Mode.ESPECES:
        exiger_peu_d_especes(montant, [facture for facture, _ in fraiches])
    reglees = [
        (facture, _part_imputable(facture, part, tronquer=garder_le_surplus))
        for facture, part in fraiches
    ]
    if sum((part for _, part in reglees), ZERO) < montant:  # some of it is for no invoice yet
        exiger_les_sept_jours(client, le=le)
    paiement = _passer(
        Paiement(client=client, montant=montant, mode=mode, le=le, reference=reference),
        [(facture.pk, part) for facture, part in reglees],
        par=par,
    )
    for facture, part in reglees:
        consigner(facture, "facture.encaissee", par=par, montant=str(part), mode=mode, le=f"{le}")
    consigner(paiement, "paiement.recu", par=par, apres=contenu_paiement(paiement))
    annoncer_le_paiement([facture.pk for facture, part in reglees if part], par=par)
    return paiement


@transaction.atomic
def imputer(paiement: Paiement, facture: Facture, *, montant: Decimal, par: Auteur) -> Decimal:
    """Settle an invoice with the credit of a payment; return the euros settled.

    Raise Invalide or Conflit, as `recevoir_paiement` does.
    """
    client, factures = verrouiller_le_compte(paiement.client_id, [facture.pk])
    exiger_des_centimes(montant)
    facture = exigible(factures[0] if factures else None, facture, client, le=timezone.localdate())
    if facture.devis is not None:
        exiger_payable(facture.devis, le=paiement.le)
    exiger_du_credit(paiement, montant)
    if paiement.mode == Mode.ESPECES:
        exiger_peu_d_especes(montant, [facture])
    _imputer(paiement.pk, facture, _part_imputable(facture, montant))
    consigner(facture, "facture.imputee", par=par, montant=str(montant), paiement=paiement.numero)
    annoncer_le_paiement([facture.pk], par=par)
    return montant


@transaction.atomic
def rembourser(
    paiement: Paiement, *, montant: Decimal, mode: str, le: date, motif: str, par: Auteur
) -> Paiement:
    """Give back credit that a payment has left, in euros, by an entry of its own."""
    client, _ = verrouiller_le_compte(paiement.client_id, [])
    verifier_l_entree(montant=montant, mode=mode, le=le, parts=[])
    exiger_du_credit(paiement, montant)
    if mode == Mode.ESPECES:
        exiger_peu_d_especes(montant, [])
    if le < paiement.le:
        texte = "Un remboursement ne précède pas le paiement."
        raise Invalide("Remboursement refusé.", champs={"le": [texte]})
    rendu = _passer(
        Paiement(
            client=client,
            montant=-montant,
            mode=mode,
            le=le,
            reference=motif[:140],
            rembourse=paiement,
        ),
        [],
        par=par,
    )
    consigner(paiement, "paiement.rembourse", par=par, motif=motif, montant=str(montant))
    return rendu


@transaction.atomic
def annuler_paiement(paiement: Paiement, *, motif: str, par: Auteur) -> Paiement:
    """Cancel a payment by an opposite one; the balances it settled are due again.

    A refund is cancelled the same way: the credit is back. Raise Conflit when it is itself a
    cancellation, was cancelled already, or was given back.
    """
    if paiement.annule_id:
        raise Conflit("Une annulation ne s'annule pas.", code="transition_refusee")
    imputees = _imputees(paiement)
    verrouiller_le_compte(paiement.client_id, list(imputees))
    if Paiement.objects.filter(annule=paiement).exists():
        raise Conflit("Ce paiement est déjà annulé.", code="deja_annule")
    if paiement.remboursements.aggregate(total=Sum("montant"))["total"]:
        raise Conflit("Ce paiement a été remboursé en partie.", code="deja_rembourse")
    oppose = _passer(
        Paiement(
            client_id=paiement.client_id,
            montant=-paiement.montant,
            mode=paiement.mode,
            le=timezone.localdate(),
            reference=motif[:140],
            annule=paiement,
            rembourse_id=paiement.rembourse_id,
        ),
        [(facture, -montant) for facture, montant in _imputees(paiement).items()],
        par=par,
    )
    consigner(paiement, "paiement.annule", par=par, motif=motif, montant=str(paiement.montant))
    return oppose


def liberer_le_trop_percu(facture: Facture, *, par: Auteur) -> None:
    """Take back from the last payments what a credit note makes too much; it becomes credit.

    In the caller's transaction, which holds the client and the invoice.
    """
    trop = -_solde(facture)
    par_paiement: dict[int, Decimal] = {}
    for imputation in facture.imputations.order_by("-pk"):
        source = imputation.paiement.annule_id or imputation.paiement_id
        par_paiement[source] = par_paiement.get(source, ZERO) + imputation.montant
    for paiement, verse in par_paiement.items():
        repris = min(trop, verse)
        if repris > 0:
            _imputer(paiement, facture, -repris)
            consigner(facture, "facture.trop_percu", par=par, montant=str(repris))
            trop -= repris


def _passer(paiement: Paiement, parts: Sequence[tuple[int, Decimal]], *, par: Auteur) -> Paiement:
    """Number, chain and write a payment and what it settles, `(facture id, euros)` each."""
    paiement.saisi_par = par.user
    place = _prochaine_ecriture()
    paiement.serie, paiement.numero = place.serie, place.numero
    imputations = [
        Imputation(facture_id=facture, montant=montant) for facture, montant in parts if montant
    ]
    paiement.sceller(place, contenu_paiement(paiement, imputations=imputations))
    for imputation in imputations:
        imputation.paiement = paiement
    Imputation.objects.bulk_create(imputations)
    return paiement


def _imputer(paiement: int, facture: Facture, montant: Decimal) -> None:
    """Number, chain and write credit put on an invoice today, or taken back from it (negative)."""
    imputation = Imputation(
        paiement_id=paiement, facture=facture, montant=montant, le=timezone.localdate()
    )
    place = _prochaine_ecriture()
    imputation.serie, imputation.numero = place.serie, place.numero
    imputation.sceller(place, contenu_imputation(imputation))


def _prochaine_ecriture() -> Place:
    """Payments and later allocations share one series, dated the day they are entered."""
    prefixe = Entreprise.objects.values_list("prefixe_encaissement", flat=True).get(pk=1)
    return prochaine_place(prefixe, le=timezone.localdate())


def _part_imputable(facture: Facture, montant: Decimal, *, tronquer: bool = False) -> Decimal:
    """What `montant` settles of an invoice; with `tronquer`, the rest stays as credit.

    Raise Conflit when it is more than the balance, and is not to be truncated.
    """
    solde = _solde(facture)
    if montant > solde and not tronquer:
        message = f"Le montant dépasse le solde de la facture ({en_euros(solde)})."
        raise Conflit(message, champs={"montant": [message]}, code="trop_percu")
    return max(ZERO, min(montant, solde))


def _solde(facture: Facture) -> Decimal:
    actuelle: Any = Facture.tous.avec_solde().get(pk=facture.pk)
    return actuelle.solde


def _imputees(paiement: Paiement) -> dict[int, Decimal]:
    """What a payment settles, net of what was taken back, by invoice in the order of ids."""
    sommes = paiement.imputations.order_by("facture_id").values_list("facture_id")
    return {facture: total for facture, total in sommes.annotate(Sum("montant")) if total}
