"""`make clean-data`: ask, then remove the data folder, never under a running product."""

import shutil
import sys
from pathlib import Path

from artjardin import settings
from artjardin.embarque.erreurs import ErreurEmbarque
from artjardin.embarque.services import Occupation
from artjardin.embarque.verrous import Verrou


def vider(donnees: Path) -> None:
    """Nobody may use the folder: its supervisor's lock is taken, its services stop."""
    if not Verrou(donnees / "verrous" / "superviseur").essayer():
        raise ErreurEmbarque("Le produit tourne : arrêtez-le d'abord (Ctrl-C dans son terminal).")
    if not Occupation(donnees).sortir():
        raise ErreurEmbarque("Une commande se sert des données : attendez qu'elle finisse.")
    shutil.rmtree(donnees)


def main() -> int:
    donnees = settings.DONNEES
    if not (donnees / "verrous").is_dir():
        sys.stdout.write(f"{donnees} ne contient pas de données d'artjardin : rien à supprimer.\n")
        return 0
    sys.stdout.write(f"Supprimer {donnees}, base, documents et courriels compris ? (oui/non) ")
    sys.stdout.flush()
    if sys.stdin.readline().strip() != "oui":
        sys.stdout.write("Rien n'est supprimé.\n")
        return 0
    try:
        vider(donnees)
    except ErreurEmbarque as erreur:
        sys.stderr.write(f"{erreur}\n")
        return 1
    sys.stdout.write("Supprimé.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
