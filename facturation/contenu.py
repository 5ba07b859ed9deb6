"""What a document freezes, as one JSON-ready dict: it is what is chained, drawn and put in the XML.

Amounts are texts with the decimals of their column, dates are ISO texts, so that the same row gives
the same dict before and after the database. A field added later goes in only where it says
something: older documents keep their fingerprint.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from operator import itemgetter
from typing import Any

from django.db import models

from facturation.models import (
    Devis,
    Facture,
    Imputation,
    LigneFacture,
    Paiement,
    Retenue,
    TvaFacture,
)
from facturation.models.piece import Piece
from facturation.montants import Totaux

PIECE = [
    "numero", "date", "objet", "conditions", "exoneration", "emetteur", "destinataire", "lieu",
    "remise_taux", "remise_montant", "total_ht", "total_tva", "total_ttc", "mentions",
]  # fmt: skip
LIGNE = [
    "section", "designation", "quantite", "unite", "prix_unitaire", "remise", "remise_montant",
    "taux_tva", "justification_tva", "total_ht",
]  # fmt: skip
PAIEMENT = [
    "numero", "client_id", "montant", "mode", "le", "reference", "annule_id", "rembourse_id",
    "saisi_le", "saisi_par_id",
]  # fmt: skip
PRELEVEMENT = ["ics", "rum", "iban", "prevu_le"]
DECHETS = ["quantite", "tri", "collecte", "cout"]


def contenu_facture(
    facture: Facture,
    *,
    lignes: Iterable[LigneFacture] | None = None,
    tva: Iterable[TvaFacture] | None = None,
    totaux: Totaux | None = None,
    retenue: Retenue | None = None,
) -> dict[str, Any]:
    """The content of an invoice or credit note; what is given is not read again."""
    lues = list(facture.lignes.all() if lignes is None else lignes)
    par_taux = facture.tva.all() if tva is None else tva
    devis = facture.devis
    if retenue is None and facture.retenue_taux:
        retenue = getattr(facture, "retenue", None)
    champs = [
        "client_id", "origine_id", "type", "motif", "echeance", "prestation_le",
        "reference_client", "references", "emise_le",
    ]  # fmt: skip
    return _piece(facture, totaux or facture.totaux(lues)) | {
        **_valeurs(facture, champs),
        "devis": devis and _valeurs(devis, ["numero", "date"]),
        "lignes": [_valeurs(ligne, [*LIGNE, "avancement"]) for ligne in lues],
        "tva": [_valeurs(une, ["taux", "base", "montant"]) for une in par_taux],
        "retenue": retenue
        and _valeurs(facture, ["retenue_taux"], prefixe="retenue_")
        | _valeurs(retenue, ["montant"]),
        **_prelevement(facture),
    }


def _prelevement(facture: Facture) -> dict[str, Any]:
    """How the bank is to debit it; nothing for the others."""
    prelevement = getattr(facture, "prelevement", None) if facture.preleve else None
    return {"prelevement": _valeurs(prelevement, PRELEVEMENT)} if prelevement else {}


def contenu_devis(devis: Devis) -> dict[str, Any]:
    """The content of a quote; what the client decides afterwards is not part of it."""
    totaux = devis.totaux()
    champs = ["client_id", "version", "valide_jusqu_au", "conclusion"]
    return _piece(devis, totaux) | {
        **_valeurs(devis, champs),
        "remplace": devis.remplace and _valeurs(devis.remplace, ["numero", "date"]),
        "dechets": {nom: getattr(devis, f"dechets_{nom}") for nom in DECHETS},
        "lignes": [_valeurs(ligne, [*LIGNE, "option"]) for ligne in devis.lignes.all()],
        "tva": [
            {"taux": f"{t.taux:.2f}", "base": f"{t.base:.2f}", "montant": f"{t.montant:.2f}"}
            for t in totaux.par_taux
        ],
    }


def contenu_paiement(
    paiement: Paiement, *, imputations: Iterable[Imputation] | None = None
) -> dict[str, Any]:
    """The content of a payment, with the invoices it settled when it was entered."""
    avec_lui = (
        [une for une in paiement.imputations.all() if une.le is None]
        if imputations is None
        else imputations
    )
    parts = [_valeurs(une, ["facture_id", "montant"]) for une in avec_lui]
    return _valeurs(paiement, PAIEMENT) | {
        "imputations": sorted(parts, key=itemgetter("facture_id", "montant"))
    }


def contenu_imputation(imputation: Imputation) -> dict[str, Any]:
    """The content of credit allocated, or taken back, after the payment was entered."""
    return _valeurs(imputation, ["numero", "paiement_id", "facture_id", "montant", "le"])


def _piece(piece: Piece, totaux: Totaux) -> dict[str, Any]:
    remises = totaux.remises
    return _valeurs(piece, PIECE) | {
        "remises": [{"taux": f"{taux:.2f}", "montant": f"{euros:.2f}"} for taux, euros in remises]
    }


def _valeurs(objet: models.Model, champs: Iterable[str], *, prefixe: str = "") -> dict[str, Any]:
    return {champ.removeprefix(prefixe): _valeur(objet, champ) for champ in champs}


def _valeur(objet: models.Model, champ: str) -> Any:
    valeur = getattr(objet, champ)
    if isinstance(valeur, dt.date):
        return valeur.isoformat()
    colonne: Any = objet._meta.get_field(champ.removesuffix("_id"))
    if valeur is not None and isinstance(colonne, models.DecimalField):
        return f"{Decimal(valeur):.{colonne.decimal_places}f}"
    return valeur
