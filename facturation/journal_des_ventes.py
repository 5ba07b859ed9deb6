"""The sales journal of a period, read row by row: entries for the accountant (see fec.py)."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any

from django.db.models import Count, Prefetch, Sum
from django.utils import timezone

from artjardin.argent import ZERO
from clients.models import Client
from facturation.fec import (
    Compte,
    Ecriture,
    Encaissement,
    Plan,
    Taux,
    Vente,
    ecriture_d_encaissement,
    ecriture_de_vente,
)
from facturation.models import Facture, LigneFacture, Paiement

LOT = 500
Type = Facture.Type


@dataclass(frozen=True)
class Periode:
    """What is asked for: both days included.

    `paiements`: with the money received and given back. `reprises`: with the invoices of the
    previous software, which its own books hold already.
    """

    du: date
    au: date
    paiements: bool = False
    reprises: bool = False


def ecritures_de(periode: Periode, plan: Plan) -> Iterator[Ecriture]:
    """The entries, by day; in a day sales first, then money, each in the order it was written.

    Rows come by batches: use it within `meme_instant()`.
    """
    partages = _codes_partages()
    ventes = _dater(0, _ventes(periode, plan, partages))
    sources = [ventes]
    if periode.paiements:
        sources.append(_dater(1, _encaissements(periode, plan, partages)))
    for *_, ecriture in heapq.merge(*sources, key=itemgetter(0, 1)):
        yield ecriture


def laisses_de_cote(periode: Periode) -> dict[str, Any]:
    """What the journal of a period does not hold, to be said with it: numbers and euros TTC."""
    anciennes = _emises(periode, reprises=not periode.reprises).filter(serie=Facture.SERIE_REPRISE)
    comptes = anciennes.aggregate(nombre=Count("pk"), ttc=Sum("total_ttc"))
    nulles = _emises(periode, reprises=periode.reprises).filter(total_ttc=0, total_ht=0)
    repris = Paiement.objects.filter(le__range=(periode.du, periode.au), mode=Paiement.Mode.REPRISE)
    return {
        "factures_reprises": comptes["nombre"],
        "factures_reprises_ttc": str(comptes["ttc"] or ZERO),
        "pieces_sans_montant": list(_sans_ecriture(nulles)),
        "paiements_avant_reprise": repris.count() if periode.paiements else 0,
    }


def _sans_ecriture(nulles: Any) -> Iterator[str]:
    """Documents whose every amount is zero: a solde may be nothing in all and still move."""
    for facture in nulles.prefetch_related("tva", _deductions()).order_by("date", "pk"):
        if not any(taux.base or taux.tva or taux.acomptes for taux in _par_taux(facture)):
            yield facture.numero


def _dater(rang: int, ecritures: Iterator[Ecriture]) -> Iterator[tuple[date, int, Ecriture]]:
    for ecriture in ecritures:
        yield ecriture.le, rang, ecriture


def _emises(periode: Periode, *, reprises: bool) -> Any:
    emises = Facture.tous.filter(statut=Facture.Statut.EMISE, date__range=(periode.du, periode.au))
    return emises if reprises else emises.exclude(serie=Facture.SERIE_REPRISE)


def _deductions() -> Prefetch:
    """The lines that take off a deposit; a situation that was invoiced was a sale already."""
    lignes = LigneFacture.objects.filter(deduit__type=Type.ACOMPTE)
    return Prefetch("lignes", queryset=lignes, to_attr="acomptes_deduits")


def _ventes(periode: Periode, plan: Plan, partages: set[str]) -> Iterator[Ecriture]:
    champs = [
        "numero", "type", "date", "emise_le", "total_ttc", "exoneration", "client__code",
        "client__raison_sociale", "client__nom", "client__prenom", "origine__type",
    ]  # fmt: skip
    emises = _emises(periode, reprises=periode.reprises).select_related("client", "origine")
    lues = emises.only(*champs).prefetch_related("tva", _deductions()).order_by("date", "pk")
    for facture in lues.iterator(chunk_size=LOT):
        if ecriture := ecriture_de_vente(_vente(facture, partages), plan):
            yield ecriture


def _vente(facture: Any, partages: set[str]) -> Vente:
    tiers = _tiers(facture.client, partages)
    origine = facture.origine.type if facture.origine else facture.type
    return Vente(
        numero=facture.numero,
        le=facture.date,
        emise_le=timezone.localdate(facture.emise_le),
        nom=f"{facture.get_type_display()} {facture.numero} {tiers.libelle}",
        tiers=tiers,
        ttc=facture.total_ttc,
        par_taux=_par_taux(facture),
        avoir=facture.type == Type.AVOIR,
        acompte=origine == Type.ACOMPTE,
        autoliquidee=facture.exoneration == Facture.Exoneration.AUTOLIQUIDATION,
    )


def _par_taux(facture: Any) -> list[Taux]:
    deduits = dict.fromkeys((tva.taux for tva in facture.tva.all()), ZERO)
    for ligne in facture.acomptes_deduits:
        deduits[ligne.taux_tva] -= ligne.total_ht
    return [Taux(t.taux, t.base, t.montant, deduits[t.taux]) for t in facture.tva.all()]


def _encaissements(periode: Periode, plan: Plan, partages: set[str]) -> Iterator[Ecriture]:
    recus = Paiement.objects.filter(le__range=(periode.du, periode.au))
    recus = recus.exclude(mode=Paiement.Mode.REPRISE).select_related("client")
    for paiement in recus.order_by("le", "pk").iterator(chunk_size=LOT):
        if ecriture := ecriture_d_encaissement(_encaissement(paiement, partages), plan):
            yield ecriture


def _encaissement(paiement: Any, partages: set[str]) -> Encaissement:
    tiers = _tiers(paiement.client, partages)
    quoi = "Annulation" if paiement.annule_id else "Remboursement" if paiement.rembourse_id else ""
    mots = [quoi or paiement.get_mode_display(), paiement.numero, tiers.libelle, paiement.reference]
    return Encaissement(
        numero=paiement.numero,
        le=paiement.le,
        saisi_le=timezone.localdate(paiement.saisi_le),
        libelle=" ".join(mot for mot in mots if mot),
        tiers=tiers,
        montant=paiement.montant,
        especes=paiement.mode == Paiement.Mode.ESPECES,
    )


def _codes_partages() -> set[str]:
    """Codes that a client in the trash left to another one: alone they would mix two accounts."""
    codes = Client.tous.order_by().values("code").annotate(nombre=Count("pk")).filter(nombre__gt=1)
    return set(codes.values_list("code", flat=True))


def _tiers(client: Any, partages: set[str]) -> Compte:
    """The auxiliary account of a client."""
    numero = f"{client.code}-{client.pk}" if client.code in partages else client.code
    return Compte(numero, client.designation)
