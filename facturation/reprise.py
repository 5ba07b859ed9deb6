"""What one row of the open invoices of another program says, and why it may be refused. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from artjardin.argent import ZERO, arrondir, en_euros
from clients.lecture import Colonne, Ligne, Refus, lire_jour, lire_montant, lire_oui_non
from clients.rapport import refus_de_forme
from facturation.montants import TAUX_TVA, Tva, ttc_est_coherent

COLONNES = (
    Colonne(
        "numero",
        "N° facture",
        ("Numéro", "No facture", "Num facture", "N°", "Facture", "Numéro de facture", "Facture n°"),
        obligatoire=True,
    ),
    Colonne(
        "client",
        "Code client",
        ("Client", "N° client", "Numéro client", "Réf. client"),
        obligatoire=True,
    ),
    Colonne(
        "date",
        "Date facture",
        ("Date", "Date d'émission", "Date de la facture", "Émise le"),
        obligatoire=True,
    ),
    Colonne(
        "echeance",
        "Échéance",
        ("Date d'échéance", "Échéance le", "À payer avant le"),
        obligatoire=True,
    ),
    Colonne("objet", "Objet", ("Libellé", "Désignation", "Description"), obligatoire=True),
    Colonne("ht", "Montant HT", ("HT", "Total HT", "Net HT"), obligatoire=True),
    Colonne("taux", "Taux TVA", ("TVA", "Taux de TVA", "TVA %", "Taux"), obligatoire=True),
    Colonne("ttc", "Montant TTC", ("TTC", "Total TTC"), obligatoire=True),
    Colonne(
        "regle",
        "Déjà réglé",
        ("Réglé", "Payé", "Déjà payé", "Montant réglé", "Acompte versé"),
        obligatoire=True,
    ),
    Colonne("litige", "Litige", ("En litige", "Contestée")),
)
NOMS = {colonne.clef: colonne.nom for colonne in COLONNES}
OBJET_MAX = 200
# BR-FR-01 and BR-FR-02 of XP Z12-012: what an invoice number may hold
NUMERO = re.compile(r"[A-Za-z0-9+\-_/]{1,35}")


@dataclass(frozen=True)
class FactureLue:
    """A row that holds together; amounts in euros. `litige` is None when the file does not say."""

    numero: str
    client: str
    date: dt.date
    echeance: dt.date
    objet: str
    ht: Decimal
    taux: Decimal
    ttc: Decimal
    regle: Decimal
    litige: bool | None = None


def lire_facture(ligne: Ligne) -> tuple[FactureLue | None, list[Refus]]:
    """The row, or None and every reason why not, the gravest first."""
    if refus := refus_de_forme(ligne):
        return None, refus
    valeurs: dict[str, Any] = {}
    for clef, lire, code in LECTURES:
        if clef in ligne.valeurs:
            try:
                valeurs[clef] = lire(ligne.valeurs[clef])
            except ValueError as erreur:
                refus.append(Refus(code, f"{NOMS[clef]} : {erreur}"))
    if refus:
        return None, refus
    lue = FactureLue(numero=ligne.valeurs["numero"], client=ligne.valeurs["client"], **valeurs)
    refus = list(_incoherences(lue))
    return (None if refus else lue), refus


def refus_de_numero(numero: str) -> list[Refus]:
    """Empty, too long, or with a character that an invoice number may not have."""
    if not numero:
        return [Refus("numero", "Le numéro de facture manque.")]
    if NUMERO.fullmatch(numero):
        return []
    permis = "35 caractères au plus, lettres sans accent, chiffres et + - _ /"
    return [Refus("numero", f"Numéro de facture refusé : {permis}.")]


def _incoherences(lue: FactureLue) -> Iterator[Refus]:
    if lue.echeance < lue.date:
        yield Refus("echeance-avant-date", "L'échéance précède la date de la facture.")
    if not ttc_est_coherent(ht=lue.ht, taux=lue.taux, ttc=lue.ttc):
        attendu = en_euros(lue.ht + Tva(lue.taux, lue.ht).montant)
        yield Refus("ttc", f"Le TTC ({en_euros(lue.ttc)}) n'est pas HT + TVA ({attendu}).")
    if lue.regle > lue.ttc:
        yield Refus(
            "trop-regle", f"Déjà réglé ({en_euros(lue.regle)}) dépasse {en_euros(lue.ttc)}."
        )


def _lire_positif(texte: str) -> Decimal:
    if (montant := arrondir(lire_montant(texte))) <= 0:
        raise ValueError(f"« {texte} » n'est pas un montant positif.")
    return montant


def _lire_regle(texte: str) -> Decimal:
    if (montant := arrondir(lire_montant(texte)) if texte else ZERO) < 0:
        raise ValueError(f"« {texte} » est négatif.")
    return montant


def _lire_taux(texte: str) -> Decimal:
    taux = lire_montant(texte)
    if taux not in TAUX_TVA:
        raise ValueError(f"« {texte} » n'est pas un taux français (20, 10, 5,5 ou 0).")
    return arrondir(taux)


def _lire_objet(texte: str) -> str:
    if not (objet := " ".join(texte.split())):
        raise ValueError("donnez l'objet de la facture.")
    return objet


def _verifier_la_longueur(texte: str) -> str:
    if len(objet := " ".join(texte.split())) > OBJET_MAX:
        raise ValueError(f"{len(objet)} caractères, {OBJET_MAX} au plus.")
    return objet


# Column, how its cell is read, and the code of the refusal, the gravest first
LECTURES: tuple[tuple[str, Callable[[str], Any], str], ...] = (
    ("date", lire_jour, "date"),
    ("echeance", lire_jour, "date"),
    ("ht", _lire_positif, "montant"),
    ("ttc", _lire_positif, "montant"),
    ("regle", _lire_regle, "montant"),
    ("taux", _lire_taux, "taux-tva"),
    ("objet", _lire_objet, "objet-manquant"),
    ("objet", _verifier_la_longueur, "champ-trop-long"),
    ("litige", lire_oui_non, "oui-non"),
)
