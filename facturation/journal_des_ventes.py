"""The sales journal of a period, read row by row: entries for the accountant (see fec.py)."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, islice
from operator import attrgetter, itemgetter
from typing import Any

from django.db.models import Count, F, OuterRef, Prefetch, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from artjardin.argent import ZERO
from facturation.avances import Deduction, Emis, Mouvement, mouvements
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
from facturation.montants import Tva

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
    sources = [_dater(0, _ventes(periode, plan))]
    if periode.paiements:
        sources.append(_dater(1, _encaissements(periode, plan)))
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
    for facture, avances in _avec_avances(nulles.order_by("date", "pk")):
        if not any(taux.base or taux.tva or taux.avances for taux in _par_taux(facture, avances)):
            yield facture.numero


def _dater(rang: int, ecritures: Iterator[Ecriture]) -> Iterator[tuple[date, int, Ecriture]]:
    for ecriture in ecritures:
        yield ecriture.le, rang, ecriture


def _emises(periode: Periode, *, reprises: bool) -> Any:
    emises = Facture.tous.filter(statut=Facture.Statut.EMISE, date__range=(periode.du, periode.au))
    return emises if reprises else emises.exclude(serie=Facture.SERIE_REPRISE)


def _ventes(periode: Periode, plan: Plan) -> Iterator[Ecriture]:
    emises = _emises(periode, reprises=periode.reprises).order_by("date", "pk")
    for facture, avances in _avec_avances(emises):
        if ecriture := ecriture_de_vente(_vente(facture, avances), plan):
            yield ecriture


def _avec_avances(emises: Any) -> Iterator[tuple[Any, Mouvement]]:
    """Each document with its VAT, and what it moves of the deposits: a few queries for a batch."""
    champs = [
        "numero", "serie", "type", "date", "emise_le", "total_ttc", "exoneration", "client_id",
        "devis_id", "destinataire", "origine__devis_id",
    ]  # fmt: skip
    lues = emises.select_related("origine").only(*champs).prefetch_related("tva")
    lues = lues.iterator(chunk_size=LOT)
    while lot := list(islice(lues, LOT)):
        avances = _avances(lot)
        for facture in lot:
            yield facture, avances.get(facture.pk, {})


def _avances(factures: Sequence[Any]) -> Mapping[int, Mouvement]:
    """What documents move of the deposits, by id: their devis are read again from the start."""
    racines = {une.devis_id or (une.origine and une.origine.devis_id) for une in factures}
    acomptes = Facture.tous.filter(devis__in=racines - {None}, type=Type.ACOMPTE)
    emises = Facture.tous.filter(statut=Facture.Statut.EMISE).alias(
        origine_devis=F("origine__devis")
    )
    emises = emises.annotate(racine=Coalesce("devis", "origine_devis"))
    emises = emises.filter(racine__in=acomptes.filter(statut=Facture.Statut.EMISE).values("devis"))
    lues = emises.only("type", "origine_id").prefetch_related("tva", _deductions())
    par_devis = groupby(lues.order_by("racine", "emise_le", "pk"), key=attrgetter("racine"))
    return {
        pk: mouvement
        for _, documents in par_devis
        for pk, mouvement in mouvements(map(_emis, documents))
    }


def _deductions() -> Prefetch:
    """The lines that take off a deposit; a situation that was invoiced was a sale already."""
    lignes = LigneFacture.objects.filter(deduit__type=Type.ACOMPTE)
    return Prefetch("lignes", queryset=lignes, to_attr="acomptes_deduits")


def _emis(facture: Any) -> Emis:
    return Emis(
        pk=facture.pk,
        tva=[Tva(tva.taux, tva.base, tva.montant) for tva in facture.tva.all()],
        acompte=facture.type == Type.ACOMPTE,
        origine=facture.origine_id,
        deductions=[
            Deduction(ligne.deduit_id, ligne.taux_tva, -ligne.total_ht)
            for ligne in facture.acomptes_deduits
        ],
    )


def _vente(facture: Any, avances: Mouvement) -> Vente:
    tiers = _tiers(facture.client_id, facture.destinataire)
    return Vente(
        numero=facture.numero,
        le=facture.date,
        emise_le=timezone.localdate(facture.emise_le),
        nom=f"{facture.get_type_display()} {facture.numero} {tiers.libelle}",
        tiers=tiers,
        ttc=facture.total_ttc,
        par_taux=_par_taux(facture, avances),
        avoir=facture.type == Type.AVOIR,
        autoliquidee=facture.exoneration == Facture.Exoneration.AUTOLIQUIDATION,
        reprise=facture.est_reprise,
    )


def _par_taux(facture: Any, avances: Mouvement) -> list[Taux]:
    """Those of the document, and those of the deposits alone, that it gives back or takes."""
    portes = {tva.taux: tva for tva in facture.tva.all()}
    seuls = [Taux(taux, ZERO, ZERO, avances[taux]) for taux in avances if taux not in portes]
    return [
        Taux(t.taux, t.base, t.montant, avances.get(t.taux, ZERO)) for t in portes.values()
    ] + seuls


def _encaissements(periode: Periode, plan: Plan) -> Iterator[Ecriture]:
    """Money, under the name that its client had on the last invoice issued before it was noted."""
    emises = Facture.tous.filter(statut=Facture.Statut.EMISE, client=OuterRef("client"))
    emises = emises.filter(emise_le__lte=OuterRef("saisi_le")).order_by("-emise_le", "-pk")
    recus = Paiement.objects.filter(le__range=(periode.du, periode.au))
    recus = recus.exclude(mode=Paiement.Mode.REPRISE)
    recus = recus.annotate(connu=Subquery(emises.values("destinataire")[:1]))
    for paiement in recus.order_by("le", "pk").iterator(chunk_size=LOT):
        if ecriture := ecriture_d_encaissement(_encaissement(paiement), plan):
            yield ecriture


def _encaissement(paiement: Any) -> Encaissement:
    tiers = _tiers(paiement.client_id, paiement.connu or {})
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


def _tiers(client: int, destinataire: Mapping[str, str]) -> Compte:
    """The auxiliary account of a client: a number that never changes, the name that was frozen.

    Neither the code nor the card: both may change, or be erased, after the books are closed.
    """
    nom, code = destinataire.get("nom") or f"Client n° {client}", destinataire.get("code")
    return Compte(f"CLI{client:06d}", f"{nom} ({code})" if code else nom)
