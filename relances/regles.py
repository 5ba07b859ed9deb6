"""Whether an open invoice is reminded on a day, at which level, or why not. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple, Protocol

MOTIFS = {
    "reglee": "La facture est réglée.",
    "montant-change": "Le montant dû a changé.",
    "trop-ancienne": "Elle date de plusieurs jours : elle est refaite à la date du jour.",
    "sous-le-seuil": "Le reste dû est trop petit pour être relancé.",
    "pas-echue": "Le premier niveau de relance n'est pas encore atteint.",
    "entree-apres-9h": "La facture est entrée aujourd'hui après 9 h : relance automatique demain.",
    "client-supprime": "Le client est dans la corbeille.",
    "client-exclu": "Le client est exclu des relances.",
    "prelevement": "La facture est réglée par prélèvement.",
    "prelevement-sans-nouvelle": "Le prélèvement est passé sans paiement saisi ni rejet : qu'en "
    "est-il ?",
    "litige": "La facture est en litige.",
    "exclusion": "La facture est exclue des relances.",
    "pause": "Les relances sont en pause.",
    "promesse": "Le client a promis de payer.",
    "retenue": "La ligne a été retenue depuis l'aperçu.",
    "sans-plan": "Aucun plan de relance ne concerne ce client.",
    "niveaux-epuises": "Tous les niveaux ont été envoyés.",
    "niveau-a-venir": "Le niveau suivant n'est pas encore atteint.",
    "delai-minimum": "La relance précédente est trop récente.",
    "envoi-en-cours": "La relance précédente n'est pas encore partie.",
    "envoi-en-echec": "La relance précédente n'a pas pu être remise : corrigez l'adresse, ou "
    "renvoyez-la.",
    "envoi-incertain": "Le sort de la relance précédente est incertain : constatez-le.",
    "lettre-a-poster": "La lettre précédente n'est pas marquée postée.",
    "sans-adresse": "Le client n'a ni adresse e-mail valable ni adresse postale.",
    "une-par-semaine": "Le client a reçu une autre relance depuis moins de sept jours, ou reçoit "
    "une mise en demeure ce jour : celle-ci attend.",
    "sans-email": "Le client n'a pas d'adresse e-mail : lettre à poster.",
    "adresse-en-erreur": "L'adresse e-mail du client ne marche plus : lettre à poster.",
    "credit-a-imputer": "Un paiement de ce client n'est pas imputé : est-ce celui de la facture ?",
    "banque-pas-a-jour": "Aucun paiement n'a été saisi depuis longtemps : la banque est-elle à "
    "jour ?",
    "envois-coupes": "Les relances au client sont coupées dans les envois automatiques.",
    "base-restauree": "La base a été restaurée : vérifiez ce qui est parti depuis la sauvegarde, "
    "puis libérez.",
    "jour-ferie": "Dimanche ou jour férié : relance le prochain jour ouvrable.",
}
SUSPENSIONS = ("litige", "exclusion", "promesse", "pause", "retenue")  # the first one is told
PERDUS = frozenset({"envoi-en-echec", "envoi-incertain"})  # told at once: it may not have arrived
EN_LETTRE = frozenset({"sans-email", "adresse-en-erreur"})  # reminded, by post
# Held until a person decides: the patrons are asked
RETENUS = frozenset(
    {
        "retenue", "envoi-en-echec", "envoi-incertain", "lettre-a-poster", "sans-adresse",
        "credit-a-imputer", "banque-pas-a-jour", "envois-coupes", "sans-plan", "base-restauree",
        "prelevement-sans-nouvelle",
    }
)  # fmt: skip


# Days that a letter may wait to be posted, and a mail to leave: they give eight days to pay
LETTRE_VALABLE, COURRIEL_VALABLE = 5, 2


class Palier(Protocol):
    """What the rules read of a level."""

    jours: int
    delai_minimum: int
    canal: str


class Faits(NamedTuple):
    """What is known of one issued invoice.

    `nouvelle`: entered after the hour of an automatic run. `fait`: days of the highest level
    reached so far, 0 if none; `dernier`: when that reached the client; `attente`: the code of what
    it still waits for. `suspension`: the code of a decision in force. `email`: "" when there is
    none; `rebond`: it does not work any more. `plan_id`: the plan given to this client, if any.
    `preleve`: the bank is to debit it; `sans_nouvelle`: it was to, and nobody said what came of it.
    """

    facture_id: int
    numero: str
    client_id: int
    client_code: str
    client_type: str
    echeance: date
    solde: Decimal
    email: str
    postale: bool
    exclu: bool
    supprime: bool
    preleve: bool
    litige: bool
    nouvelle: bool
    fait: int
    dernier: date | None
    attente: str
    suspension: str = ""
    rebond: bool = False
    plan_id: int | None = None
    sans_nouvelle: bool = False

    def retard(self, *, au: date) -> int:
        """Days past the due date, on Paris dates."""
        return (au - self.echeance).days


@dataclass(frozen=True)
class Verdict:
    """The level to send (None: nothing), and the reason it is set aside ("" when mailed)."""

    palier: Palier | None
    motif: str = ""


def empechement(faits: Faits, *, tolerance: Decimal) -> str:
    """Why this invoice may not be reminded at all now, asked again under lock at sending.

    `tolerance`: euros below which a balance is left alone.
    """
    if faits.solde <= 0:
        return "reglee"
    if faits.supprime:
        return "client-supprime"
    if faits.exclu:
        return "client-exclu"
    if faits.preleve or faits.sans_nouvelle:
        return "prelevement" if faits.preleve else "prelevement-sans-nouvelle"
    suspension = "litige" if faits.litige else faits.suspension
    return suspension or ("sous-le-seuil" if faits.solde < tolerance else "")


def juger(
    faits: Faits, *, paliers: Sequence[Palier], au: date, tolerance: Decimal = Decimal(0)
) -> Verdict:
    """Choose the next level of an invoice on `au`, or say why it waits.

    `paliers` are the active levels of its plan by ascending days. Levels climb one by one and days
    are compared with ≥, so downtime neither loses nor piles up reminders.
    """
    palier = next((p for p in paliers if p.jours > faits.fait), None)
    premier = paliers[0].jours if paliers else 1
    if faits.solde > 0 and faits.retard(au=au) < premier:
        return Verdict(None, "pas-echue")
    motif = empechement(faits, tolerance=tolerance) or _attente(faits, paliers, palier, au=au)
    if motif or palier is None:
        return Verdict(None, motif)
    if faits.email and not faits.rebond:
        return Verdict(palier)
    if not faits.postale:
        return Verdict(None, "sans-adresse")
    return Verdict(palier, "adresse-en-erreur" if faits.email else "sans-email")


def _attente(faits: Faits, paliers: Sequence[Palier], palier: Palier | None, *, au: date) -> str:
    """Why an invoice that may be reminded waits for another day, or ""."""
    if faits.nouvelle:
        return "entree-apres-9h"
    if not paliers:
        return "sans-plan"
    if faits.attente in PERDUS:
        return faits.attente
    if palier is None:
        return "niveaux-epuises"
    if faits.retard(au=au) < palier.jours:
        return "niveau-a-venir"
    trop_tot = faits.dernier and faits.dernier + timedelta(days=palier.delai_minimum) > au
    return faits.attente or ("delai-minimum" if trop_tot else "")
