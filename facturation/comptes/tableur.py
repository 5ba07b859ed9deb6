"""The accounts as CSV for a spreadsheet in French: UTF-8 with BOM, semicolons, decimal commas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal

from clients.rapport import inoffensive
from facturation.comptes.balance import Balance, Montants
from facturation.comptes.chiffre_affaires import ChiffreAffaires, Ventes
from facturation.comptes.releve import Mouvement, Releve

Cellule = str | Decimal | date
BOM = "\ufeff"
ENTETES_RELEVE = ["Date", "Pièce", "Libellé", "Débit", "Crédit", "Solde"]
ENTETES_BALANCE = [
    "Code", "Client", "Total dû", "Non échu", "1 à 30 jours", "31 à 60 jours", "61 à 90 jours",
    "Plus de 90 jours", "Avances",
]  # fmt: skip
ENTETES_CHIFFRE_AFFAIRES = [
    "Mois", "Taux de TVA (%)", "Émis HT", "Émis TVA", "Émis TTC", "Encaissé HT", "Encaissé TVA",
    "Encaissé TTC",
]  # fmt: skip


def csv_releve(releve: Releve) -> bytes:
    """An account: opening balance, movements, totals, closing balance, advances."""
    lignes: list[Sequence[Cellule]] = [
        [releve.du, "", "Solde à l'ouverture", "", "", releve.ouverture],
        *map(_mouvement, releve.mouvements),
        [releve.au, "", "Totaux de la période", releve.totaux.debit, releve.totaux.credit, ""],
        [releve.au, "", "Solde à la clôture", "", "", releve.cloture],
        [releve.au, "", "Dont avances non imputées", "", "", releve.avances],
    ]
    return en_csv(ENTETES_RELEVE, lignes)


def csv_balance(balance: Balance) -> bytes:
    """An aged balance: one row per client, then the totals."""
    lignes = [[ligne.code, ligne.designation, *_colonnes(ligne)] for ligne in balance.lignes]
    return en_csv(ENTETES_BALANCE, [*lignes, ["", "Total", *_colonnes(balance.totaux)]])


def csv_chiffre_affaires(chiffre: ChiffreAffaires) -> bytes:
    """A turnover: one row per month and rate, the totals by rate and in all, then the advances."""
    lignes: list[Sequence[Cellule]] = []
    for mois in chiffre.mois:
        lignes += _par_taux(f"{mois.mois[5:]}/{mois.mois[:4]}", mois.emis, mois.encaisse)
    emis, encaisse, en_avance = chiffre.emis, chiffre.encaisse, chiffre.avances
    vides = [""] * 6
    lignes += _par_taux("Total", emis, encaisse)
    lignes += [
        ["Total", "Tous", emis.ht, emis.tva, emis.ttc, encaisse.ht, encaisse.tva, encaisse.ttc],
        ["Avances avant la période", *vides, en_avance.ouverture],
        ["Avances à la fin", *vides, en_avance.cloture],
        ["Reçu en tout", *vides, chiffre.recu],
    ]
    return en_csv(ENTETES_CHIFFRE_AFFAIRES, lignes)


def en_csv(entetes: Sequence[str], lignes: Iterable[Sequence[Cellule]]) -> bytes:
    """A file that a spreadsheet opens as it is. No text is taken for a formula.

    >>> en_csv(["Libellé"], [["=1+1"], [Decimal("-3.50")], [date(2026, 3, 1)]]).decode()
    "\\ufeffLibellé\\r\\n'=1+1\\r\\n-3,50\\r\\n01/03/2026\\r\\n"
    """
    sortie = io.StringIO()
    ecrivain = csv.writer(sortie, delimiter=";", lineterminator="\r\n")
    ecrivain.writerow(entetes)
    ecrivain.writerows(map(_ecrire, ligne) for ligne in lignes)
    return f"{BOM}{sortie.getvalue()}".encode()


def _ecrire(cellule: Cellule) -> str:
    if isinstance(cellule, Decimal):
        return f"{cellule:.2f}".replace(".", ",")
    return f"{cellule:%d/%m/%Y}" if isinstance(cellule, date) else inoffensive(cellule)


def _mouvement(m: Mouvement) -> list[Cellule]:
    return [m.le, m.piece, m.libelle, m.debit, m.credit, m.solde]


def _colonnes(m: Montants) -> list[Cellule]:
    return [m.total, m.non_echu, m.j30, m.j60, m.j90, m.plus, m.avances]


def _par_taux(titre: str, emis: Ventes, encaisse: Ventes) -> Iterator[list[Cellule]]:
    """One row per rate that either has, the highest first."""
    gauche, droite = [{li.taux: li for li in v.par_taux} for v in (emis, encaisse)]
    for taux in sorted({*gauche, *droite}, reverse=True):
        montants: list[Cellule] = []
        for cote in (gauche, droite):
            un = cote.get(taux)
            montants += [un.ht, un.tva, un.ttc] if un else [Decimal(0)] * 3
        yield [titre, taux, *montants]
