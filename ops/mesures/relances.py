"""The reminders, by level: what became of them for good, and what is still to come."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric

from ops.mesures.familles import Groupe, compteur, horodatage, interroger, jauge

RELANCES = compteur(
    "relances",
    "Reminders that left or never will, by level and result: accepted by the mail server, posted, "
    "cancelled; one that goes both ways is counted twice.",
    *("niveau", "resultat"),
)
EN_COURS = jauge(
    "relances_en_cours",
    "Reminders of which the end is not known, by level and state: mail waiting, failed, uncertain; "
    "letter to be posted.",
    *("niveau", "etat"),
)
PASSAGE = jauge(
    "relances_dernier_passage_horodatage_secondes",
    "When the last reminder run that ended did so (Unix time); 0: never.",
)
RESULTATS = {
    "envoyee": "c.statut = 'envoye'",
    "postee": "r.postee_le IS NOT NULL",
    "annulee": "r.annulee_le IS NOT NULL",
}
ETATS = {
    "en_attente": "r.annulee_le IS NULL AND c.statut IN ('en_attente', 'en_cours')",
    "echec": "r.annulee_le IS NULL AND c.statut = 'echec'",
    "incertaine": "r.annulee_le IS NULL AND c.statut = 'incertain'",
    "a_poster": "r.annulee_le IS NULL AND r.canal <> 'courriel' AND r.postee_le IS NULL",
}
COLONNES = ", ".join(
    f"count(*) FILTER (WHERE {condition})" for condition in (RESULTATS | ETATS).values()
)
PAR_NIVEAU = f"""
    SELECT 'J+' || n.jours, (SELECT max(fin) FROM relances_passage), {COLONNES}
    FROM relances_niveau n
    LEFT JOIN relances_relance r ON r.niveau_id = n.id
    LEFT JOIN outbox_courriel c ON c.id = r.courriel_id
    GROUP BY n.jours ORDER BY n.jours
"""  # noqa: S608 - constants


def lire() -> Iterator[Metric]:
    faites: dict[tuple[str, ...], float] = {}
    en_cours: dict[tuple[str, ...], float] = {}
    fin = None
    for niveau, dernier, *comptes in interroger(PAR_NIVEAU):
        fin = dernier
        faites |= {(niveau, nom): n for nom, n in zip(RESULTATS, comptes, strict=False)}
        restants = comptes[len(RESULTATS) :]
        en_cours |= {(niveau, nom): n for nom, n in zip(ETATS, restants, strict=True)}
    yield RELANCES(faites)
    yield EN_COURS(en_cours)
    yield PASSAGE(horodatage(fin))


GROUPES = [Groupe("relances", lire, (RELANCES, EN_COURS, PASSAGE))]
