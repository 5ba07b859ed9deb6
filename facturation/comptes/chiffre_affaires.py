"""The turnover of a period by VAT rate and month: what was issued, and what was cashed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Sum

from artjardin.argent import ZERO
from facturation.comptes.soldes import avances, creances, credits_des_paiements, meme_instant
from facturation.comptes.ventilation import encaisser_par_mois
from facturation.models import Paiement
from facturation.montants import Tva

EMIS = """
    SELECT to_char(d.date, 'YYYY-MM'), t.taux,
        sum(CASE WHEN d.type = 'avoir' THEN -t.base ELSE t.base END),
        sum(CASE WHEN d.type = 'avoir' THEN -t.montant ELSE t.montant END)
    FROM facturation_tvafacture t
    JOIN facturation_facture d ON d.id = t.facture_id
    WHERE d.statut = 'emise' AND d.date BETWEEN %(du)s AND %(au)s
    GROUP BY 1, 2
"""
# What precedes the period is one month, "": the text sorts before the others
REGLEMENTS = """
    WITH effets AS (
        SELECT i.facture_id, i.montant, greatest(coalesce(i.le, p.le), f.date) AS le
        FROM facturation_imputation i
        JOIN facturation_paiement p ON p.id = i.paiement_id
        JOIN facturation_facture f ON f.id = i.facture_id
    ), touchees AS (
        SELECT facture_id FROM effets WHERE le BETWEEN %(du)s AND %(au)s
        UNION
        SELECT origine_id FROM facturation_facture
        WHERE statut = 'emise' AND origine_id IS NOT NULL AND date BETWEEN %(du)s AND %(au)s
    )
    SELECT facture_id, CASE WHEN le < %(du)s THEN '' ELSE to_char(le, 'YYYY-MM') END, sum(montant)
    FROM effets
    WHERE le <= %(au)s AND facture_id IN (SELECT facture_id FROM touchees)
    GROUP BY 1, 2
"""
TAUX = """
    SELECT coalesce(d.origine_id, d.id),
        CASE WHEN d.date < %(du)s THEN '' ELSE to_char(d.date, 'YYYY-MM') END, t.taux,
        sum(CASE WHEN d.type = 'avoir' THEN -t.base ELSE t.base END),
        sum(CASE WHEN d.type = 'avoir' THEN -t.montant ELSE t.montant END)
    FROM facturation_tvafacture t
    JOIN facturation_facture d ON d.id = t.facture_id
    WHERE d.statut = 'emise' AND d.date <= %(au)s
        AND (d.id = ANY(%(factures)s) OR d.origine_id = ANY(%(factures)s))
    GROUP BY 1, 2, 3
"""
Cumuls = dict[str, dict[Decimal, Tva]]  # by month, by rate


@dataclass(frozen=True)
class ParTaux:
    """One VAT rate, in percent, and its amounts in euros."""

    taux: Decimal
    ht: Decimal
    tva: Decimal
    ttc: Decimal


@dataclass(frozen=True)
class Ventes:
    """Sales by rate, the highest first, and in all, in euros."""

    par_taux: tuple[ParTaux, ...]
    ht: Decimal
    tva: Decimal
    ttc: Decimal


@dataclass(frozen=True)
class Mois:
    """One month of a period, "2026-03"."""

    mois: str
    emis: Ventes
    encaisse: Ventes


@dataclass(frozen=True)
class Avances:
    """Money that no invoice has taken, in euros: before the period, at its end, the difference."""

    ouverture: Decimal
    cloture: Decimal
    variation: Decimal


@dataclass(frozen=True)
class ChiffreAffaires:
    """The turnover of a period. `recu`: all the money received, less what was given back.

    `recu` is what was cashed on invoices (TTC) and the variation of `avances`, to the cent.
    """

    du: date
    au: date
    emis: Ventes
    encaisse: Ventes
    recu: Decimal
    avances: Avances
    mois: tuple[Mois, ...]


def chiffrer_la_periode(*, du: date, au: date) -> ChiffreAffaires:
    """The turnover from `du` to `au`, both days included. Eight queries.

    Issued: invoices less credit notes, by their dates. Cashed: what was allocated to invoices, by
    its date, shared over their rates (see `ventiler`); cancellations count below zero at theirs.
    """
    with meme_instant():
        emis = _emis(du=du, au=au)
        encaisse = _encaisse(du=du, au=au)
        recu = Paiement.objects.filter(le__range=(du, au)).aggregate(s=Sum("montant"))["s"]
        avant, apres = _avances(au=du - timedelta(days=1)), _avances(au=au)
    return ChiffreAffaires(
        du=du,
        au=au,
        emis=_ventes(emis.values()),
        encaisse=_ventes(encaisse.values()),
        recu=recu or ZERO,
        avances=Avances(avant, apres, apres - avant),
        mois=tuple(
            Mois(mois, _ventes([emis.get(mois, {})]), _ventes([encaisse.get(mois, {})]))
            for mois in mois_de(du, au)
        ),
    )


def mois_de(du: date, au: date) -> Iterator[str]:
    """The months that a period touches.

    >>> list(mois_de(date(2025, 12, 31), date(2026, 2, 1)))
    ['2025-12', '2026-01', '2026-02']
    """
    for rang in range(du.year * 12 + du.month - 1, au.year * 12 + au.month):
        yield f"{rang // 12}-{rang % 12 + 1:02d}"


def _emis(*, du: date, au: date) -> Cumuls:
    emis: Cumuls = defaultdict(dict)
    for mois, taux, base, montant in _lire(EMIS, du=du, au=au):
        emis[mois][taux] = Tva(taux, base, montant)
    return emis


def _encaisse(*, du: date, au: date) -> Cumuls:
    regles: dict[int, dict[str, Decimal]] = defaultdict(dict)
    for facture, mois, montant in _lire(REGLEMENTS, du=du, au=au):
        regles[facture][mois] = montant
    taxes: dict[int, dict[str, list[Tva]]] = defaultdict(lambda: defaultdict(list))
    for facture, mois, *tva in _lire(TAUX, du=du, au=au, factures=list(regles)):
        taxes[facture][mois].append(Tva(*tva))
    encaisse: Cumuls = defaultdict(dict)
    for facture, regle in regles.items():
        for mois, part in encaisser_par_mois(regle, taxes[facture]):
            if mois:
                _ajouter(encaisse[mois], part)
    return encaisse


def _avances(*, au: date) -> Decimal:
    return sum(avances(creances(au=au), credits_des_paiements(au=au)).values(), ZERO)


def _ventes(mois: Iterable[Mapping[Decimal, Tva]]) -> Ventes:
    """The sum of some months, by rate; a rate that comes to nothing is left out."""
    sommes: dict[Decimal, Tva] = {}
    for par_taux in mois:
        for tva in par_taux.values():
            _ajouter(sommes, tva)
    lignes = tuple(
        ParTaux(taux, tva.base, tva.montant, tva.base + tva.montant)
        for taux, tva in sorted(sommes.items(), reverse=True)
        if tva.base or tva.montant
    )
    ht, taxe = sum((li.ht for li in lignes), ZERO), sum((li.tva for li in lignes), ZERO)
    return Ventes(lignes, ht, taxe, ht + taxe)


def _ajouter(sommes: dict[Decimal, Tva], tva: Tva) -> None:
    deja = sommes.get(tva.taux, Tva(tva.taux, ZERO))
    sommes[tva.taux] = Tva(tva.taux, deja.base + tva.base, deja.montant + tva.montant)


def _lire(requete: str, **parametres: Any) -> list[Any]:
    with connection.cursor() as curseur:
        curseur.execute(requete, parametres)
        return curseur.fetchall()
