"""What the reminders brought in: by level, how many, how much, recovered within fifteen days."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

DELAI = 15  # days
# The amount recovered is what payments took off the invoice from the day of the reminder on, at
# most what was asked: what was entered before it was already off. A reminder counts from the day it
# reached the client.
REQUETE = """
    WITH faites AS (
        SELECT r.id, r.facture_id, r.solde, r.cree_le, n.ton, n.jours,
            coalesce(
                (c.envoye_le AT TIME ZONE 'Europe/Paris')::date,
                (r.postee_le AT TIME ZONE 'Europe/Paris')::date
            ) AS faite_le
        FROM relances_relance r
        JOIN relances_niveau n ON n.id = r.niveau_id
        LEFT JOIN outbox_courriel c ON c.id = r.courriel_id
        WHERE r.annulee_le IS NULL AND r.jour BETWEEN %(du)s AND %(au)s
    ), recus AS (
        SELECT f.id, least(f.solde, greatest(0, sum(i.montant))) AS montant
        FROM faites f
        JOIN facturation_imputation i ON i.facture_id = f.facture_id
        JOIN facturation_paiement p ON p.id = i.paiement_id
        WHERE p.le BETWEEN f.faite_le AND f.faite_le + %(delai)s AND p.saisi_le > f.cree_le
        GROUP BY f.id, f.solde
    )
    SELECT f.ton, f.jours, count(*), count(f.faite_le), coalesce(sum(f.solde), 0),
        count(r.id) FILTER (WHERE r.montant >= f.solde), coalesce(sum(r.montant), 0)
    FROM faites f LEFT JOIN recus r ON r.id = f.id
    GROUP BY f.ton, f.jours ORDER BY f.jours, f.ton
"""
SORTS = """
    SELECT count(*) FILTER (WHERE annulee_le IS NOT NULL),
        count(*) FILTER (WHERE annulee_le IS NULL AND c.statut = 'envoye'),
        count(*) FILTER (WHERE annulee_le IS NULL AND c.statut = 'echec'),
        count(*) FILTER (WHERE annulee_le IS NULL AND c.statut = 'incertain'),
        count(*) FILTER (WHERE annulee_le IS NULL AND c.statut IN ('en_attente', 'en_cours')),
        count(*) FILTER (WHERE annulee_le IS NULL AND r.postee_le IS NOT NULL),
        count(*) FILTER (
            WHERE annulee_le IS NULL AND r.postee_le IS NULL AND r.canal IN ('poste', 'les_deux')
        )
    FROM relances_relance r LEFT JOIN outbox_courriel c ON c.id = r.courriel_id
    WHERE r.jour BETWEEN %(du)s AND %(au)s
"""
NOMS = (
    "annulees", "envoyees", "en_echec", "incertaines", "en_attente", "postees", "a_poster",
)  # fmt: skip


def statistiques(*, du: date, au: date) -> dict[str, Any]:
    """Reminders made from `du` to `au` included: by level (euros), and what became of them.

    `taux` is the part of the amount recovered within fifteen days, in percent.
    """
    bornes = {"du": du, "au": au}
    with connection.cursor() as curseur:
        curseur.execute(REQUETE, bornes | {"delai": DELAI})
        niveaux = [_niveau(ligne) for ligne in curseur.fetchall()]
        curseur.execute(SORTS, bornes)
        sorts = dict(zip(NOMS, curseur.fetchone(), strict=True))
    return {"du": du, "au": au, "delai_jours": DELAI, "niveaux": niveaux, **sorts}


def _niveau(ligne: tuple[Any, ...]) -> dict[str, Any]:
    ton, jours, relances, parties, montant, reglees, recupere = ligne
    taux = recupere / montant * 100 if montant else Decimal(0)
    return {
        "ton": ton,
        "jours": jours,
        "relances": relances,
        "parties": parties,
        "montant": f"{montant:.2f}",
        "reglees": reglees,
        "recupere": f"{recupere:.2f}",
        "taux": f"{taux:.1f}",
    }
