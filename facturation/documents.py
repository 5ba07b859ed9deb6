"""What the documents show, from frozen data only, and the promise of account statements."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from artjardin.argent import ZERO
from artjardin.storage.models import Document
from artjardin.storage.services import promettre_document
from clients.models import Client
from facturation.models import Devis, Entreprise, Facture
from facturation.models.lignes import Ligne
from facturation.montants import totaliser


def contexte_facture(facture: Facture) -> dict[str, Any]:
    """What the template of an invoice or credit note shows."""
    lignes = list(facture.lignes.all())
    return _parties(facture) | _lignes(lignes) | {"facture": facture, "tva": facture.tva.all()}


def contexte_devis(devis: Devis) -> dict[str, Any]:
    """What the template of a quote shows."""
    lignes = list(devis.lignes.all())
    return _parties(devis) | _lignes(lignes) | {"devis": devis, "tva": totaliser(lignes).par_taux}


def promettre_releve(
    client: Client, *, le: date, factures: Sequence[Facture], nom: str
) -> Document:
    """Promise the statement of these invoices, frozen as they stand on `le`.

    `factures` carry `solde` (euros), see FactureQuerySet.avec_solde.
    """
    par_echeance = sorted(factures, key=lambda facture: (facture.echeance, facture.pk))
    lignes = [_ligne_de_releve(facture, le=le) for facture in par_echeance]
    total = sum((ligne["solde"] for ligne in lignes), ZERO)
    return promettre_document(
        client,
        genre="releve",
        nom=nom,
        affiche=f"Recapitulatif-{client.code}-{le}",
        le=le,
        client=client.pk,
        contexte=compte_fige(client, le=le, lignes=lignes, total=total),
    )


def compte_fige(
    client: Client, *, le: date, lignes: Iterable[Mapping[str, Any]], total: Decimal
) -> dict[str, Any]:
    """What a document about an account freezes: both parties, its lines and total, as JSON."""
    return {
        "le": le.isoformat(),
        "client": client.instantane(),
        "emetteur": Entreprise.la_notre().instantane(),
        "lignes": [{champ: _figer(valeur) for champ, valeur in li.items()} for li in lignes],
        "total": str(total),
    }


def _ligne_de_releve(facture: Any, *, le: date) -> dict[str, Any]:
    return {
        "numero": facture.numero,
        "date": facture.date,
        "echeance": facture.echeance,
        "objet": facture.objet,
        "total_ttc": facture.total_ttc,
        "regle": facture.total_ttc - facture.solde,
        "solde": facture.solde,
        "retard": max(0, (le - facture.echeance).days),
    }


def _figer(valeur: Any) -> Any:
    if isinstance(valeur, date):
        return valeur.isoformat()
    return str(valeur) if isinstance(valeur, Decimal) else valeur


def _parties(document: Facture | Devis) -> dict[str, Any]:
    return {"emetteur": document.emetteur, "client": document.destinataire}


def _lignes(lignes: Sequence[Ligne]) -> dict[str, Any]:
    return {
        "lignes": lignes,
        "avec_remise": any(ligne.remise for ligne in lignes),
        "sans_tva": not any(ligne.taux_tva for ligne in lignes),
    }
