"""The tree of a client as a page that this client can read: chosen columns, French labels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import capfirst

from ops.exports import tables
from ops.exports.dossiers import Noeud
from ops.exports.tables import Table

Cellules = list[str]


@dataclass(frozen=True)
class Rubrique:
    """A part of the page: where its rows are in the tree, and which columns it shows."""

    titre: str
    table: Table
    chemin: str
    colonnes: Sequence[str]


COORDONNEES = (
    "code", "type", "civilite", "nom", "prenom", "raison_sociale", "siret", "tva_intracom",
    "email", "telephone", "adresse", "code_postal", "ville", "notes", "exclusion_motif", "cree_le",
)  # fmt: skip
RUBRIQUES = (
    Rubrique(
        "Chantiers",
        tables.CHANTIERS,
        "chantiers",
        ("nom", "adresse", "code_postal", "ville", "statut", "consignes", "cree_le"),
    ),
    Rubrique(
        "Interventions",
        tables.INTERVENTIONS,
        "chantiers.interventions",
        ("prevu_debut", "prevu_fin", "debut", "fin", "statut", "notes"),
    ),
    Rubrique(
        "Devis",
        tables.DEVIS,
        "devis",
        ("numero", "date", "objet", "statut", "total_ttc", "signe_le", "motif_refus"),
    ),
    Rubrique(
        "Factures et avoirs",
        tables.FACTURES,
        "factures",
        ("numero", "type", "date", "echeance", "objet", "total_ht", "total_tva", "total_ttc"),
    ),
    Rubrique(
        "Paiements", tables.PAIEMENTS, "paiements", ("le", "montant", "mode", "reference", "numero")
    ),
    Rubrique(
        "Mandats de prélèvement", tables.MANDATS, "mandats", ("rum", "signe_le", "iban", "actif")
    ),
    Rubrique(
        "Relances",
        tables.RELANCES,
        "factures.relances",
        ("jour", "canal", "solde", "retard", "postee_le", "annulee_le"),
    ),
    Rubrique("Litiges", tables.LITIGES, "factures.litiges", ("motif", "ouvert_le", "clos_le")),
    Rubrique(
        "Suspensions des relances",
        tables.SUSPENSIONS,
        "suspensions",
        ("genre", "motif", "debut", "fin", "montant", "levee_le"),
    ),
    Rubrique(
        "Courriels",
        tables.COURRIELS,
        "courriels",
        ("cree_le", "a", "objet", "texte", "statut", "envoye_le"),
    ),
    Rubrique("Documents", tables.DOCUMENTS, "documents", ("nom", "cle", "cree_le")),
)


def page(dossier: Noeud, **contexte: Any) -> str:
    """An HTML page that needs nothing else; every text is escaped by the template."""
    identite = zip(
        _titres(tables.CLIENTS, COORDONNEES),
        _cellules(tables.CLIENTS, COORDONNEES, dossier),
        strict=True,
    )
    rubriques = [
        {
            "titre": une.titre,
            "colonnes": _titres(une.table, une.colonnes),
            "lignes": [_cellules(une.table, une.colonnes, noeud) for noeud in _sous(dossier, une)],
        }
        for une in RUBRIQUES
    ]
    lues = contexte | {
        "identite": [(titre, valeur) for titre, valeur in identite if valeur],
        "rubriques": [rubrique for rubrique in rubriques if rubrique["lignes"]],
    }
    return render_to_string("exports/personne.html", lues)


def _sous(dossier: Noeud, rubrique: Rubrique) -> Iterator[Noeud]:
    noeuds = [dossier]
    for clef in rubrique.chemin.split("."):
        noeuds = [enfant for noeud in noeuds for enfant in noeud[clef]]
    yield from noeuds


def _titres(table: Table, colonnes: Sequence[str]) -> Cellules:
    champs = [table.modele._meta.get_field(colonne) for colonne in colonnes]
    return [capfirst(str(getattr(champ, "verbose_name", champ.name))) for champ in champs]


def _cellules(table: Table, colonnes: Sequence[str], noeud: Noeud) -> Cellules:
    return [_cellule(table, colonne, noeud[colonne]) for colonne in colonnes]


def _cellule(table: Table, colonne: str, valeur: Any) -> str:
    """A value as a person reads it: choices by their label, days and amounts the French way."""
    champ: Any = table.modele._meta.get_field(colonne)
    if champ.choices:
        return str(dict(champ.flatchoices).get(valeur, valeur))
    return FORMES.get(type(valeur), str)(valeur)


FORMES: dict[type, Callable[[Any], str]] = {
    type(None): lambda _rien: "",
    bool: lambda valeur: "oui" if valeur else "non",
    dt.datetime: lambda valeur: f"{timezone.localtime(valeur):%d/%m/%Y %H:%M}",
    dt.date: lambda valeur: f"{valeur:%d/%m/%Y}",
    Decimal: lambda valeur: f"{valeur:f}".replace(".", ","),
    list: ", ".join,
}
