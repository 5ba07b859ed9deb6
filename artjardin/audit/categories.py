"""What kind of thing an action of the journal is, told by its first word. Pure."""

from __future__ import annotations

CATEGORIES: dict[str, tuple[str, tuple[str, ...]]] = {
    "securite": ("Sécurité", ("session", "compte", "facteur", "cle_api")),
    "argent": ("Argent", ("facture", "paiement", "devis")),
    "clients": ("Clients", ("client",)),
    "chantiers": ("Chantiers", ("chantier", "intervention")),
    "relances": ("Relances", ("relance", "relances")),
    "courriels": ("Courriels", ("courriel", "courriels", "rebond", "alerte")),
    "documents": ("Documents et exports", ("archive", "document", "export", "table")),
    "corbeille": ("Corbeille", ("corbeille",)),
    "reglages": (
        "Réglages",
        (
            "compte_comptable", "entreprise", "envoi", "mention", "modele", "niveau",
            "planderelance", "prestation", "reglages", "taux", "typeservice",
        ),
    ),
    "surveillance": ("Surveillance", ("incident", "veille")),
    "sauvegardes": ("Sauvegardes et journal", ("sauvegarde", "base", "journal")),
}  # fmt: skip
CHOIX = [(nom, titre) for nom, (titre, _) in CATEGORIES.items()]
DE = {debut: nom for nom, (_, debuts) in CATEGORIES.items() for debut in debuts}


def categorie_de(action: str) -> str:
    """The name of the category of an action, e.g. `facture.emise`.

    >>> categorie_de("facture.emise"), categorie_de("inconnue")
    ('argent', '')
    """
    return DE.get(action.partition(".")[0], "")


def debuts_de(categorie: str) -> list[str]:
    """How the actions of a category begin.

    >>> debuts_de("corbeille"), debuts_de("inconnue")
    (['corbeille.'], [])
    """
    return [debut + "." for debut, nom in DE.items() if nom == categorie]
