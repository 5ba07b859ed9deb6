"""What the kernel keeps, in the office's admin: accounts, journal, runs, mail, documents.

It stands here because the kernel may not import what these pages need (import contracts).
"""

from ops.admin import (
    archives,
    cles,
    comptes,
    courriels,
    exports,
    incidents,
    jetables,
    journal,
    orphelins,
    sauvegardes,
)

__all__ = [
    "archives", "cles", "comptes", "courriels", "exports", "incidents", "jetables", "journal",
    "orphelins", "sauvegardes",
]  # fmt: skip

jetables.ouvrir_la_corbeille()  # last: over whatever page the apps and this one registered
