"""Writing imported invoices, by batches: issued at once, with what was paid and disputed before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, cast

from django.db import connection, transaction
from django.utils import timezone
from psycopg.types.json import Jsonb

from artjardin.accounts.auteur import Auteur
from artjardin.audit.services import consigner
from clients.models import Client
from facturation.models import Entreprise, Facture, Imputation, Litige, Paiement, TvaFacture
from facturation.reprise import FactureLue
from facturation.services.factures import clore_litige, ouvrir_litige
from facturation.services.paiements import annuler_paiement

MOTIF = "Repris de l'ancien logiciel"
EMETTRE = """
    UPDATE facturation_facture AS facture
    SET statut = 'emise', serie = %s, numero = reprise.numero, emise_le = %s, emetteur = %s
    FROM unnest(%s::bigint[], %s::text[]) AS reprise (id, numero)
    WHERE facture.id = reprise.id
"""


def creer_reprises(lues: Sequence[tuple[FactureLue, Client]], *, par: Auteur) -> None:
    """Write new invoices, with one VAT row each, then issue them under their own numbers.

    No series chains them: one line of the journal for the batch tells what they are.
    """
    if not lues:
        return
    factures = Facture.objects.bulk_create([_brouillon(lue, client) for lue, client in lues])
    paires = [(facture, lue) for facture, (lue, _) in zip(factures, lues, strict=True)]
    TvaFacture.objects.bulk_create(
        TvaFacture(facture=facture, taux=lue.taux, base=lue.ht, montant=facture.total_tva)
        for facture, lue in paires
    )
    _emettre(paires)
    regles = _regler([(facture, lue.regle) for facture, lue in paires if lue.regle], par=par)
    litiges = Litige.objects.bulk_create(
        Litige(facture=facture, motif=MOTIF, ouvert_par=par.nom[:200])
        for facture, lue in paires
        if lue.litige
    )
    lot = Facture(numero=f"{len(factures)} reprises")
    consigner(lot, "facture.lot_importe", par=par, etats=[*factures, *regles, *litiges])


@transaction.atomic
def modifier_reprise(
    facture: Facture, *, repris: Decimal, litige: Litige | None, lue: FactureLue, par: Auteur
) -> None:
    """Bring what was paid before (`repris`, in euros) and the dispute to what the file says."""
    if lue.regle != repris:
        _corriger_le_regle(facture, repris=repris, voulu=lue.regle, par=par)
    if lue.litige and litige is None:
        ouvrir_litige(facture, motif=MOTIF, par=par)
    elif lue.litige is False and litige is not None and litige.motif == MOTIF:
        clore_litige(facture, par=par)


def _brouillon(lue: FactureLue, client: Client) -> Facture:
    """A draft: the trigger freezes only what is issued, so the VAT row can follow."""
    return Facture(
        client=client,
        objet=lue.objet,
        date=lue.date,
        echeance=lue.echeance,
        total_ht=lue.ht,
        total_tva=lue.ttc - lue.ht,
        total_ttc=lue.ttc,
        destinataire=client.instantane(),
    )


def _emettre(paires: Sequence[tuple[Facture, FactureLue]]) -> None:
    ids = [facture.pk for facture, _ in paires]
    numeros = [lue.numero for _, lue in paires]
    emetteur = Jsonb(Entreprise.la_notre().instantane())  # once, not once per row
    valeurs: list[Any] = [Facture.SERIE_REPRISE, timezone.now(), emetteur, ids, numeros]
    with connection.cursor() as curseur:
        curseur.execute(EMETTRE, valeurs)


def _regler(dus: Sequence[tuple[Facture, Decimal]], *, par: Auteur) -> list[Paiement]:
    """Enter what was paid before, in euros, dated as the invoice: the real day is not known."""
    paiements = Paiement.objects.bulk_create(
        Paiement(
            client_id=facture.client_id,
            montant=montant,
            mode=Paiement.Mode.REPRISE,
            le=cast("date", facture.date),
            reference=MOTIF,
            saisi_par=par.user,
        )
        for facture, montant in dus
    )
    Imputation.objects.bulk_create(
        Imputation(paiement=paiement, facture=facture, montant=paiement.montant)
        for paiement, (facture, _) in zip(paiements, dus, strict=True)
    )
    return paiements


def _corriger_le_regle(facture: Facture, *, repris: Decimal, voulu: Decimal, par: Auteur) -> None:
    """More was paid: add the rest. Less: cancel what was entered, and enter the right amount."""
    du = voulu - repris
    if du < 0:
        for paiement in _actifs(facture):
            annuler_paiement(paiement, motif="Corrigé par un nouvel import", par=par)
        du = voulu
    regles = _regler([(facture, du)], par=par) if du else []
    consigner(
        facture,
        "facture.reprise_corrigee",
        par=par,
        avant={"deja_regle": str(repris)},
        apres={"deja_regle": str(voulu)},
        etats=regles,
    )


def _actifs(facture: Facture) -> list[Paiement]:
    reprises = Paiement.objects.filter(imputations__facture=facture, mode=Paiement.Mode.REPRISE)
    return list(reprises.filter(annule=None, annulation=None).order_by("pk"))
