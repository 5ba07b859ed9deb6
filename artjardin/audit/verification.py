"""The check of the journal's chain: every entry hashed again, by one query (design G9)."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from artjardin.audit import chaine
from artjardin.controles import Anomalie, Bilan

NOMMEES = 1_000  # anomalies told one by one
# One statement, so one instant: an entry and its link are committed together
CONTROLE = f"""
WITH suite AS MATERIALIZED (
    SELECT m.rang, m.entree_id, m.precedent, m.sha256, m.format,
        coalesce(lag(m.rang) OVER w, 0) AS rang_avant,
        coalesce(lag(m.sha256) OVER w, '') AS sha256_avant
    FROM audit_maillon m WINDOW w AS (ORDER BY m.rang)
), faute AS (
    SELECT s.rang, s.entree_id, e.le,
        s.rang - s.rang_avant - 1 AS manquants,
        e.id IS NULL AS sans_entree,
        s.rang = s.rang_avant + 1 AND s.precedent <> s.sha256_avant AS delie,
        e.id IS NOT NULL AND (s.format <> {chaine.FORMAT} OR s.sha256 <>
            {chaine.empreinte("e", precedent="s.precedent")}) AS altere
    FROM suite s LEFT JOIN audit_entree e ON e.id = s.entree_id
)
SELECT * FROM faute WHERE manquants <> 0 OR sans_entree OR delie OR altere
UNION ALL
SELECT NULL, e.id, e.le, 0, FALSE, FALSE, FALSE FROM audit_entree e
WHERE NOT EXISTS (SELECT FROM audit_maillon m WHERE m.entree_id = e.id)
LIMIT {NOMMEES + 1}
"""  # noqa: S608 - constants only


class Faute(NamedTuple):
    """A row of CONTROLE: a link, or an entry that has none, and what is wrong with it."""

    rang: int | None
    entree: int
    le: datetime | None
    manquants: int
    sans_entree: bool
    delie: bool
    altere: bool

    @property
    def piece(self) -> str:
        du = f" du {timezone.localtime(self.le):%d/%m/%Y à %H:%M:%S}" if self.le else ""
        return f"Journal n° {self.entree}{du}"

    def dites(self) -> list[str]:
        """Each fault in French, without a name or an address: only numbers."""
        if self.rang is None:
            return ["l'entrée n'est pas dans la chaîne"]
        fautes = []
        if self.manquants:
            fautes.append(f"{self.manquants} maillon(s) manquent avant le maillon {self.rang}")
        if self.sans_entree:
            fautes.append(f"l'entrée du maillon {self.rang} a disparu")
        if self.delie:
            fautes.append(f"le maillon {self.rang} ne suit pas le précédent")
        if self.altere:
            fautes.append(f"l'entrée ou son maillon {self.rang} a été modifié")
        return fautes


def controler() -> Bilan:
    """Read every entry and link again, as of one instant, in flat memory. Changes nothing."""
    with connection.cursor() as curseur:
        curseur.execute("SELECT (SELECT count(*) FROM audit_entree), count(*) FROM audit_maillon")
        entrees, maillons = curseur.fetchone()
        curseur.execute(CONTROLE)
        fautes = [Faute(*ligne) for ligne in curseur.fetchall()]
    anomalies = [Anomalie(une.piece, dite) for une in fautes[:NOMMEES] for dite in une.dites()]
    if len(fautes) > NOMMEES:
        anomalies.append(Anomalie("Journal", f"d'autres fautes, au-delà de {NOMMEES}"))
    return Bilan({"entrees": entrees, "maillons": maillons}, anomalies)
