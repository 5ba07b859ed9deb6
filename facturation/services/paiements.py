"""Payments: entered once, never erased, corrected by an opposite entry."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils import timezone

from artjardin.accounts.auteur import Auteur
from artjardin.argent import ZERO, arrondir, en_euros
from artjardin.audit.services import consigner
from artjardin.erreurs import Conflit, Invalide
from facturation.models import Facture, Imputation, Paiement
from facturation.models.lignes import MONTANT_MAX
from facturation.services.verrous import verrouiller_le_compte

ESPECES_MAX = Decimal("1000.00")  # CMF art. D112-3, private debtor resident in France


@transaction.atomic
def encaisser(
    facture: Facture,
    *,
    montant: Decimal,
    mode: str,
    le: date,
    par: Auteur,
    reference: str = "",
) -> Paiement:
    """Enter money received on an issued invoice, whole or partial, in euros.

    Raise Invalide (amount not positive or not in cents, date in the future or before the invoice,
    more than 1 000 € of the invoice in cash) or Conflit (draft, more than the balance).
    """
    _, verrouillees = verrouiller_le_compte(facture.client_id, [facture.pk])
    facture = verrouillees[0] if verrouillees else facture  # a draft in the trash
    if facture.statut != Facture.Statut.EMISE or facture.type != Facture.Type.FACTURE:
        raise Conflit("Seule une facture émise s'encaisse.", code="facture_non_emise")
    _verifier(facture, montant=montant, mode=mode, le=le)
    solde = Facture.objects.avec_solde().get(pk=facture.pk).solde
    if montant > solde:
        raise Conflit(
            f"Le montant dépasse le solde de la facture ({en_euros(solde)}).", code="trop_percu"
        )
    paiement = Paiement.objects.create(
        client_id=facture.client_id,
        montant=montant,
        mode=mode,
        le=le,
        reference=reference,
        saisi_par=par.user,
    )
    Imputation.objects.create(paiement=paiement, facture=facture, montant=montant)
    consigner(
        facture, "facture.encaissee", par=par, montant=str(montant), mode=mode, le=le.isoformat()
    )
    return paiement


@transaction.atomic
def annuler_paiement(paiement: Paiement, *, motif: str, par: Auteur) -> Paiement:
    """Cancel a payment by an opposite one; the balances it settled are due again.

    Raise Conflit when it is itself a cancellation or was cancelled already.
    """
    if paiement.annule_id:
        raise Conflit("Une annulation ne s'annule pas.", code="transition_refusee")
    imputations = list(paiement.imputations.order_by("facture_id"))
    ids = [imputation.facture_id for imputation in imputations]
    verrouiller_le_compte(paiement.client_id, ids)
    try:
        with transaction.atomic():
            oppose = Paiement.objects.create(
                client_id=paiement.client_id,
                montant=-paiement.montant,
                mode=paiement.mode,
                le=timezone.localdate(),
                reference=motif[:140],
                annule=paiement,
                saisi_par=par.user,
            )
    except IntegrityError as erreur:
        raise Conflit("Ce paiement est déjà annulé.", code="deja_annule") from erreur
    Imputation.objects.bulk_create(
        Imputation(paiement=oppose, facture_id=i.facture_id, montant=-i.montant)
        for i in imputations
    )
    consigner(paiement, "paiement.annule", par=par, motif=motif, montant=str(paiement.montant))
    return oppose


def _verifier(facture: Facture, *, montant: Decimal, mode: str, le: date) -> None:
    erreurs: dict[str, list[str]] = {}
    if not _est_en_centimes(montant):
        erreurs["montant"] = ["Donnez un montant positif, en euros et centimes."]
    elif mode == Paiement.Mode.ESPECES and _deja_en_especes(facture) + montant > ESPECES_MAX:
        erreurs["montant"] = ["Au-dessus de 1 000 €, les espèces sont interdites (CMF D112-3)."]
    if le > timezone.localdate():
        erreurs["le"] = ["Un paiement ne se saisit pas à l'avance."]
    elif facture.date and le < facture.date and facture.est_reprise is False:
        erreurs["le"] = ["Cette date précède celle de la facture."]
    if erreurs:
        raise Invalide("Paiement refusé.", champs=erreurs)


def _est_en_centimes(montant: Decimal) -> bool:
    return montant.is_finite() and 0 < montant < MONTANT_MAX and montant == arrondir(montant)


def _deja_en_especes(facture: Facture) -> Decimal:
    """Splitting a payment does not lift the limit, which is that of the debt (CMF L112-6)."""
    especes = facture.imputations.filter(paiement__mode=Paiement.Mode.ESPECES)
    return especes.aggregate(total=Sum("montant"))["total"] or ZERO
