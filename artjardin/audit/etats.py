"""The state of rows as the journal keeps it: beside an entry, whole, read from the database itself.

An entry tells a person what changed (`avant`, `apres`); its `details.etats` tells the nightly check
what each row it touched had become (concordance.py): `{"relances.relance": {"12": {…}}}`, null for
a row that is gone.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models

from artjardin.audit.models import Sel
from artjardin.preparees import curseur_prepare
from artjardin.temoins import Temoin, masquer

CLEF = "etats"  # in the details of an entry
Modele = type[models.Model]
SALER = """
    INSERT INTO audit_sel (objet_type, objet_id)
    SELECT '{label}', "{clef}"::text FROM "{table}" WHERE "{clef}" = ANY(%s)
    ON CONFLICT (objet_type, objet_id) DO NOTHING
"""


@cache
def modeles() -> dict[str, Modele]:
    """Every model that the journal answers for, by label."""
    tous = apps.get_models()
    return {m._meta.label_lower: m for m in tous if temoin_de(m) is not None}


def temoin_de(modele: Modele) -> Temoin | None:
    return getattr(modele, "TEMOIN", None)


def lire_les_etats(objets: Iterable[models.Model]) -> dict[str, dict[str, Any]]:
    """What these rows are now, as this transaction sees them. They were written in it, or locked:
    else another one could change them between the reading and the entry.

    Those that the journal does not answer for (a draft invoice) are left out.
    """
    par_modele: dict[Modele, list[Any]] = {}
    for objet in objets:
        if temoin_de(type(objet)) is not None:
            par_modele.setdefault(type(objet), []).append(objet.pk)
    return {modele._meta.label_lower: _lire(modele, pks) for modele, pks in par_modele.items()}


def _lire(modele: Modele, pks: list[Any]) -> dict[str, Any]:
    temoin: Any = temoin_de(modele)
    meta, clef = modele._meta, modele._meta.pk.column
    with curseur_prepare() as curseur:
        if temoin.masques:
            saler = SALER.format(label=meta.label_lower, clef=clef, table=meta.db_table)
            curseur.execute(saler, [pks])
        curseur.execute(
            f'SELECT r."{clef}"::text, ({temoin.exige}), {etat(modele)}::text '  # noqa: S608
            f'FROM {rangees(modele)} WHERE r."{clef}" = ANY(%s)',
            [pks],
        )
        lus = curseur.fetchall()
    autres = {pk for pk, exigee, _ in lus if not exigee}
    etats = dict.fromkeys(map(str, pks)) | {pk: json.loads(texte) for pk, _, texte in lus}
    return {pk: dit for pk, dit in etats.items() if pk not in autres}


def oublier_les_sels(modele: Modele, pks: Collection[Any]) -> None:
    """What the journal keeps of these rows can no longer be tried against a guess (RGPD)."""
    cles = list(map(str, pks))
    Sel.objects.filter(objet_type=modele._meta.label_lower, objet_id__in=cles).delete()


def rangees(modele: Modele) -> str:
    """SQL: the rows `r` of a model, each with its salt `s`."""
    meta = modele._meta
    return (
        f"\"{meta.db_table}\" r LEFT JOIN audit_sel s ON s.objet_type = '{meta.label_lower}'"
        f' AND s.objet_id = r."{meta.pk.column}"::text'
    )


def etat(modele: Modele, *, colonnes: Collection[str] | None = None) -> str:
    """SQL: the state of the row `r` as jsonb; with `colonnes`, of these columns only."""
    temoin: Any = temoin_de(modele)
    champs: dict[str, Any] = {nom: modele._meta.get_field(nom) for nom in temoin.champs}
    valeurs = {
        nom: _valeur(champ, temoin.masques)
        for nom, champ in champs.items()
        if colonnes is None or champ.column in colonnes
    }
    valeurs |= temoin.calculs if colonnes is None else {}
    paires = ", ".join(f"'{nom}', {valeur}" for nom, valeur in valeurs.items())
    return f"jsonb_build_object({paires})"


def _valeur(champ: Any, masques: Mapping[str, str]) -> str:
    """The same text whatever the session's time zone; amounts with their decimals."""
    colonne = f'r."{champ.column}"'
    if champ.name in masques:
        return masquer(f"{colonne}::text", masques[champ.name])
    if isinstance(champ, models.DateTimeField):
        return f"{colonne} AT TIME ZONE 'UTC'"
    return f"{colonne}::text" if isinstance(champ, models.DecimalField) else colonne
