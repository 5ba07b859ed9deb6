"""What is there before a service speaks of it: written in the journal as it is, once, by `migrate`.

A fresh database has rows that migrations made, an older one rows that were never told whole, and a
migration may change some. From then on, a row that the journal does not know is a fault.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction

from artjardin.accounts.auteur import Auteur, systeme
from artjardin.audit.concordance import DISCORDANT, DITS, exige_de, rapprochement
from artjardin.audit.etats import etat, modeles
from artjardin.audit.models import Entree, Execution, Sel
from artjardin.audit.services import consigner

PAR = systeme("migrate")
CONSTAT = "journal.constat"
LOT = 500  # rows in one entry
Lignes = frozenset[tuple[str, str]]  # label of the model, key of the row
COLONNES = """
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = ANY (current_schemas(false))
"""
# Never told, not as it was told, or told without a field declared since
A_DIRE = f"""{DISCORDANT} OR (d.etat <> 'null' AND EXISTS (
    SELECT FROM jsonb_object_keys(l.etat) v WHERE NOT d.etat ? v
))"""


def douteuses() -> Lignes:
    """Before a migration: the rows that already differ from what was told. It must not excuse them.

    Compared on the columns that the database has before.
    """
    colonnes = _colonnes()
    if not {m._meta.db_table for m in (Entree, Sel)} <= colonnes.keys():
        return frozenset()
    connus = {
        m: colonnes[m._meta.db_table] for m in modeles().values() if m._meta.db_table in colonnes
    }
    pris_en_charge = _pris_en_charge()
    return _lire(
        rapprochement(
            m,
            DISCORDANT,
            etat=etat(m, colonnes=siennes),
            exige=exige_de(m) if m._meta.label_lower in pris_en_charge else "FALSE",
        )
        for m, siennes in connus.items()
    )


@transaction.atomic
def prendre_acte(*, sauf: Lignes = frozenset(), par: Auteur = PAR, **details: Any) -> int:
    """Write, as they are, the rows that the journal does not know so; return how many. Those of
    `sauf` stay a fault, and so does from now on a row that no service told.

    `details` go with each entry: why a person takes note of rows put right in SQL.
    """
    tous = modeles()
    trouvees = _lire(
        rapprochement(m, A_DIRE, etat=etat(m), exige=exige_de(m)) for m in tous.values()
    )
    lignes = sorted(trouvees - sauf)
    if nouveaux := sorted(tous.keys() - _pris_en_charge()):
        consigner(Execution(tache="constat"), CONSTAT, par=par, modeles=nouveaux)
    for rang in range(0, len(lignes), LOT):
        objets = [tous[label](pk=pk) for label, pk in lignes[rang : rang + LOT]]
        consigner(Execution(tache="constat"), CONSTAT, par=par, etats=objets, **details)
    return len(lignes)


def _pris_en_charge() -> set[str]:
    """The models whose rows are all known: one that is not was added behind the journal's back."""
    dits = Entree.objects.filter(action=CONSTAT, details__has_key="modeles")
    return {label for noms in dits.values_list("details__modeles", flat=True) for label in noms}


def _lire(rapprochements: Iterable[str]) -> Lignes:
    ecarts = " UNION ALL ".join(rapprochements)
    ordre = f"{DITS} SELECT modele, pk FROM ({ecarts}) ecart"  # noqa: S608 - names of models only
    with connection.cursor() as curseur:
        curseur.execute(ordre)
        return frozenset(curseur.fetchall())


def _colonnes() -> dict[str, set[str]]:
    with connection.cursor() as curseur:
        curseur.execute(COLONNES)
        colonnes: dict[str, set[str]] = {}
        for table, colonne in curseur.fetchall():
            colonnes.setdefault(table, set()).add(colonne)
    return colonnes
