"""Keys of the backups (age, X25519): who can open them, and the drill's own key.

The private keys of the office are never on the server. The drill has a pair of its own, whose
private half is: whoever takes the server has the database already (docs/decisions/0016).
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from pyrage import IdentityError, RecipientError, x25519

from artjardin.embarque import adresses
from artjardin.erreurs import Conflit


def destinataires() -> list[Any]:
    """The public keys that every backup is encrypted to, the drill's included.

    In the embedded mode a missing pair is made: the office's beside the data folder, to be put
    away by a person, and the drill's inside. Raise Conflit when a key is not one.
    """
    publiques = list(settings.SAUVEGARDE_CLES_PUBLIQUES)
    if not publiques and settings.EMBARQUE:
        publiques = [str(_paire(clef_de_restauration()).to_public())]
    if not publiques:
        raise Conflit("Aucune clef publique de sauvegarde n'est configurée.", code="sans_clef")
    exercice = identite_d_exercice()
    lues = [_publique(texte) for texte in publiques]
    return [*lues, exercice.to_public()] if exercice else lues


def identite_d_exercice() -> Any:
    """The drill's private key; None when only keys kept elsewhere open the backups."""
    if settings.SAUVEGARDE_CLE_EXERCICE:
        return lire_une_clef(settings.SAUVEGARDE_CLE_EXERCICE)
    return _paire(Path(settings.DONNEES) / "clef-d-exercice") if settings.EMBARQUE else None


def clef_de_restauration() -> Path:
    """Where the embedded mode leaves the office's private key: beside the data, not inside."""
    return adresses.clef_de_restauration(Path(settings.DONNEES))


def lire_une_clef(texte: str) -> Any:
    """A private key, or the text of a file of `age-keygen` with its comments. Raise Conflit."""
    lignes = [ligne.strip() for ligne in texte.splitlines()]
    secrete = next((ligne for ligne in lignes if ligne.startswith("AGE-SECRET-KEY-1")), "")
    try:
        return x25519.Identity.from_str(secrete)
    except IdentityError as erreur:
        raise Conflit("Ce n'est pas une clef privée age.", code="clef_illisible") from erreur


def _publique(texte: str) -> Any:
    try:
        return x25519.Recipient.from_str(texte)
    except RecipientError as erreur:
        raise Conflit(f"« {texte[:70]} » n'est pas une clef publique age.") from erreur


def _paire(fichier: Path) -> Any:
    """The pair kept in a file that only its owner reads, made by the first who asks."""
    if not fichier.exists():
        _ecrire_une_fois(fichier, x25519.Identity.generate())
    return lire_une_clef(fichier.read_text(encoding="ascii"))


def _ecrire_une_fois(fichier: Path, identite: Any) -> None:
    """Whole or not at all, in the layout of `age-keygen`; the first one written stays."""
    fichier.parent.mkdir(parents=True, exist_ok=True)
    descripteur, provisoire = tempfile.mkstemp(dir=fichier.parent, prefix=f".{fichier.name}.")
    try:
        with os.fdopen(descripteur, "w", encoding="ascii") as sortie:
            sortie.write(f"# public key: {identite.to_public()}\n{identite}\n")
            sortie.flush()
            os.fsync(sortie.fileno())
        fichier.hardlink_to(provisoire)
    except FileExistsError:
        return
    finally:
        Path(provisoire).unlink()
