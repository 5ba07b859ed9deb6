"""Each client as one tree: sites, interventions, quotes, invoices, money, reminders, mails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ops.exports import tables
from ops.exports.tables import Table

LOT = 20  # clients whose rows are in memory together
Noeud = dict[str, Any]


@dataclass(frozen=True)
class Branche:
    """The rows of a table that hang below another one, by the column `lien`."""

    clef: str
    table: Table
    lien: str
    branches: Sequence[Branche] = ()


ARBRE = (
    Branche("mandats", tables.MANDATS, "client_id"),
    Branche(
        "chantiers",
        tables.CHANTIERS,
        "client_id",
        (
            Branche("services", tables.CHANTIERS_SERVICES, "chantier_id"),
            Branche("interventions", tables.INTERVENTIONS, "chantier_id"),
        ),
    ),
    Branche(
        "devis",
        tables.DEVIS,
        "client_id",
        (Branche("lignes", tables.DEVIS_LIGNES, "devis_id"),),
    ),
    Branche(
        "factures",
        tables.FACTURES,
        "client_id",
        (
            Branche("lignes", tables.FACTURES_LIGNES, "facture_id"),
            Branche("tva", tables.FACTURES_TVA, "facture_id"),
            Branche("imputations", tables.IMPUTATIONS, "facture_id"),
            Branche("retenues_de_garantie", tables.RETENUES, "facture_id"),
            Branche("prelevements", tables.PRELEVEMENTS, "facture_id"),
            Branche("litiges", tables.LITIGES, "facture_id"),
            Branche("relances", tables.RELANCES, "facture_id"),
            Branche("remerciements", tables.REMERCIEMENTS, "facture_id"),
        ),
    ),
    Branche(
        "paiements",
        tables.PAIEMENTS,
        "client_id",
        (Branche("imputations", tables.IMPUTATIONS, "paiement_id"),),
    ),
    Branche("suspensions", tables.SUSPENSIONS, "client_id"),
    Branche("relances_liberations", tables.LIBERATIONS, "client_id"),
    Branche("relances_plan", tables.PLANS_DES_CLIENTS, "client_id"),
    Branche(
        "courriels",
        tables.COURRIELS,
        "client_ref",
        (
            Branche("pieces", tables.PIECES, "courriel_id"),
            Branche("tentatives", tables.TENTATIVES, "courriel_id"),
            Branche("rebonds", tables.REBONDS, "courriel_id"),
        ),
    ),
    Branche("documents", tables.DOCUMENTS, "client_ref"),
)


def dossiers(**filtres: Any) -> Iterator[Noeud]:
    """The tree of each client, trash included, in the order of their ids.

    A few clients are in memory together: a fixed number of queries for each such batch.
    """
    clients = tables.CLIENTS.lignes(**filtres)
    while lot := list(islice(clients, LOT)):
        _garnir(lot, ARBRE)
        while lot:
            yield lot.pop(0)  # freed as soon as it was written


def _garnir(parents: Sequence[Noeud], branches: Iterable[Branche]) -> None:
    par_id = {parent["id"]: parent for parent in parents}
    for branche in branches:
        enfants = []
        for parent in parents:
            parent[branche.clef] = []
        if par_id:
            for enfant in branche.table.lignes(**{f"{branche.lien}__in": list(par_id)}):
                par_id[enfant[branche.lien]][branche.clef].append(enfant)
                enfants.append(enfant)
        if branche.branches:
            _garnir(enfants, branche.branches)
