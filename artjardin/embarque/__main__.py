"""`python -m artjardin.embarque`: the whole product on this machine, until Ctrl-C."""

import sys

from artjardin import settings
from artjardin.embarque.erreurs import ErreurEmbarque
from artjardin.embarque.superviseur import Superviseur


def main() -> int:
    try:
        return Superviseur(settings.DONNEES).executer()
    except ErreurEmbarque as erreur:
        sys.stderr.write(f"{erreur}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
