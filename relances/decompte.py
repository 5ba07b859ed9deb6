"""What a late client owes beside its invoices, on a day: interest and flat-rate indemnities.

Between professionals: penalties from the day after the due date and 40 € per invoice (C. com.
L441-10, D441-5). A consumer: the legal rate from the day after a formal notice was received, and
no indemnity (C. civ. 1231-6, 1344-1; CPCE L111-8). Nothing of it is ever written on an invoice.

The doubt benefits the client: money counts from the day it was received, even when it was allocated
later. A cancelled payment was never received. A credit note counts from its date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import accumulate, groupby
from operator import itemgetter
from typing import Any

from django.db import connection
from django.utils import timezone

from artjardin.argent import ZERO
from artjardin.outbox.models import Courriel
from clients.models import Client
from facturation.models import Entreprise, Facture
from facturation.services.ecriture import est_consommateur
from relances.interets import JOUR, Periode, Taux, calculer, total
from relances.models import Relance, TauxLegal, Ton

INDEMNITE = Decimal("40.00")  # euros per invoice (C. com. D441-5)
CHAMPS = ("pk", "numero", "date", "echeance", "total_ttc", "retenue__montant", "retenue__echeance")
MOUVEMENTS = """
    SELECT i.facture_id, CASE WHEN i.montant > 0 THEN p.le ELSE coalesce(i.le, p.le) END,
        -i.montant
    FROM facturation_imputation i JOIN facturation_paiement p ON p.id = i.paiement_id
    WHERE i.facture_id = ANY(%(factures)s) AND p.annule_id IS NULL
        AND NOT EXISTS (SELECT FROM facturation_paiement a WHERE a.annule_id = p.id)
    UNION ALL
    SELECT origine_id, date, -total_ttc FROM facturation_facture
    WHERE origine_id = ANY(%(factures)s) AND statut = 'emise' AND type = 'avoir'
"""

Marches = list[tuple[date, Decimal]]


@dataclass(frozen=True)
class LigneDeDecompte:
    """One invoice: what is left of it, its interest by period, its indemnity (euros)."""

    numero: str
    emise_le: date
    echeance: date
    principal: Decimal
    periodes: tuple[Periode, ...]
    indemnite: Decimal

    @property
    def interets(self) -> Decimal:
        return total(self.periodes)


@dataclass(frozen=True)
class Decompte:
    """The interest and indemnities of one client, up to `au` included, in euros."""

    client_id: int
    au: date
    consommateur: bool
    lignes: tuple[LigneDeDecompte, ...]

    @property
    def principal(self) -> Decimal:
        return sum((ligne.principal for ligne in self.lignes), ZERO)

    @property
    def interets(self) -> Decimal:
        return sum((ligne.interets for ligne in self.lignes), ZERO)

    @property
    def indemnites(self) -> Decimal:
        return sum((ligne.indemnite for ligne in self.lignes), ZERO)

    @property
    def accessoires(self) -> Decimal:
        """What is owed beside the principal: nothing of it is on an invoice."""
        return self.interets + self.indemnites

    @property
    def total(self) -> Decimal:
        return self.principal + self.accessoires


def decompter(
    client: Client,
    *,
    au: date,
    factures: Iterable[int] | None = None,
    avec_reglees: bool = False,
) -> Decompte:
    """What the overdue invoices of a client come to on a day, at the dated rates: five queries.

    `factures` narrows to these. Invoices paid late but in full are left out, unless asked
    (`avec_reglees`). Raise TauxManquant, which names the half-year, when a rate is not entered.
    """
    consommateur = est_consommateur(client, firme=Entreprise.la_notre())
    visees = _visees(client, au=au, factures=factures)
    departs = _departs([facture["pk"] for facture in visees]) if consommateur else {}
    marches = _marches(visees)
    taux = _taux(consommateur=consommateur)
    lignes = []
    for facture in visees:
        pk = facture["pk"]
        depart = departs.get(pk, au) if consommateur else None
        ligne = _ligne(facture, marches[pk], au=au, depart=depart, taux=taux)
        if ligne.principal > 0 or (avec_reglees and ligne.periodes):
            lignes.append(ligne)
    return Decompte(client.pk, au, consommateur, tuple(lignes))


def _visees(client: Client, *, au: date, factures: Iterable[int] | None) -> list[Mapping[str, Any]]:
    """Its overdue invoices, oldest due date first."""
    emises = Facture.objects.emises().filter(client=client, date__lte=au, echeance__lt=au)
    if factures is not None:
        emises = emises.filter(pk__in=list(factures))
    return list(emises.order_by("echeance", "pk").values(*CHAMPS))


def _marches(factures: Sequence[Mapping[str, Any]]) -> dict[int, Marches]:
    """By invoice, what was left at the end of each day on which it moved."""
    mouvements = [(f["pk"], f["date"], f["total_ttc"]) for f in factures]
    with connection.cursor() as curseur:
        curseur.execute(MOUVEMENTS, {"factures": [f["pk"] for f in factures]})
        mouvements += curseur.fetchall()
    mouvements.sort(key=itemgetter(0, 1))
    return {
        pk: list(
            zip(
                (le for _, le, _ in suite),
                accumulate(montant for _, _, montant in suite),
                strict=True,
            )
        )
        for pk, groupe in groupby(mouvements, key=itemgetter(0))
        for suite in [list(groupe)]
    }


def _ligne(
    facture: Mapping[str, Any],
    marches: Marches,
    *,
    au: date,
    depart: date | None,
    taux: Sequence[Taux],
) -> LigneDeDecompte:
    """One invoice; `depart`: the day a consumer was put on notice, None between professionals."""
    periodes: list[Periode] = []
    principal = ZERO
    for echeance, part in _creances(facture, marches, au=au):
        principal += _a_la_fin(part, au)
        du = max(echeance, depart or echeance) + JOUR
        periodes += calculer(part, du=du, au=au, taux=taux)
    return LigneDeDecompte(
        facture["numero"],
        facture["date"],
        facture["echeance"],
        principal,
        tuple(periodes),
        INDEMNITE if periodes and depart is None else ZERO,
    )


def _creances(
    facture: Mapping[str, Any], marches: Marches, *, au: date
) -> list[tuple[date, Marches]]:
    """An invoice without its warranty retention, then the retention once due; payments go first
    to the former.
    """
    retenue = facture["retenue__montant"] or ZERO
    creances = [(facture["echeance"], [(le, max(solde - retenue, ZERO)) for le, solde in marches])]
    liberee = facture["retenue__echeance"]
    if retenue and liberee and liberee < au:
        creances.append((liberee, [(le, max(min(solde, retenue), ZERO)) for le, solde in marches]))
    return creances


def _a_la_fin(marches: Marches, jour: date) -> Decimal:
    passes = [solde for le, solde in marches if le <= jour]
    return passes[-1] if passes else ZERO


def _taux(*, consommateur: bool) -> list[Taux]:
    return [
        Taux(ligne.debut, ligne.legal if consommateur else ligne.penalites)
        for ligne in TauxLegal.objects.all()
    ]


def _departs(factures: Sequence[int]) -> dict[int, date]:
    """By invoice, the day its first formal notice was received, else the day it left."""
    demeures = Relance.objects.valables().filter(
        facture__in=factures, niveau__ton=Ton.MISE_EN_DEMEURE
    )
    departs: dict[int, date] = {}
    for relance in demeures.select_related("courriel"):
        if (le := _recue_ou_partie(relance)) is not None:
            departs[relance.facture_id] = min(le, departs.get(relance.facture_id, le))
    return departs


def _recue_ou_partie(relance: Relance) -> date | None:
    """Received as the client signed; else the last of the ways it left by; None: it has not."""
    if relance.recue_le is not None:
        return relance.recue_le
    courriel = relance.courriel
    accepte = courriel is not None and courriel.statut == Courriel.Statut.ENVOYE
    departs = [courriel.envoye_le if courriel and accepte else None, relance.postee_le]
    return max((timezone.localdate(le) for le in departs if le), default=None)
