"""The plan of a day as JSON: who, level, amount, text, and why the others are left out."""

from __future__ import annotations

from typing import Any

from relances.plan import Ecartee, Ligne
from relances.regles import MOTIFS, RETENUS
from relances.services.presentation import Annonce, Resume


def en_json(resume: Resume) -> dict[str, Any]:
    """Everything a person reads of a plan; amounts are texts with two decimals."""
    plan = resume.plan
    return {
        "jour": plan.au,
        "a_relancer": [_ligne(ligne) for ligne in plan.a_relancer],
        "a_poster": [_ligne(ligne) for ligne in plan.a_poster],
        "ecartees": [_ecartee(ecartee) for ecartee in plan.ecartees],
        "motifs": dict(plan.motifs),
        "clients_a_relancer": plan.clients_a_relancer,
        "total_a_relancer": f"{plan.total_a_relancer:.2f}",
        "messages": [_message(annonce) for annonce in resume.envois],
    }


def _message(annonce: Annonce) -> dict[str, Any]:
    envoi, contenu = annonce.envoi, annonce.contenu
    return {
        "client": annonce.client.pk,
        "code_client": annonce.client.code,
        "nom": annonce.client.designation,
        "a": annonce.client.email,
        "canal": envoi.canal,
        "niveau": envoi.niveau.nom,
        "total": f"{envoi.total:.2f}",
        "factures": [ligne.faits.facture_id for ligne in envoi.lignes],
        "objet": contenu and contenu.objet,
        "texte": contenu and contenu.texte,
        "faute": annonce.faute,
    }


def _ligne(ligne: Ligne) -> dict[str, Any]:
    return _faits(ligne) | {"niveau": ligne.niveau.nom, "retard": ligne.retard}


def _ecartee(ecartee: Ecartee) -> dict[str, Any]:
    motif = ecartee.motif
    return _faits(ecartee) | {
        "motif": motif,
        "explication": MOTIFS[motif],
        "a_decider": motif in RETENUS,
    }


def _faits(ligne: Ligne | Ecartee) -> dict[str, Any]:
    faits = ligne.faits
    return {
        "facture": faits.facture_id,
        "numero": faits.numero,
        "client": faits.client_id,
        "code_client": faits.client_code,
        "echeance": faits.echeance,
        "solde": f"{faits.solde:.2f}",
    }
