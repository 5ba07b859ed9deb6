"""What the kernel keeps, in the office's admin: accounts, journal, runs, mail, documents.

It stands here because the kernel may not import what these pages need (import contracts).
"""

from ops.admin import comptes, courriels, journal, sauvegardes

__all__ = ["comptes", "courriels", "journal", "sauvegardes"]
