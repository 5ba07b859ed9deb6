"""Rows compared with what the journal last said of them: the chained journal is the witness (G9).

A row changed, added or removed otherwise than by a service shows, whatever the triggers did: of
each model that has a `TEMOIN`, the last state told (etats.py) against the row, by one statement.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.db.models import QuerySet

from artjardin.audit.etats import CLEF, Modele, etat, modeles, rangees, temoin_de
from artjardin.controles import Anomalie, Bilan

NOMMEES = 1_000  # rows told one by one
COURT = 80  # characters of a value in an alert
# Read once for all models: an index finds the entries that tell states
DITS = f"""
    WITH dit AS MATERIALIZED (
        SELECT DISTINCT ON (m.key, o.key) m.key AS modele, o.key AS pk, e.id AS entree,
            o.value AS etat
        FROM audit_entree e, jsonb_each(e.details -> '{CLEF}') m, jsonb_each(m.value) o
        WHERE e.details ? '{CLEF}'
        ORDER BY m.key, o.key, e.id DESC
    )
"""  # noqa: S608 - constants only
COMPTER = f"{DITS} SELECT count(*) FROM dit WHERE etat <> 'null'"  # noqa: S608 - constants only
RAPPROCHER = """
    SELECT '{label}' AS modele, coalesce(d.pk, l.pk) AS pk, d.entree, d.etat::text AS dit,
        l.etat::text AS lu
    FROM (
        SELECT r."{clef}"::text AS pk, ({exige}) AS exige, {etat} AS etat FROM {rangees}
        WHERE ({exige}) OR r."{clef}"::text IN (SELECT pk FROM dit WHERE modele = '{label}')
    ) l
    FULL JOIN (SELECT pk, entree, etat FROM dit WHERE modele = '{label}') d ON d.pk = l.pk
    WHERE {ou}
"""
# Fields that only one side has are not compared: they were declared since, or no more
DISCORDANT = """CASE
    WHEN d.pk IS NULL THEN l.exige
    WHEN l.pk IS NULL THEN d.etat <> 'null'
    WHEN d.etat = 'null' THEN TRUE
    ELSE l.etat <> d.etat AND EXISTS (
        SELECT FROM jsonb_each(d.etat) v WHERE l.etat ? v.key AND l.etat -> v.key <> v.value
    )
END"""


class Ecart(NamedTuple):
    """A row that is not what the journal last said. `lu` is None when it is not there, `entree` is
    None when the journal never spoke of it, `dit` when it spoke of its end."""

    modele: Modele
    pk: str
    entree: int | None
    dit: dict[str, Any] | None
    lu: dict[str, Any] | None

    @property
    def piece(self) -> str:
        """The row by its number, and by what names it on paper: never a client's name."""
        nom = f"{self.modele._meta.verbose_name} n° {self.pk}"
        nom = f"{nom[:1].upper()}{nom[1:]}"
        with suppress(ObjectDoesNotExist):  # what it hangs from may be gone as well
            repere = _repere(QuerySet(self.modele).get(pk=self.pk))
            return nom if repere == self.pk else f"{nom} ({repere})"
        return nom

    def fautes(self) -> Iterator[str]:
        """Each fault in French, with both values, masked where the journal masks."""
        if self.entree is None:
            yield "le journal ne connaît pas cette ligne"
        elif self.lu is None:
            dit, _ = _dits(self.dit, None)
            yield f"cette ligne a disparu ; le journal n° {self.entree} disait {dit}"
        elif self.dit is None:
            yield f"cette ligne est revenue, alors que le journal n° {self.entree} dit sa fin"
        else:
            for champ, dit in self.dit.items():
                if champ in self.lu and self.lu[champ] != dit:
                    avant, apres = _dits(dit, self.lu[champ])
                    quoi = f"le journal n° {self.entree} dit {avant}, la base {apres}"
                    yield f"« {champ} » : {quoi}"


def _repere(objet: Any) -> str:
    """The number of an invoice, the code of a client; what a setting is called."""
    siens = [objet, *(getattr(objet, lien, None) for lien in ("facture", "client"))]
    noms = (getattr(un, champ, "") for un in siens for champ in ("numero", "code"))
    return next(filter(None, noms), "") or str(objet)[:COURT]


def _dits(dit: Any, lu: Any) -> tuple[str, str]:
    """Both values, cut around the first place where they differ.

    >>> _dits("120.00", "12.00"), _dits(None, False)
    (('« 120.00 »', '« 12.00 »'), ('« null »', '« false »'))
    """
    un, autre = (v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for v in (dit, lu))
    rangs = range(min(len(un), len(autre)))
    pareil = next((rang for rang in rangs if un[rang] != autre[rang]), len(rangs))
    debut = max(0, pareil - COURT // 2)
    return _extrait(un, debut), _extrait(autre, debut)


def _extrait(texte: str, debut: int) -> str:
    avant = "…" if debut else ""
    apres = "…" if len(texte) > debut + COURT else ""
    return f"« {avant}{texte[debut : debut + COURT]}{apres} »"


def controler() -> Bilan:
    """Compare every row that the journal answers for, as of one instant. Changes nothing."""
    with connection.cursor() as curseur:
        curseur.execute(COMPTER)
        [dits] = curseur.fetchone()
    ecarts = ecarts_du_journal(maximum=NOMMEES + 1)
    anomalies = [
        Anomalie(ecart.piece, faute) for ecart in ecarts[:NOMMEES] for faute in ecart.fautes()
    ]
    if len(ecarts) > NOMMEES:
        anomalies.append(Anomalie("Journal", f"d'autres lignes, au-delà de {NOMMEES}"))
    return Bilan({"lignes_temoignees": dits}, anomalies)


def ecarts_du_journal(*, maximum: int) -> list[Ecart]:
    """The rows that are not what the journal last said, `maximum` of them at most."""
    tous = modeles().values()
    parts = [rapprochement(m, DISCORDANT, etat=etat(m), exige=exige_de(m)) for m in tous]
    ordre = f"{DITS} {' UNION ALL '.join(parts)} LIMIT {maximum}"
    with connection.cursor() as curseur:
        curseur.execute(ordre)
        return [
            Ecart(modeles()[label], pk, entree, *(texte and json.loads(texte) for texte in textes))
            for label, pk, entree, *textes in curseur.fetchall()
        ]


def rapprochement(modele: Modele, ou: str, *, etat: str, exige: str) -> str:
    """SQL: the rows of a model beside what `dit` says of them, where `ou`."""
    return RAPPROCHER.format(
        label=modele._meta.label_lower,
        clef=modele._meta.pk.column,
        etat=etat,
        exige=exige,
        rangees=rangees(modele),
        ou=ou,
    )


def exige_de(modele: Modele) -> str:
    temoin: Any = temoin_de(modele)
    return temoin.exige
