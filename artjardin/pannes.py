"""What a fault of the machine is called for the office; the log keeps its own words. Pure."""

from __future__ import annotations

import errno

DU_DISQUE = {
    errno.ENOSPC: "Le disque est plein : libérez de la place.",
    errno.EDQUOT: "Le disque est plein : libérez de la place.",
    errno.EROFS: "Le disque est en lecture seule : rien ne peut y être écrit.",
    errno.EACCES: "Le dossier des données ne se laisse pas écrire : vérifiez ses droits.",
    errno.EPERM: "Le dossier des données ne se laisse pas écrire : vérifiez ses droits.",
    errno.EIO: "Le disque répond par une erreur : faites-le vérifier.",
}


def en_francais(erreur: Exception) -> str:
    """A sentence for the usual faults of a disk; else the error as it is, with its type.

    >>> en_francais(OSError(30, "Read-only file system", "/srv/.provisoires/x"))
    'Le disque est en lecture seule : rien ne peut y être écrit.'
    >>> en_francais(ValueError("Le logo est illisible"))
    'ValueError : Le logo est illisible'
    """
    numero = erreur.errno if isinstance(erreur, OSError) else None
    return DU_DISQUE.get(numero or 0, f"{type(erreur).__name__} : {erreur}")
